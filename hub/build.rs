//! Makes the folders of the built web pages when they are not there, so that the hub compiles before they do; see `src/http/ui.rs`.

// Cargo listens on standard output.
#![allow(clippy::print_stdout)]

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for app in ["web/dist/desk", "web/dist/field"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(app);
        if let Err(error) = std::fs::create_dir_all(&folder) {
            println!("cargo::error=cannot make {}: {error}", folder.display());
        }
        println!("cargo::rerun-if-changed={app}");
    }
}
