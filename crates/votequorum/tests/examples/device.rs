//! Quorum devices and their extra information, as the examples show them.

use serde_json::{Value, json};

use crate::process::{Running, complaint, example, fake_corosync, json_lines, service};

/// A fake cluster of three nodes, with a quorum device that node 1 has registered.
struct Cluster {
    _fake: Running,
    service: String,
}

impl Cluster {
    fn new(name: &str, arguments: &[&str]) -> Self {
        let service = service(name);
        let device = ["--device-votes", "1", "--device-timeout", "600000"];
        let mut fake = fake_corosync();
        let fake = fake.args(["--service", &service]).args(device).args(arguments);
        let cluster = Self { _fake: Running::serving(fake), service };
        assert_eq!(
            cluster.json("votectl", &["qdevice-register", "Example"]),
            json!({ "ok": true })
        );
        cluster
    }

    /// The last line that an example prints, as JSON.
    fn json(&self, name: &str, arguments: &[&str]) -> Value {
        let mut command = example(name);
        let output = command.args(["--json", "--service", &self.service]).args(arguments).output();
        json_lines(&output.unwrap()).pop().unwrap()
    }

    fn text(&self, name: &str, arguments: &[&str]) -> String {
        let mut command = example(name);
        let output = command.args(["--service", &self.service]).args(arguments).output().unwrap();
        assert!(output.status.success() && complaint(&output).is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The rows below "Votes" add up to the total: a device that does not vote has none.
fn sum_of_votes(status: &str) -> u32 {
    let rows = status.lines().skip_while(|line| !line.contains("Nodeid")).skip(1);
    rows.map(|row| row.split_whitespace().nth(1).unwrap().parse::<u32>().unwrap()).sum()
}

#[test]
fn a_device_counts_what_it_votes() {
    let cluster = Cluster::new("device-votes", &[]);
    for (vote, row, total) in [
        (None, "         0          0            Example (votes 1)", 3),
        (Some("yes"), "         0          1            Example", 4),
        (Some("no"), "         0          0            Example (votes 1)", 3),
    ] {
        if let Some(vote) = vote {
            let polled = cluster.json("votectl", &["qdevice-poll", "Example", vote]);
            assert_eq!(polled, json!({ "ok": true }));
        }
        let status = cluster.text("status", &[]);
        assert_eq!(status.lines().last(), Some(row), "{status}");
        assert_eq!(sum_of_votes(&status), total, "{status}");
        let status = cluster.json("status", &[]);
        assert_eq!(
            (&status["total_votes"], &status["qdevice_counted_votes"], &status["qdevice_votes"]),
            (&json!(total), &json!(total - 3), &json!(1)),
        );
    }
    // A node that has registered none.
    let status = cluster.text("status", &["--node", "2"]);
    assert!(status.ends_with("         3          1         NR member\n"), "{status}");
    assert_eq!(sum_of_votes(&status), 3);
}

/// It is registered on the node, and is no node.
#[test]
fn a_device_is_no_node() {
    let cluster = Cluster::new("device-apart", &[]);
    let quorum = cluster.json("watch", &["--count", "2"]);
    assert_eq!((&quorum["event"], &quorum["device"]), (&json!("quorum"), &json!("registered")));
    let mut nodes: Vec<_> =
        quorum["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_u64()).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, [Some(1), Some(2), Some(3)]);
    let text = cluster.text("watch", &["--count", "2"]);
    assert!(text.ends_with("; quorum device registered\n"), "{text}");
    cluster.json("votectl", &["qdevice-unregister", "Example"]);
    assert_eq!(cluster.json("watch", &["--count", "2"])["device"], Value::Null);
}

#[test]
fn extra_information_is_shown_without_loss() {
    let cluster = Cluster::new("device-info", &["--head"]);
    let arguments = ["--json", "--seconds", "60", "--service", &cluster.service];
    let mut watch = Running::start(example("watch").args(arguments));
    watch.wait_for("the first state", |event| event["event"] == "quorum");
    for (arguments, as_text, info, hex) in [
        (&["voting"][..], "\"voting\"", json!("voting"), "766f74696e67"),
        (&["a \"b\" é"], r#""a \"b\" é""#, json!("a \"b\" é"), "612022622220c3a9"),
        (&["--hex", "00ff"], "0x00ff", json!(null), "00ff"),
        // These would be the same text, were they not told apart.
        (&["--hex", "efbfbd"], "\"\u{fffd}\"", json!("\u{fffd}"), "efbfbd"),
        (&["--hex", "ff"], "0xff", json!(null), "ff"),
    ] {
        let set = [&["--corosync-3", "qdevice-set-extra-info"], arguments].concat();
        assert_eq!(cluster.json("votectl", &set), json!({ "ok": true }));
        let expected = json!({ "node": 1, "info": info, "info_hex": hex });
        let get = ["--corosync-3", "qdevice-get-extra-info", "1"];
        let mut got = cluster.json("votectl", &get);
        assert_eq!(got.as_object_mut().unwrap().remove("ok"), Some(json!(true)));
        assert_eq!(got, expected);
        assert_eq!(cluster.text("votectl", &get), format!("{as_text}\n"));
        assert_eq!(cluster.json("status", &["--corosync-3"])["extra_info"], json!([expected]));
        let status = cluster.text("status", &["--corosync-3"]);
        assert!(status.ends_with(&format!("---\n         1 {as_text}\n")), "{status}");
        let event = watch.wait_for("the new information", |event| {
            event["event"] == "qdevice_extra_info" && event["info_hex"] == hex
        });
        let told = json!({ "node": event["node"], "info": event["info"], "info_hex": hex });
        assert_eq!(told, expected);
    }
    // Nothing asks for it without the option.
    assert_eq!(cluster.json("status", &[])["extra_info"], Value::Null);
    assert!(!cluster.text("status", &[]).contains("Extra information"));
    assert_eq!(
        cluster.json("votectl", &["--corosync-3", "qdevice-set-extra-info", ""]),
        json!({ "ok": true })
    );
    assert_eq!(cluster.json("status", &["--corosync-3"])["extra_info"], json!([]));
}

#[test]
fn a_corosync_without_extra_information() {
    let cluster = Cluster::new("device-old", &[]);
    assert_eq!(cluster.json("status", &["--corosync-3"])["extra_info"], Value::Null);
    let status = cluster.text("status", &["--corosync-3"]);
    assert!(status.ends_with("not supported by this corosync; it came after 3.1.10\n"), "{status}");
    let refused = cluster.json("votectl", &["--corosync-3", "qdevice-get-extra-info", "1"]);
    assert_eq!(refused["name"], "CS_ERR_NOT_SUPPORTED", "{refused}");
}
