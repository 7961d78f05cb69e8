//! What the engine stands on. `tests/engine_loom` puts a model in the place of this, which goes
//! through every order in which its threads can run.

pub(crate) use std::sync::{Arc, Mutex, MutexGuard};
pub(crate) use tokio::spawn;
pub(crate) use tokio::time::{Instant, Sleep, sleep, timeout};
