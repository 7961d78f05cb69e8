use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use qbipc::ConnectOptions;
use quorate_codec::qb::auth::ConnectionType;
use quorate_fixtures::corosync::FakeCorosync;
use quorate_fixtures::corosync::engine::{Config, Device};
use tokio::sync::oneshot;
use votequorum::Options;

use super::QbIpcType;

/// A fake corosync on a thread of its own; ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Fake {
    qb_ipc_type: QbIpcType,
    service: String,
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
        let shm_root = std::env::temp_dir().join(&service);
        std::fs::create_dir_all(&shm_root).expect("the directory for such things is writable");
        let builder = FakeCorosync::builder(config)
            .service(&service)
            .shm_root(&shm_root)
            .connection_type(match qb_ipc_type {
                QbIpcType::Shm => ConnectionType::Shm,
                QbIpcType::Socket => ConnectionType::Socket,
            });
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, is_started) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be had").block_on(async {
                let fake = builder.start().expect("the name is free");
                started.send(()).expect("somebody waits");
                let _ = stopped.await;
                drop(fake);
            });
        });
        is_started.recv().expect("it starts");
        Self { qb_ipc_type, service, shm_root, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn qb_ipc_type(&self) -> QbIpcType {
        self.qb_ipc_type
    }

    /// How to connect to it.
    pub(crate) fn options(&self) -> Options {
        Options::new()
            .service(&self.service)
            .shm_root(&self.shm_root)
            .server_uids([rustix::process::geteuid().as_raw()])
    }

    /// How to connect to it below the client.
    pub(crate) fn raw_options(&self) -> ConnectOptions {
        ConnectOptions::new(&self.service)
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
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_dir_all(&self.shm_root);
    }
}
