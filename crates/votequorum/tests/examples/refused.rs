//! What the examples refuse, and what they say about it.

use serde_json::json;

use crate::process::{complaint, example, json_lines, service};

/// Nothing is invented: the only fake is that of `--embedded`.
#[test]
fn no_corosync_is_an_error() {
    let service = service("missing");
    for arguments in [&["status"][..], &["watch"], &["load", "rtt", "1"]] {
        let mut command = example(arguments[0]);
        command.args(&arguments[1..]).args(["--service", &service]);
        let as_json = match arguments[0] {
            "load" => command.output().unwrap(),
            _ => {
                let output = command.output().unwrap();
                assert_eq!(output.status.code(), Some(1), "{output:?}");
                assert!(output.stdout.is_empty(), "{output:?}");
                says_what_to_do(complaint(&output));
                command.arg("--json").output().unwrap()
            }
        };
        assert_eq!(as_json.status.code(), Some(1), "{as_json:?}");
        assert!(complaint(&as_json).is_empty(), "{as_json:?}");
        let lines = json_lines(&as_json);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!((&lines[0]["ok"], &lines[0]["name"]), (&json!(false), &json!("CS_ERR_LIBRARY")));
        says_what_to_do(lines[0]["error"].as_str().unwrap());
    }
    let output =
        example("votectl").args(["set-expected", "1", "--service", &service]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(complaint(&output).contains("corosync is not running"), "{output:?}");
}

fn says_what_to_do(text: &str) {
    assert!(text.contains("corosync is not running") && text.contains("--embedded"), "{text}");
}

/// With `--reconnect` it waits, says for what, and does not call that a success in the end.
#[test]
fn waiting_in_vain_is_an_error() {
    let service = service("in-vain");
    let arguments = ["--reconnect", "--seconds", "0.2", "--json", "--service", &service];
    let output = example("watch").args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines = json_lines(&output);
    assert_eq!((lines.len(), &lines[0]["name"]), (1, &json!("CS_ERR_TIMEOUT")), "{lines:?}");
}

#[test]
fn numbers_that_make_no_sense() {
    for arguments in [
        &["load", "rtt", "0"][..],
        &["load", "rtt", "-1"],
        &["load", "rtt", "1", "--spin-us", "99999999999"],
        &["load", "rtt", "1", "--max-msg-size", "1"],
        &["load", "connect", "0"],
        &["load", "pipeline", "0"],
        &["load", "pipeline", "10", "--in-flight", "0"],
        &["load", "pipeline", "10", "--in-flight", "256"],
        &["load", "drain", "0"],
        &["load", "drain", "4294967296"],
        &["load", "drain", "1", "--delay-ms", "99999999999"],
        &["watch", "--count", "0"],
        &["watch", "--seconds", "nan"],
        &["watch", "--seconds", "-1"],
        &["watch", "--seconds", "inf"],
        &["watch", "--seconds=-inf"],
        &["watch", "--seconds", "1e300"],
        &["watch", "--seconds", "soon"],
        &["status", "--node", "-1"],
        &["votectl", "set-votes", "1", "-1"],
        &["votectl", "qdevice-poll", "Device", "yes", "--ring", "1:20"],
    ] {
        // Those that are let through by mistake end all the same.
        let embedded = if arguments[0] == "votectl" { &[][..] } else { &["--embedded"] };
        let mut command = example(arguments[0]);
        let output = command.args(&arguments[1..]).args(embedded).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
}

/// Before anything is sent: none of these needs a daemon.
#[test]
fn what_a_daemon_does_not_do() {
    for (arguments, name, text) in [
        (&["load", "drain", "5"][..], "CS_ERR_NOT_SUPPORTED", "--embedded"),
        (&["votectl", "set-votes", "0", "1"], "CS_ERR_INVALID_PARAM", "set-qdevice-votes"),
        (&["votectl", "qdevice-get-extra-info", "1"], "CS_ERR_INVALID_PARAM", "--corosync-3"),
        (&["votectl", "qdevice-set-extra-info", "a"], "CS_ERR_INVALID_PARAM", "--corosync-3"),
        (
            &["votectl", "--corosync-3", "qdevice-set-extra-info", "--hex", "abc"],
            "CS_ERR_INVALID_PARAM",
            "hexadecimal",
        ),
    ] {
        let mut command = example(arguments[0]);
        command.args(&arguments[1..]);
        if arguments[0] == "votectl" {
            command.arg("--json");
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let refused = json_lines(&output).remove(0);
        assert_eq!(refused["name"], name, "{refused}");
        assert!(refused["error"].as_str().unwrap().contains(text), "{refused}");
    }
}
