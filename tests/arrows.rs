//! The arrows between the crates are those of docs/architecture.md.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What each crate may depend on, of this workspace; development dependencies aside.
const ARROWS: [(&str, &[&str]); 7] = [
    ("quorate-codec", &[]),
    ("qbipc", &["quorate-codec"]),
    ("votequorum", &["qbipc", "quorate-codec"]),
    ("confd-ha", &["quorate-codec"]),
    ("quorate-fixtures", &["qbipc", "quorate-codec"]),
    ("quorate-models", &["quorate-codec"]),
    ("quorate", &["confd-ha", "votequorum"]),
];

/// The dependencies of each crate of the workspace, development dependencies aside.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
    let of = |package: &serde_json::Value| {
        let all = package["dependencies"].as_array().unwrap();
        all.iter().filter(|dependency| dependency["kind"] != "dev").map(name).collect()
    };
    packages.iter().map(|package| (name(package), of(package))).collect()
}

#[test]
fn crates_depend_on_each_other_as_drawn() {
    let dependencies = dependencies();
    let crates: BTreeSet<_> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let found: BTreeSet<_> = dependencies.keys().cloned().collect();
    assert_eq!(found, crates, "a crate is not in the drawing, or only there");
    for (name, allowed) in ARROWS {
        let used: BTreeSet<_> = dependencies[name].intersection(&crates).cloned().collect();
        let allowed = allowed.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(used, allowed, "{name}");
    }
}

#[test]
fn the_codec_does_no_io() {
    let used = &dependencies()["quorate-codec"];
    for forbidden in ["tokio", "tokio-util", "rustix", "tracing"] {
        assert!(!used.contains(forbidden), "the codec depends on {forbidden}");
    }
}
