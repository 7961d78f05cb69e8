//! Processes that may die: this test program, started again with a role.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use quorate_codec::qb::auth::ConnectionType;
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::votequorum::LONG;

/// Says that this process is one that may die, and what it is to use: `ROOT TRANSPORT`.
const ROLE: &str = "QUORATE_MAY_DIE";

/// A process that may die; it is ended, if it has not, when this is dropped.
pub(crate) struct Mortal {
    process: Child,
    stdin: ChildStdin,
    kept: Option<UnixStream>,
}

impl Mortal {
    /// Starts this program again, for one test alone.
    pub(crate) fn start(test: &str, root: &Path, connection_type: ConnectionType) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env(ROLE, format!("{} {}", root.to_str().unwrap(), connection_type.code()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        Self { process, stdin, kept: None }
    }

    pub(crate) fn wait_for(&mut self, word: &str) {
        let stdout = BufReader::new(self.process.stdout.take().unwrap());
        let said = stdout.lines().map(Result::unwrap).any(|line| line.ends_with(word));
        assert!(said, "it ended before it was {word}");
    }

    pub(crate) fn tell(&mut self, word: &str) {
        writeln!(self.stdin, "{word}").unwrap();
    }

    pub(crate) fn keep(&mut self, setup: UnixStream) {
        self.kept = Some(setup);
    }

    pub(crate) fn wait(&mut self, case: &str) -> ExitStatus {
        let deadline = Instant::now() + 2 * LONG;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "{case}: it lives on");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The role of this process, if it has one: its shared-memory root and its transport.
pub(crate) fn role() -> Option<(String, ConnectionType)> {
    let role = std::env::var(ROLE).ok()?;
    let (root, connection_type) = role.split_once(' ').unwrap();
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).unwrap();
    Some((root.to_owned(), ConnectionType::from(connection_type.parse::<i32>().unwrap())))
}

/// What this process is told to do.
pub(crate) fn read_line() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    line.trim().to_owned()
}

impl Drop for Mortal {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
