use std::fs;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;

use quorate_fixtures::live::{Config, Corosync, Namespace, Pid, Signal, wait_until};
use votequorum::{Builder, Client, Error, Event, SocketNamespace, TrackFlags};

use super::{QbIpcType, QuorumTool};

/// A real corosync, and clients that run in its namespace; ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Node(Corosync);

impl Node {
    /// Starts a daemon in a namespace of its own, and waits until it is up.
    pub(crate) fn start(config: &Config) -> Self {
        let node = Self::new(config, Arc::new(Namespace::new()));
        node.restart();
        node
    }

    /// A node whose daemon does not run yet.
    pub(crate) fn new(config: &Config, namespace: Arc<Namespace>) -> Self {
        Self(Corosync::new(config, namespace))
    }

    /// Starts the daemon again, and waits until it is up.
    pub(crate) fn restart(&self) {
        self.spawn();
        self.wait_for_members(1);
    }

    /// Waits until the node has at least so many members around it, itself included, and is quorate
    /// unless that takes a quorum device.
    ///
    /// A daemon accepts clients before its first membership has formed.
    pub(crate) fn wait_for_members(&self, count: usize) {
        let may_lack_quorum = self.0.config().has_qdevice();
        self.0.wait_until("the node is up", || {
            self.run(async |options| {
                let (members, quorate) = membership(options).await.unwrap_or_default();
                members >= count && (quorate || may_lack_quorum)
            })
        });
    }

    /// Starts the daemon and does not wait for anything.
    pub(crate) fn spawn(&self) {
        self.0.start();
    }

    pub(crate) fn qb_ipc_type(&self) -> QbIpcType {
        self.0.config().qb_ipc_type()
    }

    /// The daemon's process id.
    pub(crate) fn pid(&self) -> Pid {
        self.0.pid()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.0.signal(signal);
    }

    /// Ends the daemon with a signal, and waits until it is gone.
    pub(crate) fn end(&self, signal: Signal) {
        self.0.end(signal);
    }

    /// Waits until the daemon has ended by itself.
    pub(crate) fn wait(&self) -> ExitStatus {
        self.0.wait()
    }

    /// How to connect to this node, from within its namespace.
    pub(crate) fn options(&self) -> Builder {
        if self.0.config().uses_filesystem_sockets() {
            let dir = format!("/proc/{}/root/tmp", self.pid().as_raw_nonzero());
            return Builder::new().namespace(SocketNamespace::Directory(dir.into()));
        }
        Builder::new()
    }

    pub(crate) fn namespace(&self) -> &Namespace {
        self.0.namespace()
    }

    /// Runs a future on the single-threaded runtime, in the node's namespace.
    pub(crate) fn run<T: Send>(&self, future: impl AsyncFnOnce(Builder) -> T + Send) -> T {
        self.in_namespace(|options| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be built").block_on(future(options))
        })
    }

    /// Runs a future on the multi-threaded runtime, in the node's namespace.
    pub(crate) fn run_multi_thread<T: Send>(
        &self,
        future: impl AsyncFnOnce(Builder) -> T + Send,
    ) -> T {
        let namespace = Arc::clone(self.0.namespace());
        self.in_namespace(move |options| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .on_thread_start(move || namespace.enter())
                .enable_all()
                .build();
            runtime.expect("a runtime can be built").block_on(future(options))
        })
    }

    /// Runs something on a thread in the node's namespace.
    pub(crate) fn in_namespace<T: Send>(&self, run: impl FnOnce(Builder) -> T + Send) -> T {
        let options = self.options();
        self.0.namespace().run(|| run(options))
    }

    /// What `corosync-quorumtool -s` says.
    pub(crate) fn quorumtool(&self) -> QuorumTool {
        QuorumTool::run(self.namespace())
    }

    /// Directories in shared memory that the daemon made for this process and that still exist.
    pub(crate) fn shm_dirs(&self) -> Vec<PathBuf> {
        shm_dirs(self.pid())
    }
}

/// Directories in shared memory that a daemon made for this process and that still exist.
pub(crate) fn shm_dirs(daemon: Pid) -> Vec<PathBuf> {
    let prefix = format!("qb-{}-{}-", daemon.as_raw_nonzero(), std::process::id());
    let entries = fs::read_dir("/dev/shm").expect("it is mounted");
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let ours = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
    };
    paths.filter(ours).collect()
}

/// Waits until the daemon has cleaned up after the connections of this process.
pub(crate) fn wait_until_clean(node: &Node) {
    wait_until("the connection's files are removed", || node.shm_dirs().is_empty());
}

/// How many members there are, and whether they are quorate.
async fn membership(options: Builder) -> Result<(usize, bool), Error> {
    let client = options.connect().await?;
    let mut now = client.track(TrackFlags::CURRENT, 0).await?;
    let (mut members, mut quorate) = (0, false);
    while let Some(event) = now.next().await {
        match event? {
            Event::Nodelist(nodelist) => members = nodelist.nodes.len(),
            Event::Quorum(quorum) => quorate = quorum.quorate,
            _ => {}
        }
    }
    Ok((members, quorate))
}

/// Connects, or fails the test.
pub(crate) async fn connect(options: Builder) -> Client {
    let connected: Result<Client, Error> = options.connect().await;
    connected.unwrap_or_else(|error| panic!("{error}"))
}
