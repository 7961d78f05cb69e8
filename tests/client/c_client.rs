//! corosync's own C library against the same daemons: what it accepts of a real one it has to accept
//! of a fake.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};

use quorate_fixtures::corosync::Fault;
use quorate_fixtures::corosync::engine::{Config as FakeConfig, Device};

use crate::support::{Config, Fake, Namespace, Node, available, over_both_transports};

/// The client, built; `None` if that cannot be had here, which it says.
fn client() -> Option<&'static Path> {
    static CLIENT: OnceLock<Option<PathBuf>> = OnceLock::new();
    CLIENT.get_or_init(build).as_deref()
}

fn build() -> Option<PathBuf> {
    if !available() {
        return None;
    }
    let client = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libvotequorum-client");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client/c/client.c");
    let compiled = Command::new("gcc")
        .args(["-Wall", "-Wextra", "-O2", "-o"])
        .arg(&client)
        .args([source, "-lvotequorum"])
        .output();
    let problem = match compiled {
        Ok(output) if output.status.success() => return Some(client),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => format!("no gcc: {error}"),
    };
    assert!(
        std::env::var_os("QUORATE_LIVE").is_none_or(|value| value != "required"),
        "libvotequorum's client is required, but cannot be built: {problem}",
    );
    println!("SKIPPED: install gcc and libvotequorum-dev");
    None
}

/// Runs a case in a namespace, where a daemon serves.
fn run(client: &Path, namespace: &Namespace, args: &[&str]) -> ExitStatus {
    let client = client.to_str().expect("the path is text");
    namespace.command(client).args(args).status().expect("it can be run")
}

/// Runs a case against a real daemon and a fake, over both transports.
fn against_both(args: &[&str], live: impl Fn(Config) -> Config + Sync, fake: &FakeConfig) {
    let Some(client) = client() else { return };
    over_both_transports(|qb_ipc_type| {
        let node = Node::start(&live(Config::single(qb_ipc_type)));
        let status = run(client, node.namespace(), args);
        assert!(status.success(), "a real corosync over {qb_ipc_type:?}: {status}");

        let namespace = Arc::new(Namespace::new());
        let _fake = Fake::in_namespace(&namespace, qb_ipc_type, fake.clone());
        let status = run(client, &namespace, args);
        assert!(status.success(), "a fake over {qb_ipc_type:?}: {status}");
    });
}

#[test]
fn every_call() {
    against_both(&["calls"], |config| config, &FakeConfig::new([1]));
}

#[test]
fn tracking_and_dispatch() {
    against_both(&["tracking"], |config| config, &FakeConfig::new([1]));
}

#[test]
fn a_quorum_device() {
    let fake = FakeConfig::new([1]).device(Device::new().votes(1));
    against_both(&["qdevice"], |config| config.qdevice(10_000, 30_000), &fake);
}

#[test]
fn hundreds_of_connections() {
    against_both(&["comeandgo", "300"], |config| config, &FakeConfig::new([1]));
}

#[test]
fn clients_that_are_killed() {
    against_both(&["killed", "50"], |config| config, &FakeConfig::new([1]));
}

/// Real daemons cannot be made to do that.
#[test]
fn thirty_thousand_events() {
    let Some(client) = client() else { return };
    over_both_transports(|qb_ipc_type| {
        let namespace = Arc::new(Namespace::new());
        let fake = Fake::in_namespace(&namespace, qb_ipc_type, FakeConfig::new([1]));
        let client = client.to_str().expect("the path is text");
        let mut child = namespace
            .command(client)
            .args(["flood", "30000"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be run");
        let mut said = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut said).expect("it says something");
        assert_eq!(said, "tracking\n");
        fake.inject(Fault::Flood(30_000));
        let status = child.wait().expect("it can be waited for");
        assert!(status.success(), "over {qb_ipc_type:?}: {status}");
    });
}
