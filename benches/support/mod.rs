//! Fake daemons inside a benchmark.

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use quorate_codec::qb::auth::ConnectionType;
use quorate_fixtures::corosync::engine::Config;
use quorate_fixtures::corosync::{FakeCorosync, Fault};
use tokio::sync::oneshot;
use votequorum::{Builder, Client};

/// Three fake nodes on a thread of their own; gone when this is dropped.
pub(crate) struct Fake {
    fake: Option<Arc<FakeCorosync>>,
    shm_root: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    /// Starts them under a name of their own; nothing else on the machine is touched.
    pub(crate) fn start(connection_type: ConnectionType) -> Self {
        let shm_root = tempfile::tempdir().expect("there is a directory for such things");
        let service = format!("bench-{}-{}", std::process::id(), connection_type.code());
        let builder = FakeCorosync::builder(Config::new([1, 2, 3]))
            .service(service)
            .shm_root(shm_root.path())
            .connection_type(connection_type);
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, is_started) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            runtime().block_on(async {
                let fake = Arc::new(builder.start().expect("nobody else has the name"));
                started.send(Arc::clone(&fake)).expect("somebody waits");
                let _ = stopped.await;
            });
        });
        let fake = Some(is_started.recv().expect("it starts"));
        Self { fake, shm_root, stop: Some(stop), thread: Some(thread) }
    }

    /// How to connect to it.
    pub(crate) fn builder(&self) -> Builder {
        let service = self.fake.as_ref().map(|fake| fake.service()).unwrap_or_default();
        Client::builder()
            .service(service)
            .shm_root(self.shm_root.path())
            .server_uids([rustix::process::geteuid().as_raw()])
    }

    /// Sends so many notifications to whoever tracks.
    pub(crate) fn flood(&self, count: u32) {
        if let Some(fake) = &self.fake {
            fake.inject(Fault::Flood(count));
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        drop(self.fake.take());
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A single-threaded runtime.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be had")
}
