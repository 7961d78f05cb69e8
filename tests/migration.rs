//! Whoever searches our documentation for a name of the C libraries finds its successor.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// Every name in a `#[doc(alias)]` of the crates that users see.
fn aliases() -> BTreeSet<String> {
    let mut files = Vec::new();
    for name in ["codec", "qbipc", "votequorum", "confd-ha"] {
        sources(&root().join("crates").join(name).join("src"), &mut files);
    }
    let mut aliases = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for attribute in text.split("doc(alias").skip(1) {
            let names = attribute.split(']').next().unwrap_or_default();
            aliases.extend(names.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
    aliases
}

/// The names of C in the tables of docs/migration.md, and the start of those that end in a star.
fn c_names() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs/migration.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let words = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).filter_map(|code| {
        let code = code.strip_prefix("struct ").unwrap_or(code);
        code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()
    });
    let of_c = ["votequorum_", "VOTEQUORUM_", "CS_TRACK", "confd_", "CONFD_", "HA_INFO_", "STATE_"];
    let is_ours = ["confd_ha", "votequorum"];
    words
        .filter(|word| of_c.iter().any(|start| word.starts_with(start)))
        .filter(|word| !is_ours.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_name_of_c_is_an_alias() {
    let (names, aliases) = (c_names(), aliases());
    assert!(names.len() > 60, "{names:?}");
    let missing: Vec<_> = names
        .iter()
        .filter(|name| match name.strip_suffix('_') {
            Some(_) => !aliases.iter().any(|alias| alias.starts_with(name.as_str())),
            None => !aliases.contains(*name),
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
