use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Waits until no other test of this process runs.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long something may take to be released on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a process can leak.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Holdings {
    descriptors: usize,
    mappings: usize,
    files: Vec<PathBuf>,
}

impl Holdings {
    /// What this process holds now, files in `root` included.
    pub(crate) fn now(root: &Path) -> Self {
        let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().count();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mappings = maps.lines().filter(|line| line.contains("/qb-")).count();
        Self { descriptors, mappings, files: files_in(root) }
    }

    /// Waits until as much is held as then.
    pub(crate) async fn wait_until_back(&self, root: &Path, case: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = Self::now(root);
            if now == *self {
                return;
            }
            assert!(Instant::now() < deadline, "{case}: {self:?} before, {now:?} after");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// The files in a directory.
pub(crate) fn files_in(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Waits until the files in a directory are these.
pub(crate) async fn wait_until_files_are(files: &[PathBuf], root: &Path, case: &str) {
    let deadline = Instant::now() + PATIENCE;
    while files_in(root) != files {
        assert!(Instant::now() < deadline, "{case}: {files:?} before, {:?} after", files_in(root));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
