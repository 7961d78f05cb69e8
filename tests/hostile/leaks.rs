use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Waits until no other test of this process runs.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

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
        let mut files: Vec<_> =
            std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        Self { descriptors, mappings, files }
    }

    /// Removes the files that were not there then.
    pub(crate) fn remove_new_files(&self, root: &Path) {
        for file in Self::now(root).files {
            if !self.files.contains(&file) {
                // It may just be removed.
                let _ = std::fs::remove_dir_all(file);
            }
        }
    }

    /// Waits until as much is held as then.
    pub(crate) async fn wait_until_back(&self, root: &Path, case: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
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
