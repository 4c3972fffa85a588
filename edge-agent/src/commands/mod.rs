//! What people and outside checks ask of the agent on the command line, beside running it.

pub mod decode;
pub mod device;
pub mod doctor;
pub mod label;
pub mod parse;

use std::io::{self, stdin, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::config::{Config, ConfigArgs, ConfigError};

/// The tools.
#[derive(Subcommand)]
pub enum Tool {
    /// Check devices, disk, clock, identity and link, and say what to do 体检
    Doctor {
        /// Where the settings are.
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Explain scans: one per line on standard input, one JSON line each on standard output
    #[command(after_help = "GS (0x1D) may be typed as {GS}; an AIM identifier may stand in front.\n\n  \
        $ printf ']C1010690123456789210A7{GS}2199\\n' | edge-agent parse\n\n\
        Each answer has ok, symbology, meaning, text, elements [{ai, value}] in the order scanned, and error {position, rule}.")]
    Parse,
    /// Find barcodes in PNG and JPEG pictures: one JSON line per file
    #[command(after_help = "Each answer is {file, codes: [{format, text, aim}]}; a picture without codes has an empty list.")]
    Decode {
        /// Pictures
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Write a label on standard output, as a printer gets it or as a picture
    #[command(
        after_help = "Templates: location (code, name), carton (code, name, gtin, carton, of, lot, serial), item (code, name, ean),\n\
        badge (name, badge), command (title, command), task (number, kind, reference); or a template file in TOML.\n\n  \
        $ echo '{\"code\":\"B-04-2\",\"name\":\"\"}' > data.json\n  \
        $ edge-agent label --template location --data data.json --to zpl | nc 192.168.1.50 9100"
    )]
    Label {
        /// Template by name, or a file ending in .toml
        #[arg(long, value_name = "NAME")]
        template: String,
        /// JSON object with the label's fields
        #[arg(long, value_name = "FILE")]
        data: PathBuf,
        /// Printer language, or a picture
        #[arg(long, value_enum)]
        to: label::To,
        /// Dots per inch
        #[arg(long, default_value_t = 203)]
        dpi: u16,
    },
    /// Compare a scanner or printer with the profile it should have, set it right, or print its programming codes 设备设置
    Device {
        /// What to do.
        #[command(subcommand)]
        command: device::DeviceCommand,
    },
}

/// Why a tool failed.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// Input or output.
    #[error(transparent)]
    Stream(#[from] io::Error),
    /// The settings.
    #[error(transparent)]
    Settings(#[from] ConfigError),
    /// The label.
    #[error(transparent)]
    Label(#[from] label::LabelCommandError),
    /// The device.
    #[error(transparent)]
    Device(#[from] device::DeviceCommandError),
}

impl Tool {
    /// Runs the tool. The exit code tells scripts whether all was well.
    ///
    /// # Errors
    /// [`ToolError`].
    pub async fn run(self) -> Result<ExitCode, ToolError> {
        let well = match self {
            Self::Doctor { config } => doctor::run(&Config::load(&config)?, stdout().lock()).await?,
            Self::Parse => {
                parse::run(stdin().lock(), io::BufWriter::new(stdout().lock()))?;
                true
            }
            Self::Decode { files } => decode::run(&files, stdout().lock())?,
            Self::Label { template, data, to, dpi } => {
                label::run(&template, &data, to, dpi, stdout().lock())?;
                true
            }
            Self::Device { command } => device::run(command, stdout().lock()).await?,
        };
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
