//! From wire to [`Scan`](qitao_domain::scan::Scan), from label to wire: scanners on serial lines and USB, printers on these and TCP, cameras.
//!
//! - [`scanner`]: workers that own one scanner each and report through a channel; [`scanner::framing`] is their pure decoder.
//!   [`scanner::serial`] reads serial lines, [`scanner::hid`] point-of-sale and keyboard scanners on USB. [`scanner::remote`] is the way back to them,
//!   [`scanner::speech`] the languages of the common makes: feedback, holding, trigger, settings.
//! - [`hotplug`]: what is plugged in, as it comes and goes.
//! - [`identity`], [`sysfs`], [`usb`]: which device is which, stable over unplugging, and how one is taken over.
//! - [`clock`]: where stamps come from.
//! - [`printer`]: printers that speak ZPL, TSPL, ESC/POS and CPCL; what they print is drawn by `qitao-labels`.
//! - [`camera`]: pictures to codes.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use std::sync::Arc;
//! use qitao_scanner_drivers::{clock::SystemClock, scanner::{ScannerEvent, serial::{self, SerialSettings}}};
//!
//! let (events, mut inbox) = tokio::sync::mpsc::channel(256);
//! let clock = Arc::new(SystemClock::new()?);
//! let scanner = serial::spawn(SerialSettings::at_path("/dev/ttyACM0"), clock, events);
//! while let Some(event) = inbox.recv().await {
//!     match event {
//!         ScannerEvent::Online { info } => println!("{} is ready at {}", info.device, info.place),
//!         ScannerEvent::Scan { scan, .. } => println!("{}: {:?} {:?}", scan.device, scan.payload, scan.symbology),
//!         ScannerEvent::Offline { device, reason } => println!("{device}: {reason}"),
//!     }
//! }
//! scanner.stop().await;
//! # Ok(())
//! # }
//! ```

pub mod camera;
pub mod clock;
pub mod hotplug;
pub mod identity;
pub mod printer;
pub mod scanner;
pub mod sysfs;
pub mod usb;
