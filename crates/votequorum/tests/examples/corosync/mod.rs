//! The examples against a real corosync, next to its own tool.

mod node;

use serde_json::json;

use self::node::{Node, available};
use crate::process::{complaint, json_lines};

/// The lines of a text from one on, without the column of names, which votequorum does not know.
fn rows(text: &str) -> Vec<String> {
    let rows = text.lines().skip_while(|line| !line.starts_with("Votequorum information"));
    let rows = rows.map(|line| line.replace("one (local)", "member (local)"));
    rows.map(|line| line.replace(" Name", " State").trim_end().to_owned()).collect()
}

/// The text after the heading of a line.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

fn status_is_what_corosync_says(node: &Node) {
    let ours = node.text("status", &[]);
    let theirs = node.quorumtool();
    for name in ["Nodes:", "Node ID:", "Ring ID:", "Quorate:"] {
        assert_eq!(value(&ours, name), value(&theirs, name), "{ours}\n{theirs}");
    }
    assert_eq!(rows(&ours), rows(&theirs));
    let json = node.json("status", &[]);
    assert_eq!(json["ring_id"].as_str(), value(&theirs, "Ring ID:"));
    assert_eq!(json["members"], json!([1]));
}

#[test]
fn status_and_a_device() {
    if !available() {
        return;
    }
    let node = Node::start("status");
    status_is_what_corosync_says(&node);
    for arguments in [
        &["qdevice-register", "Example"][..],
        &["qdevice-poll", "Example", "yes"],
        &["qdevice-master-wins", "Example", "yes"],
        &["qdevice-poll", "Example", "no"],
        &["qdevice-update", "Example", "Another"],
        &["qdevice-poll", "Another", "yes"],
        &["qdevice-unregister", "Another"],
    ] {
        assert_eq!(node.json("votectl", arguments), json!({ "ok": true }), "{arguments:?}");
        // Some of it has to go round the cluster first, even if that has one node.
        node.wait_until("both say the same", || {
            rows(&node.text("status", &[])) == rows(&node.quorumtool())
        });
        status_is_what_corosync_says(&node);
    }
}

#[test]
fn watch_and_load() {
    if !available() {
        return;
    }
    let node = Node::start("watch");
    let output = node.example("watch").args(["--json", "--count", "2"]).output().unwrap();
    assert!(output.status.success() && complaint(&output).is_empty(), "{output:?}");
    let events = json_lines(&output);
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!((&events[0]["event"], &events[0]["nodes"]), (&json!("nodelist"), &json!([1])));
    assert_eq!(events[0]["ring"].as_str(), value(&node.quorumtool(), "Ring ID:"));
    assert_eq!((&events[1]["event"], &events[1]["device"]), (&json!("quorum"), &json!(null)));
    assert_eq!(node.json("load", &["pipeline", "100", "--in-flight", "8"])["ops"], 100);
    // It does not wait for a flood that does not come.
    let refused = node.json("load", &["drain", "5"]);
    assert_eq!(refused["name"], "CS_ERR_NOT_SUPPORTED", "{refused}");
}
