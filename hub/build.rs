//! Makes the folder of the built web UI when it is not there, so that the hub compiles before the UI does; see `src/http/ui.rs`.

// Cargo listens on standard output.
#![allow(clippy::print_stdout)]

use std::path::Path;

fn main() {
    let desk = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist/desk");
    if let Err(error) = std::fs::create_dir_all(&desk) {
        println!("cargo::error=cannot make {}: {error}", desk.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=web/dist/desk");
}
