//! `watch --reconnect` over the end and the beginning of a daemon.

use serde_json::json;

use crate::process::{Running, example, fake_corosync, service};

#[test]
fn a_restart_is_shown() {
    let service = service("restart");
    let mut fake = Running::serving(fake_corosync().args(["--service", &service]));
    let arguments = ["--json", "--reconnect", "--seconds", "60", "--service", &service];
    let mut watch = Running::start(example("watch").args(arguments));
    watch.wait_for("the first state", |event| event["event"] == "quorum");
    drop(fake);
    let lost = watch.wait_for("the loss", |event| event["event"] == "lost");
    assert_eq!(lost, json!({ "event": "lost", "reason": "disconnected" }));
    fake = Running::serving(fake_corosync().args(["--service", &service]));
    let first = watch.wait_for("the new state", |_| true);
    assert_eq!(first["event"], "nodelist");
    let restored = watch.wait_for("the new connection", |event| event["event"] == "restored");
    assert_eq!(restored, json!({ "event": "restored" }));
    drop((fake, watch));
}

#[test]
fn a_daemon_that_is_not_there_yet_is_waited_for() {
    let service = service("later");
    let arguments = ["--json", "--reconnect", "--seconds", "60", "--service", &service];
    let mut watch = Running::start_with_complaints(example("watch").args(arguments));
    let complaint = watch.complaint().expect("it says that it waits");
    assert!(complaint.ends_with("; waiting for it"), "{complaint}");
    let fake = Running::serving(fake_corosync().args(["--service", &service]));
    let first = watch.wait_for("the first state", |_| true);
    assert_eq!((&first["event"], &first["nodes"]), (&json!("nodelist"), &json!([1, 2, 3])));
    drop((fake, watch));
}

/// Without the option the end of the daemon is the end.
#[test]
fn a_daemon_that_ends() {
    let service = service("ends");
    let fake = Running::serving(fake_corosync().args(["--service", &service]));
    let arguments = ["--json", "--seconds", "60", "--service", &service];
    let mut watch = Running::start(example("watch").args(arguments));
    watch.wait_for("the first state", |event| event["event"] == "quorum");
    drop(fake);
    let refused = watch.wait_for("an error", |line| line["ok"] == false);
    assert_eq!(refused["name"], "CS_ERR_LIBRARY", "{refused}");
    assert_eq!(watch.wait(), Some(1));
}
