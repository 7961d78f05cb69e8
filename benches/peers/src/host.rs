//! Daemons, each in a network namespace of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use quorate_fixtures::live::{Config, Corosync, Namespace, QbIpcType};

use crate::Outcome;

/// Datagrams that may wait at a socket of our server, for notifications that are to be there
/// already. The kernel's default is 10.
const DATAGRAMS: &str = "1000";

/// A running daemon; it and its namespace are gone when this is dropped.
pub(crate) struct Host {
    daemon: Daemon,
    namespace: Arc<Namespace>,
}

enum Daemon {
    Corosync(Corosync),
    Server(Child),
}

impl Host {
    /// A corosync of a single node, which is up.
    pub(crate) fn corosync(transport: &str) -> Outcome<Self> {
        let qb_ipc_type = match transport {
            "shm" => QbIpcType::Shm,
            "socket" => QbIpcType::Socket,
            other => return Err(format!("corosync has no transport {other:?}").into()),
        };
        let namespace = Arc::new(Namespace::new());
        let corosync = Corosync::new(&Config::single(qb_ipc_type), Arc::clone(&namespace));
        corosync.start();
        corosync.wait_until("the first membership has formed", || {
            let status = namespace.command("corosync-quorumtool").arg("-s").output();
            let is_quorate = |line: &str| {
                line.split_once(':').is_some_and(|(field, value)| {
                    field.trim() == "Quorate" && value.trim() == "Yes"
                })
            };
            status
                .is_ok_and(|status| String::from_utf8_lossy(&status.stdout).lines().any(is_quorate))
        });
        Ok(Self { daemon: Daemon::Corosync(corosync), namespace })
    }

    /// A server that says, in one line, when it is up.
    pub(crate) fn server(program: &Path, arguments: &[&str]) -> Outcome<(Self, String)> {
        let namespace = Arc::new(Namespace::new());
        let mut tune = namespace.command("sh");
        tune.args(["-c", "echo \"$0\" > /proc/sys/net/unix/max_dgram_qlen", DATAGRAMS]);
        succeed(&mut tune)?;
        let mut command = namespace.command(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut daemon = command.spawn()?;
        let output = daemon.stdout.take().ok_or("it has no output")?;
        let host = Self { daemon: Daemon::Server(daemon), namespace };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        if line.is_empty() {
            return Err(format!("{} does not start", program.display()).into());
        }
        Ok((host, line))
    }

    /// Has the daemon run on one processor only.
    pub(crate) fn run_on(&self, processor: &str) -> Outcome<()> {
        let pid = match &self.daemon {
            Daemon::Corosync(corosync) => corosync.pid().to_string(),
            Daemon::Server(server) => server.id().to_string(),
        };
        let mut command = Command::new("taskset");
        command.args(["--all-tasks", "--cpu-list", "--pid", processor, &pid]);
        succeed(command.stdout(Stdio::null()))
    }

    /// A command that runs where the daemon can be reached.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.namespace.command(program)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Daemon::Server(server) = &mut self.daemon {
            // It cleans up at the end of its input.
            drop(server.stdin.take());
            let _ = server.wait();
        }
    }
}

/// A process that runs beside what is measured; it is ended when this is dropped.
pub(crate) struct Background(Child);

impl Background {
    pub(crate) fn start(mut command: Command) -> Outcome<Self> {
        Ok(Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn succeed(command: &mut Command) -> Outcome<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}
