//! Makes the folder of the built panel when it is not there, so that the agent compiles before the page does; see `src/panel/assets.rs`.

// Cargo listens on standard output.
#![allow(clippy::print_stdout)]

use std::path::Path;

fn main() {
    let panel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hub/web/dist/panel");
    if let Err(error) = std::fs::create_dir_all(&panel) {
        println!("cargo::error=cannot make {}: {error}", panel.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../hub/web/dist/panel");
}
