//! Any bytes as a message between edge and hub.
#![no_main]

#[path = "../src/protocol.rs"]
mod protocol;

libfuzzer_sys::fuzz_target!(|data: &[u8]| protocol::hear_anything(data));
