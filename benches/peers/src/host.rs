//! Daemons, each in a network namespace of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Outcome;

/// Datagrams that may wait at a socket of our server, for notifications that are to be there
/// already. The kernel's default is 10.
const DATAGRAMS: &str = "1000";

/// A running daemon; it and its namespace are gone when this is dropped.
pub(crate) struct Host {
    namespace: String,
    dir: PathBuf,
    daemon: Option<Child>,
}

impl Host {
    /// A corosync of a single node; `probe` is a client that succeeds when it is up.
    pub(crate) fn corosync(transport: &str, dir: &Path, probe: &Path) -> Outcome<Self> {
        let mut host = Self::empty(dir)?;
        let conf = host.dir.join("corosync.conf");
        fs::create_dir_all(host.dir.join("state"))?;
        fs::write(&conf, configuration(transport, &host.dir))?;
        // The pid file is in /run, which is not per network namespace.
        let script = "mount -t tmpfs none /run && exec corosync -f -c \"$0\"";
        let mut command = host.command("sh");
        command.args(["-c", script]).arg(&conf);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        host.daemon = Some(command.spawn()?);
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut probing = host.command(probe);
        probing.args(["rtt", "1"]).stdout(Stdio::null()).stderr(Stdio::null());
        while !probing.status()?.success() {
            if Instant::now() > deadline {
                return Err("corosync does not come up".into());
            }
            sleep(Duration::from_millis(100));
        }
        // The first membership has to have formed as well.
        sleep(Duration::from_secs(3));
        Ok(host)
    }

    /// A server that says, in one line, when it is up.
    pub(crate) fn server(
        dir: &Path,
        program: &Path,
        arguments: &[&str],
    ) -> Outcome<(Self, String)> {
        let mut host = Self::empty(dir)?;
        let mut tune = host.command("sh");
        tune.args(["-c", "echo \"$0\" > /proc/sys/net/unix/max_dgram_qlen", DATAGRAMS]);
        succeed(&mut tune)?;
        let mut command = host.command(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut daemon = command.spawn()?;
        let output = daemon.stdout.take().ok_or("it has no output")?;
        host.daemon = Some(daemon);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        if line.is_empty() {
            return Err(format!("{} does not start", program.display()).into());
        }
        Ok((host, line))
    }

    fn empty(dir: &Path) -> Outcome<Self> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("quorate-peers-{}-{number}", std::process::id());
        succeed(Command::new("ip").args(["netns", "add", &namespace]))?;
        let dir = dir.join(&namespace);
        let host = Self { namespace, dir, daemon: None };
        succeed(Command::new("ip").args(["-n", &host.namespace, "link", "set", "lo", "up"]))?;
        fs::create_dir_all(&host.dir)?;
        Ok(host)
    }

    /// Has the daemon run on these processors only.
    pub(crate) fn run_on(&self, processors: &str) -> Outcome<()> {
        let daemon = self.daemon.as_ref().ok_or("there is no daemon")?;
        let pid = daemon.id().to_string();
        let mut command = Command::new("taskset");
        command.args(["--all-tasks", "--cpu-list", "--pid", processors, &pid]);
        succeed(command.stdout(Stdio::null()))
    }

    /// A command that runs where the daemon can be reached.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace]).arg(program);
        command
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            match daemon.stdin.take() {
                // Our server cleans up at the end of its input.
                Some(input) => drop(input),
                None => drop(daemon.kill()),
            }
            let _ = daemon.wait();
            // What it keeps for those who look for why it died, and what of clients it did not get
            // round to.
            let names = ["qb-corosync-", "qb-"].map(|prefix| format!("{prefix}{}-", daemon.id()));
            for entry in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if names.iter().any(|prefix| name.starts_with(prefix)) {
                    let path = entry.path();
                    let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
                }
            }
        }
        let _ = succeed(Command::new("ip").args(["netns", "del", &self.namespace]));
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn succeed(command: &mut Command) -> Outcome<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

fn configuration(transport: &str, dir: &Path) -> String {
    let dir = dir.display();
    format!(
        "totem {{
  version: 2
  cluster_name: peers
  transport: knet
  crypto_cipher: none
  crypto_hash: none
}}
nodelist {{
  node {{
    ring0_addr: 127.0.0.1
    nodeid: 1
    name: n1
  }}
}}
quorum {{
  provider: corosync_votequorum
}}
system {{
  state_dir: {dir}/state
  qb_ipc_type: {transport}
}}
logging {{
  to_stderr: no
  to_syslog: no
  to_logfile: yes
  logfile: {dir}/log
}}
"
    )
}
