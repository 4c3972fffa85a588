//! Readers of others, kept running by a Python script, so that only reading is measured.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use image::GrayImage;
use nix::time::{ClockId, clock_gettime};
use qitao_scanner_drivers::camera;
use serde::Deserialize;

use crate::symbols::said;

/// What a reader said about a picture.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The texts, in the words of [`said`], each once.
    pub texts: Vec<String>,
    /// Processor time that it took.
    pub took: Duration,
}

/// The readers of others, in the order in which they answer.
pub const OTHERS: [&str; 2] = ["zxing-cpp", "zbar"];

/// A running script.
#[derive(Debug)]
pub struct Judges {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
struct Line {
    codes: Vec<[String; 2]>,
    seconds: f64,
}

impl Judges {
    /// Starts `tests/judges/read_pictures.py`.
    ///
    /// # Errors
    /// When Python cannot be started.
    pub fn start(python: &Path, script: &Path) -> std::io::Result<Self> {
        let mut process = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(std::io::Error::other("no pipes to the judges"));
        };
        Ok(Self { process, input, output: BufReader::new(output) })
    }

    /// Asks all of them about a picture.
    ///
    /// # Errors
    /// When the script has ended, which says why on its error output.
    pub fn ask(&mut self, picture: &GrayImage) -> std::io::Result<[Answer; 2]> {
        writeln!(self.input, "{} {}", picture.width(), picture.height())?;
        self.input.write_all(picture.as_raw())?;
        self.input.flush()?;
        let mut answers = [Answer::default(), Answer::default()];
        for answer in &mut answers {
            let mut line = String::new();
            self.output.read_line(&mut line)?;
            let line: Line = serde_json::from_str(&line)?;
            answer.texts = distinct(line.codes.iter().map(|[format, text]| said(format, text)));
            answer.took = Duration::from_secs_f64(line.seconds);
        }
        Ok(answers)
    }
}

impl Drop for Judges {
    fn drop(&mut self) {
        // Its work is done; it holds nothing that could be lost.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks our own reader.
#[must_use]
pub fn ours(picture: &GrayImage) -> Answer {
    let began = worked();
    let codes = camera::decode(picture);
    let took = worked().saturating_sub(began);
    Answer { texts: distinct(codes.iter().map(|code| said(&code.format, &code.text))), took }
}

/// Processor time of this thread: what a reader costs, however busy the machine is. The script measures itself in the same way.
fn worked() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map_or(Duration::ZERO, Duration::from)
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts.dedup();
    texts
}
