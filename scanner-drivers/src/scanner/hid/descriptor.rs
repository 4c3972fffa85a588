//! Report descriptors: parsed by a library, guarded against devices that lie, and read bit by bit.
//!
//! A descriptor comes from whatever is plugged in, so it is untrusted: sizes are checked before the parser sees them, and a panic
//! in the parser becomes an error. Values are taken from reports here and not by the library, because a report may be shorter
//! than its descriptor says.

use std::ops::Range;

use hidreport::ReportDescriptor;

/// Longest descriptor and largest counts that are accepted; real scanners need less than a tenth.
const LONGEST: usize = 4096;
const MOST_FIELDS: u32 = 8 * 1024;

/// A descriptor that is broken or not believable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// Sizes out of any reason.
    #[error("the report descriptor asks for {0}, which no scanner needs")]
    Excessive(&'static str),
    /// Breaks the HID specification.
    #[error("the report descriptor is broken: {0}")]
    Broken(String),
}

/// Parses a descriptor.
///
/// # Errors
/// See [`DescriptorError`].
pub fn parse(bytes: &[u8]) -> Result<ReportDescriptor, DescriptorError> {
    believable(bytes)?;
    match std::panic::catch_unwind(|| ReportDescriptor::try_from(bytes)) {
        Ok(Ok(descriptor)) => Ok(descriptor),
        Ok(Err(error)) => Err(DescriptorError::Broken(error.to_string())),
        Err(_) => Err(DescriptorError::Broken("the parser gave up".into())),
    }
}

/// Walks the items (HID 1.11, 6.2.2.2) and looks at those whose values make the parser allocate, or give up.
fn believable(bytes: &[u8]) -> Result<(), DescriptorError> {
    if bytes.len() > LONGEST {
        return Err(DescriptorError::Excessive("more than 4096 bytes"));
    }
    let (mut rest, mut size, mut count, mut total) = (bytes, 0u32, 0u32, 0u32);
    let (mut lowest, mut highest) = (None, None);
    // Whether a usage page is known, now and at each "push" that is open.
    let (mut page, mut pushed, mut named) = (false, Vec::new(), false);
    while let [prefix, tail @ ..] = rest {
        let long = *prefix == 0xFE;
        let length = if long { tail.first().map_or(0, |n| usize::from(*n) + 2) } else { [0, 1, 2, 4][usize::from(prefix & 3)] };
        let Some(data) = tail.get(..length) else { return Err(DescriptorError::Broken("it ends inside an item".into())) };
        // Of a short item; what a long item holds is not looked at.
        let value = if long { 0 } else { data.iter().rev().fold(0u32, |value, byte| value << 8 | u32::from(*byte)) };
        match prefix & 0xFC {
            _ if long => {}
            0x04 => page = true,
            0x74 => size = value,
            0x94 => count = value,
            0xA4 => pushed.push(page),
            0xB4 => page = pushed.pop().unwrap_or(false),
            // In four bytes a usage brings its page along.
            0x08 => named |= length < 4,
            0x18 => lowest = Some(value),
            0x28 => highest = Some(value),
            main @ (0x80 | 0x90 | 0xA0 | 0xB0 | 0xC0) => {
                if named && main != 0xC0 && !page {
                    return Err(DescriptorError::Broken("a usage before any usage page".into()));
                }
                // The whole 32 bits: the parser makes a list of everything between the two.
                if let (Some(lowest), Some(highest)) = (lowest.take(), highest.take())
                    && u32::saturating_sub(highest, lowest) > 0xFFFF
                {
                    return Err(DescriptorError::Excessive("a huge range of usages"));
                }
                (lowest, highest, named) = (None, None, false);
                if matches!(main, 0x80 | 0x90 | 0xB0) {
                    total = total.saturating_add(count);
                    if size > 64 * 1024 {
                        return Err(DescriptorError::Excessive("huge fields"));
                    }
                }
            }
            _ => {}
        }
        if total > MOST_FIELDS {
            return Err(DescriptorError::Excessive("more than 8192 fields"));
        }
        rest = &tail[length..];
    }
    Ok(())
}

/// The value in a range of bits, least significant first; `None` when the report is too short or the range wider than 32 bits.
#[must_use]
pub fn bits(report: &[u8], range: &Range<usize>) -> Option<u32> {
    if range.end > report.len() * 8 || range.len() > 32 {
        return None;
    }
    Some(range.clone().enumerate().fold(0, |value, (n, bit)| value | u32::from(report[bit / 8] >> (bit % 8) & 1) << n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_are_taken_across_bytes_and_never_behind_the_end() {
        assert_eq!(bits(&[0b1010_0000, 0b0000_0110], &(5..11)), Some(0b11_0101));
        assert_eq!(bits(&[1, 2, 3, 4], &(0..32)), Some(0x0403_0201));
        assert_eq!(bits(&[1], &(4..9)), None);
    }

    #[test]
    fn a_descriptor_that_asks_for_gigabytes_is_refused_before_it_is_parsed() {
        let greedy = [0x05, 0x8C, 0x09, 0x02, 0xA1, 0x01, 0x75, 0x08, 0x97, 0xFF, 0xFF, 0xFF, 0x7F, 0x09, 0xFE, 0x81, 0x02, 0xC0];
        assert!(matches!(parse(&greedy), Err(DescriptorError::Excessive(_))));
        // Usages 0 to 4294967295, in four bytes each and in either order.
        let (page, low, high) = ([0x05, 0x07], [0x1B, 0, 0, 0, 0], [0x2B, 0xFF, 0xFF, 0xFF, 0xFF]);
        for range in [[low, high], [high, low]] {
            let greedy = [&page[..], range[0].as_slice(), &range[1], &[0x75, 0x08, 0x95, 0x01, 0x81, 0x00]].concat();
            assert_eq!(parse(&greedy).unwrap_err(), DescriptorError::Excessive("a huge range of usages"));
        }
        assert!(parse(&[0x75]).is_err());
        assert!(parse(&[]).is_err());
    }

    #[test]
    fn a_usage_without_its_page_is_broken_also_when_a_pop_takes_the_page_away() {
        for descriptor in [&[0x09, 0x02, 0xA1, 0x01, 0xC0][..], &[0xA4, 0x05, 0x07, 0xB4, 0x09, 0x02, 0xA1, 0x01, 0xC0]] {
            assert_eq!(parse(descriptor).unwrap_err(), DescriptorError::Broken("a usage before any usage page".into()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: std::env::var("QITAO_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256), ..ProptestConfig::default() })]

        #[test]
        fn no_descriptor_and_no_report_can_bring_the_driver_down(descriptor in prop::collection::vec(any::<u8>(), 0..120), report in prop::collection::vec(any::<u8>(), 0..70)) {
            if let Ok(parsed) = parse(&descriptor) {
                let mut out = Vec::new();
                if let Some(mut pos) = super::super::pos::PosDecoder::new(&parsed) {
                    pos.report(qitao_domain::scan::Stamp { wall_ms: 0, boot: 0, mono_us: 0 }, &report, &mut out);
                }
                if let Some(mut keys) = super::super::keyboard::KeyDecoder::new(&parsed, super::super::layout::Layout::us()) {
                    let _ = keys.report(&report);
                }
            }
        }
    }
}
