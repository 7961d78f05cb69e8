//! What it was measured on.

use std::fs;
use std::process::Command;

/// The machine, and the versions of everything.
pub(crate) fn describe(rounds: usize) -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    let packages = ["corosync", "libvotequorum8", "libqb100"].map(|package| {
        let version = first_line("dpkg-query", &["-W", "-f", "${Version}", package]);
        format!("{package} {version}")
    });
    format!(
        "- machine: {cpus} processors, {}, Linux {}; load when it began: {load}\n- versions: {}; {}; \
         {}\n- medians of {rounds} runs each, in turn\n",
        model.unwrap_or("unknown"),
        first_line("uname", &["-r"]),
        packages.join(", "),
        first_line("rustc", &["--version"]),
        first_line("gcc", &["--version"]),
    )
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().lines().next().unwrap_or("?").trim().to_owned()
}
