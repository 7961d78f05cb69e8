//! A real corosync of one node, in a network namespace of its own.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{complaint, example, json_lines};

/// How long corosync may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether to test with a real corosync: `QUORATE_LIVE` set to `skip` means no, and set to
/// `required` makes what is missing a failure.
pub(super) fn available() -> bool {
    let live = std::env::var("QUORATE_LIVE").unwrap_or_default();
    let missing = if live == "skip" { Some("QUORATE_LIVE=skip") } else { missing() };
    assert!(missing.is_none() || live != "required", "live tests are required: {missing:?}");
    missing.inspect(|why| println!("SKIPPED: {why}")).is_none()
}

fn missing() -> Option<&'static str> {
    if !rustix::process::geteuid().is_root() {
        return Some("namespaces need root");
    }
    let is_missing = |program: &&str| Command::new(program).arg("-h").output().is_err();
    ["corosync", "corosync-quorumtool", "ip"].into_iter().find(is_missing)
}

/// Ends, with its namespace and its files, when it is dropped.
pub(super) struct Node {
    namespace: String,
    dir: PathBuf,
    daemon: Option<Child>,
}

impl Node {
    /// Starts a daemon, and waits until it has a membership.
    pub(super) fn start(name: &str) -> Self {
        let namespace = format!("quorate-ex-{}-{name}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&namespace);
        fs::create_dir_all(&dir).unwrap();
        let mut node = Self { namespace, dir, daemon: None };
        ip(&["netns", "add", &node.namespace]);
        ip(&["-n", &node.namespace, "link", "set", "lo", "up"]);
        node.daemon = Some(node.spawn());
        node.wait_until("it has a membership", || {
            let output = node.example("status").arg("--json").output().unwrap();
            let status = json_lines(&output).pop().unwrap_or_default();
            status["members"].as_array().is_some_and(|members| members.len() == 1)
        });
        node
    }

    fn spawn(&self) -> Child {
        let mut key = [0; 256];
        fs::File::open("/dev/urandom").unwrap().read_exact(&mut key).unwrap();
        fs::write(self.dir.join("key"), key).unwrap();
        fs::write(self.dir.join("corosync.conf"), configuration(&self.dir)).unwrap();
        let log = fs::File::create(self.dir.join("log")).unwrap();
        // The pid file is not a network namespace's own.
        let script = "mount -t tmpfs none /run && exec corosync -f -c \"$0/corosync.conf\"";
        self.command("sh")
            .args(["-c", script])
            .arg(&self.dir)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    /// A program in the node's namespace.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace]).arg(program);
        command
    }

    /// An example in the node's namespace.
    pub(super) fn example(&self, name: &str) -> Command {
        self.command(example(name).get_program())
    }

    /// What an example prints.
    pub(super) fn text(&self, name: &str, arguments: &[&str]) -> String {
        let output = self.example(name).args(arguments).output().unwrap();
        assert!(output.status.success() && complaint(&output).is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The line of JSON that an example prints.
    pub(super) fn json(&self, name: &str, arguments: &[&str]) -> Value {
        let mut command = self.example(name);
        if name != "load" {
            command.arg("--json");
        }
        json_lines(&command.args(arguments).output().unwrap()).pop().unwrap()
    }

    /// What corosync's own tool prints. Its exit status says whether the node is quorate.
    pub(super) fn quorumtool(&self) -> String {
        let output = self.command("corosync-quorumtool").arg("-s").output().unwrap();
        assert!(complaint(&output).is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Looks until something is the case. Fails at once if the daemon has ended.
    pub(super) fn wait_until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            let runs = self.daemon.as_ref().is_some_and(|daemon| is_running(daemon.id()));
            let log = || fs::read_to_string(self.dir.join("log")).unwrap_or_default();
            assert!(runs, "corosync has ended:\n{}", log());
            assert!(Instant::now() < deadline, "waited in vain: {what}\n{}", log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Whether a child runs: one that has ended is a zombie until it is waited for.
fn is_running(child: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|state| !state.is_empty() && !state.starts_with('Z'))
}

fn configuration(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        "totem {{
 version: 2
 cluster_name: example
 transport: knet
 crypto_cipher: aes256
 crypto_hash: sha256
 keyfile: {dir}/key
}}
nodelist {{
 node {{
  nodeid: 1
  name: one
  ring0_addr: 127.0.0.1
 }}
}}
quorum {{
 provider: corosync_votequorum
 device {{
  model: net
  votes: 1
  timeout: 600000
 }}
}}
logging {{
 to_stderr: yes
 to_syslog: no
}}
system {{
 state_dir: {dir}
}}
"
    )
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status().unwrap();
    assert!(status.success(), "ip {}", arguments.join(" "));
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            let _ = daemon.kill();
            let _ = daemon.wait();
            remove_leftovers(daemon.id());
        }
        let _ = Command::new("ip").args(["netns", "del", &self.namespace]).status();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// What a daemon that is killed leaves in shared memory.
fn remove_leftovers(daemon: u32) {
    let own = [format!("qb-{daemon}-"), format!("qb-corosync-{daemon}-")];
    for entry in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        let name = entry.file_name();
        if own.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            let path = entry.path();
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
    }
}
