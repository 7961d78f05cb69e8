use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use votequorum::{Client, Error, Event, Options, SocketNamespace, TrackFlags};

use super::{Config, Namespace, QbIpcType, QuorumTool, wait_until};

/// Where a daemon sees its node's directory: in its own `/run`, whatever else it sees its own of.
const INSIDE: &str = "/run/node";

/// A running corosync; ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Node {
    config: Config,
    namespace: Arc<Namespace>,
    dir: PathBuf,
    daemon: Mutex<Option<Child>>,
    /// The daemons that were ended.
    past: Mutex<Vec<Pid>>,
}

impl Node {
    /// Starts a daemon in a namespace of its own, and waits until it is up.
    pub(crate) fn start(config: &Config) -> Self {
        let node = Self::new(config, Arc::new(Namespace::new()));
        node.restart();
        node
    }

    /// A node whose daemon does not run yet.
    pub(crate) fn new(config: &Config, namespace: Arc<Namespace>) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(namespace.name());
        fs::create_dir_all(dir.join("state")).expect("the target directory is writable");
        let text = config.text(&format!("{INSIDE}/state"), &format!("{INSIDE}/log"));
        fs::write(dir.join("corosync.conf"), text).expect("writable");
        let (daemon, past) = (Mutex::default(), Mutex::default());
        Self { config: config.clone(), namespace, dir, daemon, past }
    }

    /// Starts the daemon again, and waits until it is up.
    pub(crate) fn restart(&self) {
        self.spawn();
        self.wait_for_members(1);
    }

    /// Waits until the node has at least so many members around it, itself included, and is quorate
    /// unless that takes a quorum device.
    ///
    /// A daemon lets clients in before its first membership has formed.
    pub(crate) fn wait_for_members(&self, count: usize) {
        let may_lack_quorum = self.config.has_qdevice;
        wait_until("the node is up", || {
            self.run(async |options| {
                let (members, quorate) = membership(options).await.unwrap_or_default();
                members >= count && (quorate || may_lack_quorum)
            })
        });
    }

    /// Starts the daemon and does not wait for anything.
    pub(crate) fn spawn(&self) {
        let sockets = if self.config.filesystem_sockets {
            "mkdir /run/etc && cp -a /etc/. /run/etc && mkdir -p /run/etc/libqb && \
             touch /run/etc/libqb/force-filesystem-sockets && mount --bind /run/etc /etc && \
             mount -t tmpfs none /tmp && "
        } else {
            ""
        };
        let dir = self.dir.display();
        let script = format!(
            "mount -t tmpfs none /run && mkdir {INSIDE} && mount --bind '{dir}' {INSIDE} && \
             {sockets} exec corosync -f -c {INSIDE}/corosync.conf",
        );
        let daemon = self
            .namespace
            .command("sh")
            .args(["-c", &script])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("iproute2 is installed");
        *self.daemon.lock().expect("no test panics while it holds this") = Some(daemon);
    }

    pub(crate) fn qb_ipc_type(&self) -> QbIpcType {
        self.config.qb_ipc_type
    }

    /// The daemon's process id.
    pub(crate) fn pid(&self) -> Pid {
        let daemon = self.daemon.lock().expect("no test panics while it holds this");
        Pid::from_child(daemon.as_ref().expect("the daemon runs"))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the daemon runs");
    }

    /// Ends the daemon with a signal, and waits until it is gone.
    pub(crate) fn end(&self, signal: Signal) {
        self.signal(signal);
        let daemon = self.daemon.lock().expect("no test panics while it holds this").take();
        let mut daemon = daemon.expect("the daemon runs");
        let pid = Pid::from_child(&daemon);
        daemon.wait().expect("it can be waited for");
        self.past.lock().expect("no test panics while it holds this").push(pid);
    }

    /// Waits until the daemon has ended by itself.
    pub(crate) fn wait(&self) -> ExitStatus {
        let daemon = self.daemon.lock().expect("no test panics while it holds this").take();
        let mut daemon = daemon.expect("the daemon runs");
        let pid = Pid::from_child(&daemon);
        self.past.lock().expect("no test panics while it holds this").push(pid);
        let mut status = None;
        wait_until("the daemon has ended", || {
            status = daemon.try_wait().expect("it can be waited for");
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// How to connect to this node, from within its namespace.
    pub(crate) fn options(&self) -> Options {
        if self.config.filesystem_sockets {
            let dir = format!("/proc/{}/root/tmp", self.pid().as_raw_nonzero());
            return Options::new().namespace(SocketNamespace::Directory(dir.into()));
        }
        Options::new()
    }

    pub(crate) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Runs a future on the single-threaded runtime, in the node's namespace.
    pub(crate) fn run<T: Send>(&self, future: impl AsyncFnOnce(Options) -> T + Send) -> T {
        self.in_namespace(|options| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be had").block_on(future(options))
        })
    }

    /// Runs a future on the multi-threaded runtime, in the node's namespace.
    pub(crate) fn run_multi_thread<T: Send>(
        &self,
        future: impl AsyncFnOnce(Options) -> T + Send,
    ) -> T {
        let namespace = Arc::clone(&self.namespace);
        self.in_namespace(move |options| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .on_thread_start(move || namespace.enter())
                .enable_all()
                .build();
            runtime.expect("a runtime can be had").block_on(future(options))
        })
    }

    /// Runs something on a thread in the node's namespace.
    pub(crate) fn in_namespace<T: Send>(&self, run: impl FnOnce(Options) -> T + Send) -> T {
        let options = self.options();
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                self.namespace.enter();
                run(options)
            });
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// What `corosync-quorumtool -s` says.
    pub(crate) fn quorumtool(&self) -> QuorumTool {
        QuorumTool::run(&self.namespace)
    }

    /// Directories in shared memory that the daemon made for this process and that are there yet.
    pub(crate) fn shm_dirs(&self) -> Vec<PathBuf> {
        shm_dirs(self.pid())
    }
}

/// Directories in shared memory that a daemon made for this process and that are there yet.
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
async fn membership(options: Options) -> Result<(usize, bool), Error> {
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
pub(crate) async fn connect(options: Options) -> Client {
    let connected: Result<Client, Error> = options.connect().await;
    connected.unwrap_or_else(|error| panic!("{error}"))
}

/// Removes what a daemon that was ended left in shared memory: the files of connections whose client
/// had closed them or was killed, and a record for those who look for why it died.
fn remove_leftovers(daemon: Pid) {
    let daemon = daemon.as_raw_nonzero();
    let (connections, record) = (format!("qb-{daemon}-"), format!("qb-corosync-{daemon}-"));
    for entry in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(&connections) {
            let _ = fs::remove_dir_all(entry.path());
        } else if name.to_string_lossy().starts_with(&record) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let daemon = self.daemon.get_mut().ok().and_then(Option::take);
        let mut past = self.past.get_mut().map(std::mem::take).unwrap_or_default();
        if let Some(mut daemon) = daemon {
            let pid = Pid::from_child(&daemon);
            let _ = kill_process(pid, Signal::KILL);
            let _ = daemon.wait();
            past.push(pid);
        }
        past.into_iter().for_each(remove_leftovers);
        let _ = fs::remove_dir_all(&self.dir);
    }
}
