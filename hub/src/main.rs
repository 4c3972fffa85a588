//! The command line of the hub.

use std::process::ExitCode;

fn main() -> ExitCode {
    qitao_hub::commands::main()
}
