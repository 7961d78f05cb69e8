use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// An executable of this workspace, built if need be.
fn built(path: &str, build: &[&str]) -> PathBuf {
    // Tests are in target/PROFILE/deps.
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let built = profile.join(path);
    if !built.exists() {
        let cargo = std::env::var_os("CARGO").expect("cargo runs the tests");
        let release = profile.ends_with("release").then_some("--release");
        let status = Command::new(cargo).arg("build").args(build).args(release).status().unwrap();
        assert!(status.success() && built.exists(), "{} is not built", built.display());
    }
    built
}

/// An example of this package.
pub(crate) fn example(name: &str) -> Command {
    Command::new(built(&format!("examples/{name}"), &["-p", "votequorum", "--example", name]))
}

pub(crate) fn fake_corosync() -> Command {
    let build = ["-p", "quorate-fixtures", "--bin", "fake-corosync"];
    Command::new(built("fake-corosync", &build))
}

/// A name of a service that no other process has.
pub(crate) fn service(of: &str) -> String {
    format!("quorate-examples-{}-{of}", std::process::id())
}

/// A process whose output is read while it runs. It ends with this.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    complaints: Option<Lines<BufReader<ChildStderr>>>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, complaints: None }
    }

    /// Starts a process whose complaints are read as well.
    pub(crate) fn start_with_complaints(command: &mut Command) -> Self {
        let mut running = Self::start(command.stderr(Stdio::piped()));
        let complaints = running.child.stderr.take().map(|stderr| BufReader::new(stderr).lines());
        running.complaints = complaints;
        running
    }

    /// Starts a fake, which serves when this returns.
    pub(crate) fn serving(command: &mut Command) -> Self {
        let mut fake = Self::start(command);
        let said = fake.line().expect("it says that it serves");
        assert!(said.starts_with("serving "), "{said}");
        fake
    }

    /// The next line it prints on standard error, if it has not ended.
    pub(crate) fn complaint(&mut self) -> Option<String> {
        self.complaints.as_mut()?.next().map(Result::unwrap)
    }

    /// Waits for its end, and returns its exit status unless a signal ended it.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// The next line it prints, if it has not ended.
    pub(crate) fn line(&mut self) -> Option<String> {
        self.lines.next().map(Result::unwrap)
    }

    /// Reads on until a line of JSON is as wanted.
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.line().unwrap_or_else(|| panic!("it has ended without {what}"));
            let json: Value = serde_json::from_str(&line).unwrap();
            if wanted(&json) {
                return json;
            }
        }
    }
}

/// A server's shared memory, while it is there and afterwards.
pub(crate) struct Remains(String);

impl Remains {
    pub(crate) fn of(server: &Running) -> Self {
        Self(format!("qb-{}-", server.child.id()))
    }

    pub(crate) fn assert_none(&self) {
        assert_eq!(self.directories(), [""; 0].map(PathBuf::from));
    }

    fn directories(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir("/dev/shm").unwrap().map(Result::unwrap);
        let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&self.0));
        ours.map(|entry| entry.path()).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // Terminated, not killed: a server removes its files.
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ended = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        self.child.wait().unwrap();
    }
}

/// What a process has printed, as JSON.
pub(crate) fn json_lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a process has complained of.
pub(crate) fn complaint(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}
