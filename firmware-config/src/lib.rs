//! What each device should be set to: profiles as data, and udev rules made from the same data.
//!
//! Profiles are TOML files under `profiles/`, built into the program; a site may add its own with [`Library::with`]. Each entry says
//! how a device is recognised and what to assume of it: which interface to read, how codes end, which language a printer speaks.
//!
//! ```
//! use qitao_firmware_config::{Interface, Language, Library};
//!
//! let library = Library::built_in();
//! let scanner = library.identify(0x1eab, 0x1d06, Some((2, 2, 1))).unwrap();
//! assert_eq!((scanner.id.as_str(), scanner.interface), ("newland-serial", Interface::Serial));
//! let printer = library.identify_printer("MFG:Gprinter;CMD:TSPL;MDL:GP-1324D;CLS:PRINTER;").unwrap();
//! assert_eq!((printer.language, printer.dpi), (Some(Language::Tspl), Some(203)));
//! let rules = library.udev_rules();
//! assert!(rules.contains("GROUP=\"qitao\""));
//! ```

mod library;
mod profile;
mod udev;

pub use library::{Fault, Library, Match};
pub use profile::{Framing, Interface, Language, Profile, Role};
