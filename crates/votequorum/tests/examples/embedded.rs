use serde_json::{Value, json};

use crate::process::{complaint, example, json_lines};

#[test]
fn status() {
    let output = example("status").args(["--embedded", "--json"]).output().unwrap();
    assert!(output.status.success() && complaint(&output).is_empty(), "{output:?}");
    let status = json_lines(&output).remove(0);
    let ring_id = status["ring_id"].as_str().unwrap();
    let expected = json!({
        "node_id": 1, "state": "member", "votes": 1, "expected_votes": 3, "highest_expected": 3,
        "total_votes": 3, "quorum": 2, "quorate": true, "flags": ["quorate"],
        "qdevice_votes": 0, "qdevice_counted_votes": 0, "qdevice_name": null, "transport": "shm",
        "ring_id": ring_id, "members": [1, 2, 3], "extra_info": null,
    });
    assert_eq!(status, expected);
    ring_id.parse::<votequorum::RingId>().unwrap();
    let output = example("status").args(["--embedded", "--json", "--node", "9"]).output().unwrap();
    let refused = json_lines(&output).remove(0);
    assert_eq!((output.status.code(), &refused["name"]), (Some(1), &json!("CS_ERR_NOT_EXIST")));
    let output = example("status").arg("--embedded").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "Nodes:            3",
        &format!("Ring ID:          {ring_id}"),
        "Quorate:          Yes",
        "    Nodeid      Votes State",
        "         1          1 member (local)",
        "         3          1 member",
    ] {
        assert!(text.lines().any(|other| other == line), "no {line:?} in {text}");
    }
}

/// A node leaves, the others lose each other and quorum, and everything is mended.
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
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("ring 1.") && text.ends_with(": members 1 2 3\n"), "{text}");
    // How much it shows in that time depends on the machine.
    let output = example("watch").args(["--embedded", "--seconds", "0.1"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// The same cluster, so the same ring in both.
#[test]
fn watch_spells_the_ring_in_both_ways() {
    let output = example("watch").args(["--embedded", "--json", "--count", "1"]).output().unwrap();
    let event = json_lines(&output).remove(0);
    let ring: votequorum::RingId = event["ring"].as_str().unwrap().parse().unwrap();
    assert_eq!(event["ring_id"], json!({ "node": ring.node.get(), "seq": ring.seq }));
}

#[test]
fn load() {
    for (arguments, count) in [
        (&["rtt", "100"][..], 100),
        (&["pipeline", "1000", "--in-flight", "32"], 1000),
        (&["pipeline", "10", "--in-flight", "255"], 10),
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
