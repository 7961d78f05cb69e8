//! Where the time goes: instructions and system calls per operation.
//!
//! Each is what a run with many operations takes more than one with few, so that starting and
//! connecting do not count.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::host::Host;
use crate::row;
use crate::runs::Programs;
use crate::{Outcome, TRANSPORTS};

/// What an operation costs a client.
pub(crate) struct Cost {
    what: String,
    /// The most instructions it should take.
    goal: Option<f64>,
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

/// Where the client and the daemon run while they are counted. On two processors the count says how
/// often the client had to wait, which differs from run to run.
const PROCESSOR: &str = "0";

/// Counts everything.
pub(crate) fn all(programs: &Programs) -> Outcome<Vec<Cost>> {
    let mut costs = Vec::new();
    for transport in TRANSPORTS {
        let is_shm = transport == "shm";
        let corosync = Host::corosync(transport)?;
        corosync.run_on(PROCESSOR)?;
        for (what, case, most) in [
            ("get_info, one at a time, spin off", "rtt-parking", 2400.0),
            ("get_info, 128 in flight", "pipeline", 2200.0),
        ] {
            let ours = count(programs, &corosync, "ours", case, CALLS)?;
            let theirs = count(programs, &corosync, "client", "rtt", CALLS)?;
            let goal = is_shm.then_some(most);
            costs.push(Cost { what: format!("{what}, {transport}"), goal, ours, theirs });
        }
        drop(corosync);
        let (server, _) = Host::server(&programs.path("server"), &["votequorum", transport])?;
        server.run_on(PROCESSOR)?;
        let lengths = if is_shm { SHM_DRAIN } else { SOCKET_DRAIN };
        let ours = count(programs, &server, "ours", "drain", lengths)?;
        let theirs = count(programs, &server, "client", "drain", lengths)?;
        let what = format!("draining a notification, {transport}");
        costs.push(Cost { what, goal: is_shm.then_some(650.0), ours, theirs });
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
    let mut command = pinned(host, "valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(program).args([case, n, rounds]).stdout(Stdio::null());
    let output = command.output()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split("Collected : ").nth(1));
    let collected = collected.filter(|_| output.status.success());
    let collected = collected.ok_or_else(|| format!("{command:?}: {report}"))?;
    Ok(collected.trim().parse()?)
}

fn pinned(host: &Host, program: &str) -> Command {
    let mut command = host.command("taskset");
    command.args(["--cpu-list", PROCESSOR, program]);
    command
}

fn syscalls(
    host: &Host,
    program: &Path,
    case: &str,
    [n, rounds]: [&str; 2],
    file: &Path,
) -> Outcome<BTreeMap<String, f64>> {
    let mut command = pinned(host, "strace");
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
    fn is_met(&self) -> Option<bool> {
        self.goal.map(|most| self.ours.instructions <= most)
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "what": self.what, "goal": self.goal, "met": self.is_met(), "ours": self.ours.json(), "C": self.theirs.json() })
    }
}

/// All costs, as Markdown.
pub(crate) fn table(costs: &[Cost]) -> String {
    let mut table = String::from(
        "| per operation | instructions: ours | C | goal | met | system calls: ours | C |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for cost in costs {
        let _ = writeln!(
            table,
            "| {} | {:.0} | {:.0} | {} | {} | {} | {} |",
            cost.what,
            cost.ours.instructions,
            cost.theirs.instructions,
            cost.goal.map(|most| format!("<= {most}")).unwrap_or_default(),
            row::met(cost.is_met()),
            cost.ours.text(),
            cost.theirs.text(),
        );
    }
    table
}
