use std::fs;

use rustix::param::page_size;
use rustix::process::{Pid, getpid};

/// By how much memory may grow and is still flat: what allocators round up to.
const FLAT: usize = 2 * 1024 * 1024;

/// The memory of two processes, seen again and again.
#[derive(Debug)]
pub(crate) struct Memory {
    daemon: Process,
    ours: Process,
}

#[derive(Debug)]
struct Process {
    pid: Pid,
    first: usize,
    most: usize,
}

impl Memory {
    /// As it is now.
    pub(crate) fn of(daemon: Pid) -> Self {
        Self { daemon: Process::new(daemon), ours: Process::new(getpid()) }
    }

    pub(crate) fn look(&mut self) {
        self.daemon.look();
        self.ours.look();
    }

    /// Fails if one of them has grown.
    pub(crate) fn assert_flat(&self) {
        println!("{self:?}");
        for process in [&self.daemon, &self.ours] {
            let grown = process.most.saturating_sub(process.first);
            assert!(grown < FLAT, "something piles up: {self:?}");
        }
    }
}

impl Process {
    fn new(pid: Pid) -> Self {
        let first = resident(pid);
        Self { pid, first, most: first }
    }

    fn look(&mut self) {
        self.most = self.most.max(resident(self.pid));
    }
}

/// How many bytes of a process are in memory.
fn resident(pid: Pid) -> usize {
    let statm = fs::read_to_string(format!("/proc/{}/statm", pid.as_raw_nonzero()));
    let statm = statm.expect("the process runs");
    let pages: usize = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * page_size()
}
