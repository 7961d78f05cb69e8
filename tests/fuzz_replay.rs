//! Everything the fuzzers have learnt, without a fuzzer: each input of their corpora, and each that
//! has once made something crash.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use quorate_models::{Allocated, TARGETS, Target};

fn targets() -> impl Iterator<Item = &'static Target> {
    TARGETS.iter()
}

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

/// What is in a directory, by name.
fn list(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn names(directory: &Path) -> BTreeSet<String> {
    let name = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    list(directory).into_iter().map(name).collect()
}

fn run(target: &Target, bytes: &[u8]) {
    target.run(bytes, |run| {
        let info = allocation_counter::measure(run);
        Allocated { most: info.bytes_max, left: info.bytes_current }
    });
}

/// Runs all inputs in the directories of targets; returns how many each target has.
fn replay(inputs: &Path) -> Vec<(&'static str, usize)> {
    let mut counts = Vec::new();
    let mut failed = Vec::new();
    for target in targets().filter(|target| inputs.join(target.name).exists()) {
        let files = list(&inputs.join(target.name));
        counts.push((target.name, files.len()));
        for file in files {
            let bytes = fs::read(&file).unwrap();
            if catch_unwind(AssertUnwindSafe(|| run(target, &bytes))).is_err() {
                failed.push(file);
            }
        }
    }
    assert!(failed.is_empty(), "see above for what is wrong with {failed:#?}");
    counts
}

#[test]
fn every_input_of_the_corpora() {
    for (target, count) in replay(&directory("corpus")) {
        println!("{target}: {count} inputs");
    }
}

#[test]
fn every_crash_of_the_past() {
    let counts = replay(&directory("crashes"));
    assert!(counts.iter().any(|(_, count)| *count > 0), "there were some");
}

/// A target that is not replayed here, or not fuzzed, would not be missed.
#[test]
fn every_target_is_fuzzed_and_replayed() {
    let known: BTreeSet<_> = targets().map(|target| target.name.to_owned()).collect();
    assert_eq!(known.len(), targets().count(), "two targets have the same name");
    assert_eq!(names(&directory("fuzz_targets")), known);
    assert_eq!(names(&directory("corpus")), known);
    assert!(names(&directory("crashes")).is_subset(&known));
    for name in &known {
        assert!(!list(&directory("corpus").join(name)).is_empty(), "{name} has no inputs");
    }
}

/// The limits on memory can be exceeded: they are not beyond everything.
#[test]
fn memory_is_limited() {
    let target = targets().find(|target| target.name == "vq_requests").unwrap();
    let greedy = Target { decode: |bytes| drop(vec![0_u8; 100 * bytes.len()]), ..*target };
    catch_unwind(|| run(&greedy, &[0; 100])).expect_err("a hundred bytes for each");
    let leaky = Target { decode: |bytes| bytes.to_vec().leak().fill(0), ..*target };
    catch_unwind(|| run(&leaky, &[0; 100])).expect_err("memory that is not given back");
    run(target, &[0; 100]);
}
