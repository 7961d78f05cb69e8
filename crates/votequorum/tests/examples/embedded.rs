use serde_json::{Value, json};

use crate::process::{complaint, example, json_lines, service};

#[test]
fn status() {
    let output = example("status").args(["--embedded", "--json"]).output().unwrap();
    assert!(output.status.success() && complaint(&output).is_empty(), "{output:?}");
    let expected = json!({
        "node_id": 1, "state": "member", "votes": 1, "expected_votes": 3, "highest_expected": 3,
        "total_votes": 3, "quorum": 2, "quorate": true, "flags": ["quorate"],
        "qdevice_votes": 0, "qdevice_name": null, "transport": "shm",
    });
    assert_eq!(json_lines(&output), [expected]);
    let output = example("status").args(["--embedded", "--json", "--node", "9"]).output().unwrap();
    let refused = json_lines(&output).remove(0);
    assert_eq!((output.status.code(), &refused["name"]), (Some(1), &json!("CS_ERR_NOT_EXIST")));
    let output = example("status").arg("--embedded").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("Quorate:          Yes") && text.contains("Nodes:            3"),
        "{text}"
    );
}

/// One leaves, the rest falls apart and loses quorum, and all is mended.
fn is_the_story(events: &[Value]) -> bool {
    let quorate = |event: &&Value| event["event"] == "quorum";
    let told: Vec<bool> =
        events.iter().filter(quorate).map(|event| event["quorate"] == true).collect();
    let lost = told.iter().position(|quorate| !quorate);
    let members = |count: usize| {
        let has = |event: &Value| {
            event["event"] == "nodelist" && event["nodes"].as_array().unwrap().len() == count
        };
        events.iter().any(has)
    };
    told[0] && lost.is_some_and(|lost| told[lost..].contains(&true)) && members(2) && members(1)
}

#[test]
fn watch() {
    let arguments = ["--embedded", "--json", "--context", "7", "--count", "20"];
    let output = example("watch").args(arguments).output().unwrap();
    assert!(output.status.success() && complaint(&output).is_empty(), "{output:?}");
    let events = json_lines(&output);
    assert!(events.len() == 20 && events.iter().all(|event| event["context"] == 7));
    assert!(is_the_story(&events), "{events:#?}");
    let output = example("watch").args(["--embedded", "--count", "1"]).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("members 1 2 3"));
    // How far it gets in that time is the machine's affair.
    let output = example("watch").args(["--embedded", "--seconds", "0.1"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn watch_where_there_is_no_corosync() {
    let service = service("nobody");
    let arguments = ["--json", "--count", "20", "--service", &service];
    let output = example("watch").args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // Who reads the JSON sees JSON and nothing else.
    assert!(is_the_story(&json_lines(&output)));
    let said = complaint(&output);
    assert!(
        said.contains("no corosync here; watching a fake cluster") && said.lines().count() == 1
    );
}

#[test]
fn status_and_load_where_there_is_no_corosync() {
    let service = service("nobody");
    for arguments in [&["status", "--json"][..], &["load", "rtt", "1"]] {
        let mut command = example(arguments[0]);
        let output = command.args(&arguments[1..]).args(["--service", &service]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let refused = json_lines(&output).remove(0);
        // They tell of a real cluster or of none.
        assert_eq!(
            (&refused["ok"], &refused["name"]),
            (&json!(false), &json!("CS_ERR_LIBRARY")),
            "{refused}"
        );
    }
}

#[test]
fn load() {
    for (arguments, count) in [
        (&["rtt", "100"][..], 100),
        (&["pipeline", "1000", "--in-flight", "32"], 1000),
        (&["connect", "10"], 10),
        (&["drain", "1000", "--delay-ms", "10"], 1000),
    ] {
        let output = example("load").arg("--embedded").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let measured = json_lines(&output);
        assert_eq!(measured.len(), 1, "{arguments:?}");
        assert_eq!(measured[0]["ops"], count, "{:?}", measured[0]);
    }
}
