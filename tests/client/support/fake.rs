use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use qbipc::ConnectOptions;
use quorate_codec::qb::auth::ConnectionType;
use quorate_fixtures::corosync::engine::{Config, Device};
use quorate_fixtures::corosync::{FakeCorosync, Fault};
use tokio::sync::oneshot;
use votequorum::Builder;

use super::{Namespace, QbIpcType};

/// A fake corosync on a thread of its own; ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Fake {
    qb_ipc_type: QbIpcType,
    fake: Option<Arc<FakeCorosync>>,
    /// In place of `/dev/shm`.
    shm_root: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    /// A single node.
    pub(crate) fn start(qb_ipc_type: QbIpcType) -> Self {
        Self::with(qb_ipc_type, Config::new([1]))
    }

    /// A single node with a quorum device.
    pub(crate) fn with_qdevice(qb_ipc_type: QbIpcType, timeout_ms: u32) -> Self {
        let timeout = Duration::from_millis(timeout_ms.into());
        Self::with(qb_ipc_type, Config::new([1]).device(Device::new().votes(1).timeout(timeout)))
    }

    pub(crate) fn with(qb_ipc_type: QbIpcType, config: Config) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        // Short, since the names of sockets are made of it.
        let service = format!("qf-{}-{number}", std::process::id());
        Self::spawn(qb_ipc_type, config, &service, None)
    }

    /// A node that clients find under corosync's name, in a namespace where there is no other.
    pub(crate) fn in_namespace(
        namespace: &Arc<Namespace>,
        qb_ipc_type: QbIpcType,
        config: Config,
    ) -> Self {
        Self::spawn(qb_ipc_type, config, "votequorum", Some(Arc::clone(namespace)))
    }

    fn spawn(
        qb_ipc_type: QbIpcType,
        config: Config,
        service: &str,
        namespace: Option<Arc<Namespace>>,
    ) -> Self {
        // A client of the C library looks nowhere else.
        let shm_root = match namespace {
            Some(_) => PathBuf::from("/dev/shm"),
            None => std::env::temp_dir().join(service),
        };
        std::fs::create_dir_all(&shm_root).expect("the directory for such things is writable");
        let builder = FakeCorosync::builder(config)
            .service(service)
            .shm_root(&shm_root)
            .connection_type(match qb_ipc_type {
                QbIpcType::Shm => ConnectionType::Shm,
                QbIpcType::Socket => ConnectionType::Socket,
            });
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, is_started) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            if let Some(namespace) = namespace {
                namespace.enter();
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be built").block_on(async {
                let fake = Arc::new(builder.start().expect("the name is free"));
                started.send(Arc::clone(&fake)).expect("somebody waits");
                let _ = stopped.await;
            });
        });
        let fake = is_started.recv().expect("it starts");
        let (stop, thread) = (Some(stop), Some(thread));
        Self { qb_ipc_type, fake: Some(fake), shm_root, stop, thread }
    }

    /// Has it do something wrong.
    pub(crate) fn inject(&self, fault: Fault) {
        self.fake().inject(fault);
    }

    fn fake(&self) -> &FakeCorosync {
        self.fake.as_ref().expect("it is there until it is dropped")
    }

    pub(crate) fn qb_ipc_type(&self) -> QbIpcType {
        self.qb_ipc_type
    }

    /// How to connect to it.
    pub(crate) fn options(&self) -> Builder {
        Builder::new()
            .service(self.fake().service())
            .shm_root(&self.shm_root)
            .server_uids([rustix::process::geteuid().as_raw()])
    }

    /// How to connect to it below the client.
    pub(crate) fn raw_options(&self) -> ConnectOptions {
        ConnectOptions::new(self.fake().service())
            .shm_root(&self.shm_root)
            .server_uids([rustix::process::geteuid().as_raw()])
    }

    /// Directories it made for its clients and that are there yet.
    pub(crate) fn shm_dirs(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.shm_root).expect("it is there");
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        drop(self.fake.take());
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if self.shm_root != Path::new("/dev/shm") {
            let _ = std::fs::remove_dir_all(&self.shm_root);
        }
    }
}
