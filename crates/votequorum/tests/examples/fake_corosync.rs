use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::process::{Remains, Running, complaint, example, fake_corosync, json_lines, service};

fn start(arguments: &[&str]) -> Running {
    Running::serving(fake_corosync().args(arguments))
}

fn script(directory: &Path, text: &str) -> String {
    let file = directory.join("script");
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn watch(arguments: &[&str]) -> Command {
    let mut watch = example("watch");
    watch.args(["--json"]).args(arguments);
    watch
}

#[test]
fn status_over_both_transports_and_in_both_places() {
    let dir = tempfile::tempdir().unwrap();
    for transport in ["shm", "socket"] {
        let service = service(transport);
        let in_directory = ["--socket-dir", dir.path().to_str().unwrap()];
        for place in [&["--service", &service][..], &in_directory] {
            let fake = ["--transport", transport, "--nodes", "5"];
            let fake = start(&[&fake, place].concat());
            let output = example("status").arg("--json").args(place).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let status = json_lines(&output).remove(0);
            assert_eq!(status["transport"], transport);
            assert_eq!((&status["total_votes"], &status["quorum"]), (&json!(5), &json!(3)));
            let remains = Remains::of(&fake);
            drop(fake);
            remains.assert_none();
        }
    }
}

#[test]
fn a_script_of_nodes() {
    let dir = tempfile::tempdir().unwrap();
    let script = script(
        dir.path(),
        "wait 100ms\nleave 3\nwait 100ms\npartition 1 / 2\nwait 100ms  # no quorum\nmerge\n\
         wait 100ms\njoin 3\nwait 100ms\ncrash 2\nwait 100ms\njoin 2\nrepeat\n",
    );
    for transport in ["shm", "socket"] {
        let service = service(&format!("script-{transport}"));
        let fake = ["--transport", transport, "--service", &service, "--script", &script];
        let fake = start(&fake);
        let mut watch = Running::start(&mut watch(&["--service", &service, "--seconds", "60"]));
        for nodes in [json!([1, 2]), json!([1]), json!([1, 2]), json!([1, 2, 3]), json!([1, 3])] {
            let what = format!("the members {nodes}");
            let found = watch
                .wait_for(&what, |event| event["event"] == "nodelist" && event["nodes"] == nodes);
            let quorate = watch.wait_for("quorum", |event| event["event"] == "quorum");
            assert_eq!(quorate["quorate"], nodes != json!([1]), "{found}");
        }
        let remains = Remains::of(&fake);
        drop((fake, watch));
        remains.assert_none();
    }
}

#[test]
fn a_script_of_faults() {
    let dir = tempfile::tempdir().unwrap();
    let service = service("faults");
    let text = "wait 100ms\nfault unknown-notification\nfault flood 50\nrepeat";
    let script = script(dir.path(), text);
    let _fake = start(&["--service", &service, "--script", &script]);
    let mut watch = Running::start(&mut watch(&["--service", &service, "--seconds", "60"]));
    watch.wait_for("an unknown notification", |event| event["event"] == "unknown");
    for _ in 0..100 {
        watch.wait_for("a notification of the flood", |event| event["event"] == "expected_votes");
    }
}

#[test]
fn a_daemon_that_dies() {
    let dir = tempfile::tempdir().unwrap();
    let service = service("dies");
    let script = script(dir.path(), "wait 300ms\nfault die\n");
    let fake = start(&["--service", &service, "--script", &script]);
    let output = watch(&["--service", &service, "--seconds", "60"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let refused = json_lines(&output).pop().unwrap();
    assert_eq!(refused["ok"], false, "{refused}");
    // The client has removed what was left to it, or else the fake has.
    let remains = Remains::of(&fake);
    drop(fake);
    remains.assert_none();
}

#[test]
fn scripts_that_make_no_sense() {
    let dir = tempfile::tempdir().unwrap();
    let service = service("nonsense");
    for (text, expected) in [
        ("wait 1s\nexplode", "line 2 of the script: not a step: \"explode\""),
        ("\n# so far so good\nleave", "line 3 of the script: not the number of a node: \"leave\""),
        ("fault headache", "line 1 of the script: not a fault: \"fault headache\""),
        ("wait 5", "line 1 of the script: not a time, as 500ms or 2s: \"wait 5\""),
        // Each line is a step, but not one for these nodes.
        ("merge\n\nleave 9", "line 3 of the script: the daemon of node 9 does not run"),
        ("partition 1 / 4", "line 1 of the script: node 4 is not configured"),
        ("join 2", "line 1 of the script: the daemon of node 2 runs already"),
    ] {
        let script = script(dir.path(), text);
        let arguments = ["--service", &service, "--script", &script];
        let output = fake_corosync().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        let said = complaint(&output);
        assert!(said.starts_with("fake-corosync: ") && said.contains(expected), "{text}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let output = fake_corosync().args(["--script", "/nonexistent/script"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(complaint(&output).contains("/nonexistent/script"));
    let output = fake_corosync().args(["--socket-dir", "/nonexistent/dir"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(complaint(&output).contains("No such file or directory"), "{output:?}");
}
