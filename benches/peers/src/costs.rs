//! Where the time goes: instructions and system calls per operation.
//!
//! Each is what a run with many operations takes more than one with few, so that starting and
//! connecting do not count.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::host::Host;
use crate::runs::Programs;
use crate::{Outcome, TRANSPORTS};

/// What an operation costs a client.
pub(crate) struct Cost {
    what: String,
    ours: Calls,
    theirs: Calls,
}

/// Instructions, and system calls by name, per operation.
struct Calls {
    instructions: f64,
    syscalls: BTreeMap<String, f64>,
}

/// How many operations the two runs have, and their rounds.
type Lengths = [[&'static str; 2]; 2];

const CALLS: Lengths = [["2560", "1"], ["12800", "1"]];
/// As many as our server can have queued, once or five times.
const SHM_DRAIN: Lengths = [["5000", "1"], ["5000", "5"]];
const SOCKET_DRAIN: Lengths = [["200", "5"], ["200", "25"]];

/// Counts everything.
pub(crate) fn all(programs: &Programs) -> Outcome<Vec<Cost>> {
    let mut costs = Vec::new();
    for transport in TRANSPORTS {
        let corosync = Host::corosync(transport)?;
        for (what, case) in [
            ("get_info, one at a time, spin off", "rtt-parking"),
            ("get_info, 128 in flight", "pipeline"),
        ] {
            let ours = count(programs, &corosync, "ours", case, CALLS)?;
            let theirs = count(programs, &corosync, "client", "rtt", CALLS)?;
            costs.push(Cost { what: format!("{what}, {transport}"), ours, theirs });
        }
        drop(corosync);
        let (server, _) = Host::server(&programs.path("server"), &["votequorum", transport])?;
        let lengths = if transport == "shm" { SHM_DRAIN } else { SOCKET_DRAIN };
        let ours = count(programs, &server, "ours", "drain", lengths)?;
        let theirs = count(programs, &server, "client", "drain", lengths)?;
        costs.push(Cost { what: format!("draining a notification, {transport}"), ours, theirs });
    }
    Ok(costs)
}

fn count(
    programs: &Programs,
    host: &Host,
    program: &str,
    case: &str,
    lengths: Lengths,
) -> Outcome<Calls> {
    eprintln!("counting: {program} {case}");
    let path = programs.path(program);
    let file = programs.dir().join("strace.out");
    let [few, many] = lengths;
    let ops = |[n, rounds]: [&str; 2]| Outcome::Ok(n.parse::<f64>()? * rounds.parse::<f64>()?);
    let more = ops(many)? - ops(few)?;
    let instructions =
        instructions(host, &path, case, many)? - instructions(host, &path, case, few)?;
    let few = syscalls(host, &path, case, few, &file)?;
    let mut syscalls = syscalls(host, &path, case, many, &file)?;
    for (name, calls) in &mut syscalls {
        *calls = (*calls - few.get(name).copied().unwrap_or(0.0)) / more;
    }
    syscalls.retain(|_, calls| *calls >= 0.01);
    Ok(Calls { instructions: instructions / more, syscalls })
}

fn instructions(host: &Host, program: &Path, case: &str, [n, rounds]: [&str; 2]) -> Outcome<f64> {
    let mut command = host.command("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(program).args([case, n, rounds]).stdout(Stdio::null());
    let output = command.output()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split("Collected : ").nth(1));
    let collected = collected.filter(|_| output.status.success());
    let collected = collected.ok_or_else(|| format!("{command:?}: {report}"))?;
    Ok(collected.trim().parse()?)
}

fn syscalls(
    host: &Host,
    program: &Path,
    case: &str,
    [n, rounds]: [&str; 2],
    file: &Path,
) -> Outcome<BTreeMap<String, f64>> {
    let mut command = host.command("strace");
    command.args(["-f", "-c", "-o"]).arg(file);
    command.arg(program).args([case, n, rounds]).stdout(Stdio::null());
    if !command.status()?.success() {
        return Err(format!("{command:?} failed").into());
    }
    let mut calls = BTreeMap::new();
    for line in fs::read_to_string(file)?.lines() {
        // % time, seconds, usecs/call, calls, perhaps errors, syscall
        let fields: Vec<&str> = line.split_whitespace().collect();
        if let [_, _, _, count, .., name] = fields.as_slice() {
            if let (Ok(count), false) = (count.parse(), *name == "total") {
                calls.insert((*name).to_owned(), count);
            }
        }
    }
    fs::remove_file(file)?;
    Ok(calls)
}

impl Calls {
    fn text(&self) -> String {
        let mut most_first: Vec<_> = self.syscalls.iter().collect();
        most_first.sort_by(|a, b| b.1.total_cmp(a.1));
        let texts: Vec<_> =
            most_first.iter().map(|(name, calls)| format!("{name} {calls:.2}")).collect();
        if texts.is_empty() { "none".into() } else { texts.join(", ") }
    }

    fn json(&self) -> Value {
        json!({ "instructions": self.instructions, "syscalls": self.syscalls })
    }
}

impl Cost {
    pub(crate) fn json(&self) -> Value {
        json!({ "what": self.what, "ours": self.ours.json(), "C": self.theirs.json() })
    }
}

/// All costs, as Markdown.
pub(crate) fn table(costs: &[Cost]) -> String {
    let mut table = String::from(
        "| per operation | instructions: ours | C | system calls: ours | C |\n|---|---|---|---|---|\n",
    );
    for cost in costs {
        let _ = writeln!(
            table,
            "| {} | {:.0} | {:.0} | {} | {} |",
            cost.what,
            cost.ours.instructions,
            cost.theirs.instructions,
            cost.ours.text(),
            cost.theirs.text(),
        );
    }
    table
}
