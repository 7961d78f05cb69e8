//! Whether a thread sleeps, without measuring its processor time.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::thread::gettid;

/// How long a thread may take to come to rest.
const PATIENCE: Duration = Duration::from_secs(60);

/// A thread that is watched by another.
#[derive(Clone, Debug)]
pub(crate) struct Sleeper(PathBuf);

/// A moment at which the thread sleeps: how often it has begun to.
type Asleep = u64;

impl Sleeper {
    pub(crate) fn this_thread() -> Self {
        let (pid, thread) = (std::process::id(), gettid().as_raw_nonzero());
        Self(format!("/proc/{pid}/task/{thread}/status").into())
    }

    /// Waits until the thread has slept for `time`: it was asleep before and after, and was woken no
    /// more than `most` times in between. Has to be called on another thread.
    pub(crate) fn wait_until_asleep(&self, time: Duration, most: u64, case: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let before = self.asleep();
            std::thread::sleep(time);
            if let (Some(before), Some(after)) = (before, self.asleep()) {
                if after - before <= most {
                    return;
                }
            }
            assert!(Instant::now() < deadline, "{case}: it does not come to rest");
        }
    }

    fn asleep(&self) -> Option<Asleep> {
        let status = std::fs::read_to_string(&self.0).expect("the thread is there");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {status}")).trim().to_owned()
        };
        let begun = field("voluntary_ctxt_switches:").parse().expect("it is a number");
        field("State:").starts_with('S').then_some(begun)
    }
}
