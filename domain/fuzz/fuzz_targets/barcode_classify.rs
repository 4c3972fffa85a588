//! Any bytes through the classifier, at a site that knows much.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| qitao_domain_fuzz::classify_anything(data));
