//! The arrows between the crates are those of docs/architecture.md.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What each crate may depend on, of this workspace; development dependencies aside.
const ARROWS: [(&str, &[&str]); 7] = [
    ("quorate-codec", &[]),
    ("qbipc", &["quorate-codec"]),
    ("votequorum", &["qbipc", "quorate-codec"]),
    ("confd-ha", &["quorate-codec"]),
    ("quorate-models", &["qbipc", "quorate-codec"]),
    ("quorate-fixtures", &["qbipc", "quorate-codec"]),
    ("quorate", &["confd-ha", "votequorum"]),
];

/// The packages of the workspace, as cargo describes them.
fn packages() -> Vec<serde_json::Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn name(value: &serde_json::Value) -> String {
    value["name"].as_str().unwrap().to_owned()
}

/// The dependencies of a package, development dependencies aside.
fn dependencies_of(package: &serde_json::Value) -> impl Iterator<Item = &serde_json::Value> {
    let all = package["dependencies"].as_array().unwrap();
    all.iter().filter(|dependency| dependency["kind"] != "dev")
}

#[test]
fn crates_depend_on_each_other_as_drawn() {
    let dependencies: BTreeMap<String, BTreeSet<String>> = packages()
        .iter()
        .map(|package| (name(package), dependencies_of(package).map(name).collect()))
        .collect();
    let crates: BTreeSet<_> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let found: BTreeSet<_> = dependencies.keys().cloned().collect();
    assert_eq!(found, crates, "a crate is not in the drawing, or only there");
    for (name, allowed) in ARROWS {
        let used: BTreeSet<_> = dependencies[name].intersection(&crates).cloned().collect();
        let allowed = allowed.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(used, allowed, "{name}");
    }
}

/// Of tokio-util it has the traits of framing, and nothing that runs.
#[test]
fn the_codec_does_no_io() {
    let packages = packages();
    let codec = packages.iter().find(|package| name(package) == "quorate-codec").unwrap();
    for dependency in dependencies_of(codec) {
        let used = name(dependency);
        assert!(
            !["tokio", "rustix", "tracing"].contains(&used.as_str()),
            "the codec depends on {used}"
        );
        if used == "tokio-util" {
            assert_eq!(dependency["features"], serde_json::json!(["codec"]));
            assert_eq!(dependency["uses_default_features"], false);
        }
    }
}
