//! Pictures that a stranger made: whatever the pixels are, looking at them ends, and nothing goes wrong beside the answer. The first two bytes say how wide
//! and how often each pixel is repeated, so that small inputs make large pictures; what begins like a PNG or JPEG is also taken as a file.

#![no_main]

use image::{GrayImage, Luma};
use libfuzzer_sys::fuzz_target;
use qitao_scanner_drivers::camera::{decode, decode_file};

fuzz_target!(|data: &[u8]| {
    let _ = decode_file(data);
    let [wide, each, pixels @ ..] = data else { return };
    let (wide, each) = (u32::from(*wide) + 1, u32::from(*each % 6) + 1);
    let high = (pixels.len() as u32).div_ceil(wide).min(256);
    let at = |x: u32, y: u32| pixels.get((y / each * wide + x / each) as usize).copied().unwrap_or(255);
    let picture = GrayImage::from_fn(wide * each, high * each, |x, y| Luma([at(x, y)]));
    for code in decode(&picture) {
        assert!(!code.format.is_empty());
    }
});
