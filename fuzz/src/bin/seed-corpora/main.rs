//! Writes the inputs that fuzzing starts with: `fuzz/corpus/<target>/<name>`.
//!
//! They come from the captures of real clients and daemons, and from lists of operations written by
//! hand. The same ones are written every time. What a fuzzer has found has names of 40 hexadecimal
//! digits and stays as it is.

mod confd;
mod confd_sessions;
mod corosync;
mod operations;
mod seeds;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use seeds::Seeds;

const USAGE: &str = "usage: seed-corpora [--check]

Writes the seeds to fuzz/corpus. With --check, says how those that are there differ.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => write(),
        ["--check"] => check(),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), Box<dyn Error>> {
    let seeds = all()?;
    seeds.write(&corpus())?;
    println!("{seeds}");
    Ok(())
}

fn check() -> Result<(), Box<dyn Error>> {
    let seeds = all()?;
    let differences = seeds.differences(&corpus())?;
    if differences.is_empty() {
        println!("{seeds}");
        return Ok(());
    }
    let remedy = "run `cargo run --manifest-path fuzz/Cargo.toml` to write them again";
    Err(format!("{}\n{remedy}", differences.join("\n")).into())
}

fn all() -> Result<Seeds, Box<dyn Error>> {
    let mut seeds = Seeds::default();
    corosync::add(&mut seeds)?;
    confd::add(&mut seeds)?;
    operations::add(&mut seeds);
    Ok(seeds)
}

fn corpus() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}
