//! Any bytes through the barcode readers.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| qitao_domain_fuzz::parse_anything(data));
