//! Our reader of pictures beside those of others, without the rest of the bench: `compare [COUNT]` pictures of each damage, 20 unless told.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to whoever started it")]

use std::process::ExitCode;

use qitao_test_pictures::Part;
use qitao_test_pictures::tally::{HEAD, compare, judges};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let count = std::env::args().nth(1).map_or(Ok(20), |count| count.parse()).map_err(|_| "usage: compare [COUNT]")?;
    let mut judges = judges()?;
    for (part, name) in [(Part::Tuning, "tuning"), (Part::HeldOut, "held out")] {
        let results = compare(part, count, &mut judges, |damage| eprintln!("{name}: {damage:?}"))?;
        println!("\n### {name}\n\n| {} |", HEAD.join(" | "));
        for (damage, tally) in &results.damages {
            println!("| {} |", tally.row(&format!("{damage:?}")).join(" | "));
        }
        println!("| {} |", results.all.row("all").join(" | "));
        println!(
            "seconds: ours {:.1}, zxing-cpp {:.1}, zbar {:.1}",
            results.all.seconds(0),
            results.all.seconds(1),
            results.all.seconds(2)
        );
        for (sort, (shown, found)) in &results.sorts {
            println!("{sort:?}: {shown} shown, {found:?} found");
        }
    }
    Ok(())
}
