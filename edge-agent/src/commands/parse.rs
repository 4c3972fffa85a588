//! `edge-agent parse`: one scan per line in, one JSON line out.

use std::io::{self, BufRead, Write};

use qitao_domain::barcode::{bytes_of, parse};

/// Longest line that is read whole; what is beyond is refused without being kept.
const LONGEST: u64 = 2 * 1024 * 1024;

/// Explains every line of the input.
///
/// # Errors
/// When input or output fail.
pub fn run(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line without end must not fill the memory.
        let n = io::Read::take(&mut input, LONGEST).read_until(b'\n', &mut line)?;
        if n == 0 {
            return output.flush();
        }
        let payload = line.strip_suffix(b"\n").unwrap_or(&line);
        let payload = payload.strip_suffix(b"\r").unwrap_or(payload);
        let payload = match std::str::from_utf8(payload) {
            Ok(text) => bytes_of(text),
            Err(_) => payload.to_vec(),
        };
        serde_json::to_writer(&mut output, &parse(&payload, None))?;
        output.write_all(b"\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn parse_lines(text: &[u8]) -> Vec<Value> {
        let mut out = Vec::new();
        run(text, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn each_line_gives_one_answer_with_its_elements_in_the_order_scanned() {
        let answers = parse_lines("]C1010690123456789210A7{GS}2199\nQT-UNDO\r\n06901234567893\n".as_bytes());
        assert_eq!(answers.len(), 3);
        assert_eq!(answers[0]["ok"], true);
        assert_eq!(answers[0]["elements"][1], serde_json::json!({"ai": "10", "value": "A7"}));
        assert_eq!(answers[1]["meaning"], "command");
        assert_eq!(answers[2]["ok"], false);
    }

    #[test]
    fn bytes_that_are_no_text_and_empty_lines_are_answered_too() {
        let answers = parse_lines(b"\xff\xfe\n\n");
        assert_eq!(answers.len(), 2);
    }
}
