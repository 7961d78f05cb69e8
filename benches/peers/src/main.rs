//! Measures quorate's clients against the C library's on the same daemons, in alternating runs:
//! `peers [--rounds N] [--connections N] [--only TEXT | --update FILE]`.
//!
//! Prints tables, and puts them between the markers of a file if asked to; writes everything that
//! was measured to `results.json` beside the programs it runs. With a text, measures only what has
//! that in its name, and counts no instructions.

mod costs;
mod host;
mod measures;
mod row;
mod runs;
mod setting;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::runs::{Programs, Record};

/// Whatever goes wrong ends the program.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The two ways messages travel.
pub(crate) const TRANSPORTS: [&str; 2] = ["shm", "socket"];

fn main() -> Outcome<()> {
    let mut rounds = 7;
    let mut connections = 1000;
    let mut only = None;
    let mut update = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match argument.as_str() {
            "--rounds" => rounds = value.parse()?,
            "--connections" => connections = value.parse()?,
            "--only" => only = Some(value),
            "--update" => update = Some(PathBuf::from(value)),
            _ => return Err(USAGE.into()),
        }
    }
    if only.is_some() && update.is_some() {
        return Err(USAGE.into());
    }
    let programs = Programs::find()?;
    let setting = setting::describe(rounds);
    eprintln!("{setting}");
    let counted = only.is_none();
    let (rows, record) = measures::all(&programs, rounds, connections, Record::new(only))?;
    let costs = if counted { costs::all(&programs)? } else { Vec::new() };
    let tables = format!("{setting}\n{}\n{}", row::table(&rows), costs::table(&costs));
    println!("{tables}");
    let results = json!({
        "setting": setting,
        "rows": rows.iter().map(row::Row::json).collect::<Vec<_>>(),
        "costs": costs.iter().map(costs::Cost::json).collect::<Vec<_>>(),
        "samples": record.into_lines(),
    });
    let path = programs.dir().join("results.json");
    fs::write(&path, format!("{results:#}\n"))?;
    eprintln!("everything that was measured: {}", path.display());
    match update {
        Some(file) => put_between_markers(&file, &tables),
        None => Ok(()),
    }
}

const USAGE: &str = "usage: peers [--rounds N] [--connections N] [--only TEXT | --update FILE]";

const BEGIN: &str = "<!-- printed by benches/peers/run: begin -->\n";
const END: &str = "<!-- printed by benches/peers/run: end -->";

/// Replaces what the last run has put into a file.
fn put_between_markers(file: &Path, tables: &str) -> Outcome<()> {
    let text = fs::read_to_string(file)?;
    let (before, rest) = text.split_once(BEGIN).ok_or("the file has no marker to begin at")?;
    let (_, after) = rest.split_once(END).ok_or("the file has no marker to end at")?;
    Ok(fs::write(file, format!("{before}{BEGIN}\n{}\n\n{END}{after}", tables.trim()))?)
}
