use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use serde_json::{Value, json};

/// How long something took, and how much processor time, all threads, user and system.
pub(crate) struct Meter {
    wall: Duration,
    cpu: Duration,
    running: Option<(Instant, ProcessTime)>,
}

impl Meter {
    /// A meter that does not run yet.
    pub(crate) fn new() -> Self {
        Self { wall: Duration::ZERO, cpu: Duration::ZERO, running: None }
    }

    pub(crate) fn start(&mut self) {
        self.running = Some((Instant::now(), ProcessTime::now()));
    }

    pub(crate) fn stop(&mut self) {
        if let Some((wall, cpu)) = self.running.take() {
            self.wall += wall.elapsed();
            self.cpu += cpu.elapsed();
        }
    }

    /// What to print.
    pub(crate) fn line(&self, ops: u64) -> Value {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        json!({ "ops": ops, "ns": nanoseconds(self.wall), "cpu_ns": nanoseconds(self.cpu) })
    }
}
