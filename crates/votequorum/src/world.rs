//! What a connection stands on. `tests/loom` puts a model in the place of this, which goes through
//! every order in which its threads can run.

pub(crate) use qbipc::{ConnectOptions, Connection};
pub(crate) use std::sync::{Mutex, MutexGuard};
pub(crate) use tokio::spawn;
pub(crate) use tokio::time::{Instant, Sleep, sleep, timeout};

/// Runs a test where the locks above work.
#[cfg(test)]
pub(crate) fn explore(test: impl Fn() + Send + Sync + 'static) {
    test();
}
