//! `make bench`: speed and memory, each figure beside a limit or a peer of the same run, as tables in Markdown.
//!
//! `bench --quick` does everything small, in some seconds; `--imports`, `--chain`, `--customers` and `--pictures` do one of the long ones alone; `--customers` with
//! a folder and a database fills that one, unless it is filled, and lets it stay. The measured folder lies beside the programs; `QITAO_BENCH_FOLDER` names another disk.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench speaks")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use qitao_tests::bench::{
    Failure, Sizes, Table, chain, company, customers, idle, imports, labels, machine, memory, pictures, scans, search, stream,
};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[&str]) -> Result<(), Failure> {
    match *arguments {
        [] => measure(Sizes::FULL).await?,
        ["--imports"] => imports::measure(&measured()?, Sizes::FULL).await?.iter().for_each(|table| println!("{table}")),
        ["--imports", "--quick"] => imports::measure(&measured()?, Sizes::QUICK).await?.iter().for_each(|table| println!("{table}")),
        ["--chain"] => chain::measure(&measured()?, Sizes::FULL).await?.iter().for_each(|table| println!("{table}")),
        ["--customers"] => customers::measure(&measured()?, Sizes::FULL).await?.iter().for_each(|table| println!("{table}")),
        ["--customers", "--quick"] => customers::measure(&measured()?, Sizes::QUICK).await?.iter().for_each(|table| println!("{table}")),
        ["--customers", "--quick", folder, database] => {
            println!("{}", customers::measure_on(Path::new(folder), database, Sizes::QUICK).await?)
        }
        ["--customers", folder, database] => println!("{}", customers::measure_on(Path::new(folder), database, Sizes::FULL).await?),
        ["--pictures"] => pictures::rates(Sizes::FULL)?.iter().for_each(|table| println!("{table}")),
        ["--pictures", "--quick"] => pictures::rates(Sizes::QUICK)?.iter().for_each(|table| println!("{table}")),
        ["--quick"] => measure(Sizes::QUICK).await?,
        [memory::PEER, rows] => println!("{}", memory::hold_plain(Path::new(rows))?),
        _ => {
            return Err(
                "usage: bench [--quick | --imports [--quick] | --chain | --customers [--quick] [FOLDER DATABASE] | --pictures [--quick]]"
                    .into(),
            );
        }
    }
    Ok(())
}

/// The folder whose disk is measured.
fn measured() -> std::io::Result<PathBuf> {
    Ok(match std::env::var_os("QITAO_BENCH_FOLDER") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::current_exe()?.parent().map_or_else(PathBuf::new, Path::to_path_buf),
    })
}

async fn measure(sizes: Sizes) -> Result<(), Failure> {
    let folder = measured()?;
    println!("{}\n", machine(&folder));
    if let Some(warning) = company() {
        println!("{warning}\n");
    }
    let began = Instant::now();
    say(began, &scans::measure(&folder, sizes).await?);
    say(began, &stream::measure(&folder, sizes).await?);
    let at = folder.clone();
    say(began, &tokio::task::spawn_blocking(move || memory::measure(&at, sizes)).await??);
    say(began, &idle::measure(&folder, sizes).await?);
    say(began, &search::measure(&folder, sizes).await?);
    for table in imports::measure(&folder, sizes).await? {
        say(began, &table);
    }
    for table in chain::measure(&folder, sizes).await? {
        say(began, &table);
    }
    for table in customers::measure(&folder, sizes).await? {
        say(began, &table);
    }
    say(began, &tokio::task::spawn_blocking(move || labels::measure(sizes)).await??);
    say(began, &tokio::task::spawn_blocking(move || pictures::measure(sizes)).await??);
    for table in tokio::task::spawn_blocking(move || pictures::rates(sizes)).await?? {
        say(began, &table);
    }
    Ok(())
}

/// Prints figures, and to whoever waits how long it has taken so far.
fn say(began: Instant, table: &Table) {
    println!("{table}");
    eprintln!("bench: {:.0} s so far\n", began.elapsed().as_secs_f64());
}
