//! What docs/reliability.md and SECURITY.md say is shown by tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The tests a text names, as `FILE.rs::NAME`.
fn tests_in(text: &str) -> impl Iterator<Item = (&str, &str)> {
    quoted(text).filter_map(|quoted| quoted.split_once(".rs::").map(|_| quoted)).map(|quoted| {
        let (file, name) = quoted.split_once("::").unwrap();
        (file, name)
    })
}

/// The rows of all tables, without their heads.
fn rows(text: &str) -> Vec<(usize, Vec<&str>)> {
    let lines: Vec<_> = text.lines().collect();
    let is_row = |line: &str| line.starts_with('|');
    let mut rows = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let is_head = lines.get(index + 1).is_some_and(|next| next.starts_with("|---"));
        if is_row(line) && !is_head && !line.starts_with("|---") {
            let cells = line.trim_matches('|').split(" | ").map(str::trim).collect();
            rows.push((index + 1, cells));
        }
    }
    rows
}

/// Whether a file has a test of that name: a function with the attribute, or one that a macro makes
/// tests of, there or in the module the file belongs to.
fn has_test(source: &str, module: &str, name: &str) -> bool {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let is_function = |line: &str| {
        let (visibility, line) = line.split_at(line.find("fn ").unwrap_or(0));
        let words = visibility.trim_end().trim_end_matches("async").trim_end();
        let is_visibility = words.is_empty() || words.starts_with("pub") && words.ends_with(')');
        is_visibility && line.starts_with(&format!("fn {name}("))
    };
    let is_attribute = |line: &&&str| line.starts_with("#[");
    let has_attribute = |index: usize| {
        let above = lines.iter().take(index).rev().take_while(is_attribute);
        above.into_iter().any(|line| line.contains("test]") || line.contains("test("))
    };
    let functions = lines.iter().enumerate().filter(|(_, line)| is_function(line));
    let is_listed = lists(source).chain(lists(module)).any(|listed| listed == name);
    functions.into_iter().any(|(index, _)| has_attribute(index) || is_listed)
}

/// What a source has in the macros that make tests of functions.
fn lists(source: &str) -> impl Iterator<Item = &str> {
    let heads = ["on_every_daemon!(", "on_live_daemons!("];
    heads.into_iter().flat_map(|head| source.split(head).skip(1)).flat_map(|list| {
        let list = list.split(");").next().unwrap_or_default();
        list.split(',').map(str::trim)
    })
}

#[test]
fn every_test_that_is_named_exists() {
    let mut missing = Vec::new();
    for document in ["docs/reliability.md", "SECURITY.md"] {
        let text = read(document);
        let mut found = 0;
        for (file, name) in tests_in(&text) {
            found += 1;
            let module = Path::new(file).with_file_name("mod.rs");
            let module = fs::read_to_string(Path::new(ROOT).join(module)).unwrap_or_default();
            if !has_test(&read(file), &module, name) {
                missing.push(format!("{document}: {file}::{name}"));
            }
        }
        assert!(found > 0, "{document} names no tests");
    }
    assert!(missing.is_empty(), "no such tests:\n{}", missing.join("\n"));
}

#[test]
fn every_row_names_a_test() {
    let text = read("docs/reliability.md");
    let rows = rows(&text);
    assert!(rows.len() > 50, "only {} rows were found", rows.len());
    for (line, cells) in rows {
        assert_eq!(cells.len(), 6, "line {line} has {} cells: {cells:?}", cells.len());
        let shown_by = cells.last().unwrap();
        assert!(tests_in(shown_by).count() > 0, "line {line} names no test");
    }
}

/// The kinds of error a table names are those of the crate its section is about.
#[test]
fn every_kind_of_error_exists() {
    let text = read("docs/reliability.md");
    let mut seen = BTreeSet::new();
    for section in text.split("\n## ").skip(1) {
        let title = section.lines().next().unwrap();
        let kinds = if title.starts_with("votequorum") {
            variants("crates/qbipc/src/engine/error.rs", "pub enum ErrorKind")
        } else if title.starts_with("ConfD") {
            variants("crates/confd-ha/src/error/mod.rs", "pub enum ErrorKind")
        } else {
            continue;
        };
        for (line, cells) in rows(section) {
            let is_kind = |word: &&str| word.chars().all(char::is_alphanumeric);
            for kind in quoted(cells[2]).filter(is_kind) {
                assert!(kinds.contains(kind), "{title}, line {line}: no ErrorKind::{kind}");
                seen.insert(kind.to_owned());
            }
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
}

/// The names of an enum's variants.
fn variants(file: &str, head: &str) -> BTreeSet<String> {
    let source = read(file);
    let (_, after) = source.split_once(head).unwrap();
    let (body, _) = after.split_once("\n}").unwrap();
    let lines = body.lines().map(str::trim).filter(|line| !line.starts_with("///"));
    lines.filter_map(|line| line.strip_suffix(',')).map(str::to_owned).collect()
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    let source = "#[test]\nfn there() {}\n#[tokio::test(flavor = \"x\")]\nasync fn too() {}\n\
                  fn helper() {}\non_live_daemons!(listed, also);\nmod cases {\n\
                  pub(super) fn listed(node: &Node) {}\nfn also_not() {}\n\
                  pub(in super::super) fn elsewhere(node: &Node) {}\n}";
    let module = "on_every_daemon!(\n    elsewhere,\n    absent,\n);";
    for (name, is_there) in [
        ("there", true),
        ("too", true),
        ("listed", true),
        ("elsewhere", true),
        ("helper", false),
        ("also_not", false),
        ("absent", false),
        ("the", false),
    ] {
        assert_eq!(has_test(source, module, name), is_there, "{name}");
    }
    let table = "| a | b |\n|---|---|\n| `x.rs::y` | c |\n";
    assert_eq!(rows(table), [(3, vec!["`x.rs::y`", "c"])]);
    assert_eq!(tests_in(table).collect::<Vec<_>>(), [("x.rs", "y")]);
}
