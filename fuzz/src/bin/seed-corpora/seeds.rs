use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// Of messages with the same name and length, this many are enough.
const MOST_ALIKE: usize = 3;

/// Inputs by target and name.
#[derive(Debug, Default)]
pub(crate) struct Seeds {
    targets: BTreeMap<&'static str, BTreeMap<String, Vec<u8>>>,
    alike: BTreeMap<(&'static str, String, usize), usize>,
}

impl Seeds {
    /// Adds an input with a name of its own.
    pub(crate) fn add(&mut self, target: &'static str, name: &str, bytes: &[u8]) {
        let name = file_name(name);
        assert!(!is_found(&name), "{name} is a name of an input that was found");
        let before = self.targets.entry(target).or_default().insert(name.clone(), bytes.to_vec());
        assert!(before.is_none(), "{target} has two inputs {name}");
    }

    /// Adds a captured message, unless there are enough like it; a number makes its name its own.
    pub(crate) fn add_message(&mut self, target: &'static str, name: &str, bytes: &[u8]) {
        let of_target = self.targets.entry(target).or_default();
        let alike = self.alike.entry((target, name.to_owned(), bytes.len())).or_default();
        if *alike == MOST_ALIKE || of_target.values().any(|other| other == bytes) {
            return;
        }
        *alike += 1;
        let with_name = |number: &usize| format!("{}-{number}", file_name(name));
        let free =
            (1..).map(|number| with_name(&number)).find(|name| !of_target.contains_key(name));
        of_target.extend(free.map(|name| (name, bytes.to_vec())));
    }

    /// Writes all inputs, and removes those of an earlier time.
    pub(crate) fn write(&self, corpus: &Path) -> io::Result<()> {
        for (target, inputs) in &self.targets {
            let directory = corpus.join(target);
            fs::create_dir_all(&directory)?;
            for name in names(&directory)? {
                if !is_found(&name) && !inputs.contains_key(&name) {
                    fs::remove_file(directory.join(name))?;
                }
            }
            for (name, bytes) in inputs {
                fs::write(directory.join(name), bytes)?;
            }
        }
        Ok(())
    }

    /// How what is in the directory differs from what would be written.
    pub(crate) fn differences(&self, corpus: &Path) -> io::Result<Vec<String>> {
        let mut differences = Vec::new();
        for (target, inputs) in &self.targets {
            let directory = corpus.join(target);
            let there = names(&directory)?;
            for (name, bytes) in inputs {
                if !there.contains(name) {
                    differences.push(format!("{target}/{name} is missing"));
                } else if fs::read(directory.join(name))? != *bytes {
                    differences.push(format!("{target}/{name} differs"));
                }
            }
            let strange = |name: &&String| !is_found(name) && !inputs.contains_key(*name);
            let strange = there.iter().filter(strange);
            differences.extend(strange.map(|name| format!("{target}/{name} is nobody's")));
        }
        Ok(differences)
    }
}

/// How many there are, by target.
impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (target, inputs) in &self.targets {
            let bytes: usize = inputs.values().map(Vec::len).sum();
            writeln!(f, "{target}: {} inputs, {bytes} bytes", inputs.len())?;
        }
        let all: usize = self.targets.values().map(BTreeMap::len).sum();
        write!(f, "{all} inputs for {} targets", self.targets.len())
    }
}

/// The files of a directory, which need not exist.
fn names(directory: &Path) -> io::Result<BTreeSet<String>> {
    match fs::read_dir(directory) {
        Ok(entries) => {
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}

/// Whether a fuzzer gave the name: the digest of the content.
fn is_found(name: &str) -> bool {
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Lower case, and hyphens in place of what has no place in a file name.
fn file_name(name: &str) -> String {
    let plain = |symbol: char| if symbol.is_ascii_alphanumeric() { symbol } else { '-' };
    name.to_ascii_lowercase().chars().map(plain).collect()
}
