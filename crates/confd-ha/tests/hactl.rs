//! The example, as a process, against the fake, as a process.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

/// A fake daemon in a process of its own, which ends with this.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// An executable of this workspace, built if need be.
fn built(path: &str, build: &[&str]) -> PathBuf {
    // Tests are in target/PROFILE/deps.
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let built = profile.join(path);
    if !built.exists() {
        let cargo = std::env::var_os("CARGO").expect("cargo runs the tests");
        let release = profile.ends_with("release").then_some("--release");
        let status = Command::new(cargo).arg("build").args(build).args(release).status().unwrap();
        assert!(status.success() && built.exists(), "{} is not built", built.display());
    }
    built
}

/// Starts the fake, and returns the address it says it listens on.
fn fake_confd(arguments: &[&str]) -> (Process, String) {
    fake_confd_at("127.0.0.1:0", arguments)
}

fn fake_confd_at(listen: &str, arguments: &[&str]) -> (Process, String) {
    let mut command =
        Command::new(built("fake-confd", &["-p", "quorate-fixtures", "--bin", "fake-confd"]));
    command.args(["--listen", listen]).args(arguments).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    (Process(child), address)
}

fn hactl(arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(built("examples/hactl", &["--example", "hactl"]));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may have ended already, and not have read it.
    let _unread = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn json_lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn one_order_per_process() {
    let (_fake, address) = fake_confd(&["--inject", "be-none=17"]);
    let give = |order: &[&str]| {
        let mut arguments = vec!["--addr", &address, "--token", "t", "--json"];
        arguments.extend(order);
        let output = hactl(&arguments, "");
        (output.status.code().unwrap(), json_lines(&output).remove(0))
    };
    let ok = |order| (0, json!({ "order": order, "ok": true }));
    assert_eq!(give(&["be-primary", "node1"]), ok("be-primary"));
    let status = json!({ "order": "status", "ok": true, "state": "primary", "nodes": [] });
    assert_eq!(give(&["status"]), (0, status));
    assert_eq!(give(&["secondary-dead", "x"]), ok("secondary-dead"));
    let (code, refused) = give(&["be-none"]);
    assert_eq!((code, &refused["ok"], &refused["code"]), (1, &json!(false), &json!(17)));
    assert_eq!(refused["name"], "CONFD_ERR_BADSTATE");
    assert!(refused["error"].as_str().unwrap().contains("start phase 0"));
    let (code, refused) = give(&["be-secondary", "node1", "node0", "10.0.0.1"]);
    assert_eq!((code, &refused["code"]), (1, &json!(25)), "{refused}");
    assert_eq!(refused["name"], "CONFD_ERR_HA_CONNECT");
}

#[test]
fn many_orders_on_one_connection() {
    let (_fake, address) = fake_confd(&["--peer", "node0=10.0.0.1"]);
    let orders = "status\n\nbe-secondary node1 node0 10.0.0.1\nstatus\nbe-relay\nstatus\n\
                  be-secondary node1 node0 10.0.0.1 --no-wait\nbe-none\nnonsense\nbe-secondary\n";
    let output = hactl(&["--addr", &address, "--token", "t", "run", "-"], orders);
    assert_eq!(output.status.code(), Some(1));
    let lines = json_lines(&output);
    let node0 = json!([{ "id": "node0", "addr": "10.0.0.1" }]);
    let status = |state: &str, nodes: Value| json!({ "order": "status", "ok": true, "state": state, "nodes": nodes });
    let expected = [
        status("none", json!([])),
        json!({ "order": "be-secondary", "ok": true }),
        status("secondary", node0.clone()),
        json!({ "order": "be-relay", "ok": true }),
        status("relay", node0),
        json!({ "order": "be-secondary", "ok": true }),
        json!({ "order": "be-none", "ok": true }),
    ];
    assert_eq!(lines[..7], expected);
    let wrong = |order: &str, why: &str| json!({ "order": order, "ok": false, "code": null, "name": null, "error": why });
    assert_eq!(lines[7], wrong("nonsense", "unrecognized subcommand 'nonsense'"));
    let missing = "the following required arguments were not provided: <ID> <PRIMARY> <ADDR>";
    assert_eq!(lines[8..], [wrong("be-secondary", missing)]);
}

#[test]
fn no_daemon_listens() {
    // A port that was just free.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = free.to_string();
    let target = ["--addr", address.as_str(), "--token", "t"];
    let with = |more: &[&str], input| hactl(&[&target, more].concat(), input);
    let output = with(&["--json", "status"], "");
    let refused = json_lines(&output).remove(0);
    assert_eq!((output.status.code(), &refused["kind"]), (Some(1), &json!("Unavailable")));
    assert_eq!((&refused["order"], &refused["ok"]), (&json!("status"), &json!(false)));
    assert_eq!((&refused["code"], &refused["name"]), (&json!(null), &json!(null)));
    assert!(refused["error"].as_str().unwrap().contains(&address));
    let output = with(&["run", "-"], "status\nbe-none\n");
    let refused = json_lines(&output);
    assert_eq!((output.status.code(), refused.len()), (Some(1), 1));
    assert_eq!(
        (&refused[0]["order"], &refused[0]["kind"]),
        (&json!("connect"), &json!("Unavailable"))
    );
    let output = with(&["--json", "watch"], "");
    let refused = json_lines(&output).remove(0);
    assert_eq!((output.status.code(), &refused["event"]), (Some(1), &json!("error")));
    let output = with(&["status"], "");
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b""[..]));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("hactl: cannot connect"));
}

#[test]
fn options_go_before_the_order_or_after_it() {
    let none = json!({ "order": "status", "ok": true, "state": "none", "nodes": [] });
    for arguments in [["--embedded", "--json", "status"], ["status", "--json", "--embedded"]] {
        assert_eq!(json_lines(&hactl(&arguments, "")), std::slice::from_ref(&none));
    }
    for wrong in [
        &["--embedded", "--addr", "127.0.0.1:1", "status"][..],
        &["status", "--unix", "/x", "--addr", "127.0.0.1:1"],
        &["--embedded", "run", "file"],
        &["--embedded"],
    ] {
        assert_eq!(hactl(wrong, "").status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn the_environment_and_ipv6() {
    let (_fake, address) = fake_confd_at("[::1]:0", &[]);
    let port = address.strip_prefix("[::1]:").unwrap();
    assert_eq!(hactl(&["--addr", &address, "--token", "t", "be-none"], "").stdout, b"ok\n");
    for (addr, number) in [("CONFD_IPC_ADDR", "CONFD_IPC_PORT"), ("NCS_IPC_ADDR", "NCS_IPC_PORT")] {
        let mut command = Command::new(built("examples/hactl", &["--example", "hactl"]));
        command.args(["--token", "t", "status"]).env_clear();
        let output = command.env(addr, "::1").env(number, port).output().unwrap();
        assert_eq!(output.stdout, b"none\n", "{addr}");
    }
}

#[test]
fn a_unix_socket_and_an_access_file() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let (socket, secret) = (dir.path().join("ipc"), dir.path().join("access"));
    std::fs::write(&secret, "s3cret\n").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let [socket, secret] = [&socket, &secret].map(|path| path.to_str().unwrap());
    let (_fake, _) = fake_confd(&["--unix", socket, "--access-file", secret]);
    let arguments = ["--unix", socket, "--token", "t", "status"];
    let without = hactl(&arguments, "");
    assert_eq!(without.status.code(), Some(1));
    let text = String::from_utf8(without.stderr).unwrap();
    assert!(text.contains("may want a secret"), "{text}");
    let with = hactl(&[&["--access-file", secret], &arguments[..]].concat(), "");
    assert_eq!(String::from_utf8(with.stdout).unwrap(), "none\n");
}

#[test]
fn versions_and_start_phase_0() {
    let (_fake, address) = fake_confd(&["--bad-version", "--proto", "82"]);
    let output = hactl(&["--addr", &address, "--token", "t", "--json", "status"], "");
    let refused = json_lines(&output).remove(0);
    assert_eq!((output.status.code(), &refused["kind"]), (Some(1), &json!("BadVersion")));
    assert!(refused["error"].as_str().unwrap().contains("82"));
    let (_fake, address) = fake_confd(&["--phase0"]);
    let output = hactl(&["--addr", &address, "--token", "t", "run", "-"], "status\nbe-none\n");
    let lines = json_lines(&output);
    assert_eq!((&lines[0]["ok"], &lines[1]["code"]), (&json!(true), &json!(17)));
}

#[test]
fn watching_a_fake_of_its_own() {
    let output = hactl(&["--embedded", "--json", "watch", "--sync", "--count", "7"], "");
    assert_eq!(output.status.code(), Some(0));
    let events: Vec<String> = json_lines(&output)
        .iter()
        .map(|event| event["event"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "is_primary",
        "secondary_arrived",
        "secondary_died",
        "is_none",
        "secondary_initialized",
        "be_secondary_result",
        "no_primary",
    ];
    assert_eq!(events, expected);
    let nothing = hactl(&["--embedded", "watch", "--seconds", "0.1"], "");
    assert_eq!(nothing.status.code(), Some(0));
    let status = hactl(&["--embedded", "status"], "");
    assert_eq!(String::from_utf8(status.stdout).unwrap(), "none\n");
}
