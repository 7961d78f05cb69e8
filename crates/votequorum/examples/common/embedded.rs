//! A fake cluster inside the example, for where there is no corosync.

use std::sync::{Arc, mpsc};
use std::thread;

use quorate_fixtures::corosync::FakeCorosync;
use quorate_fixtures::corosync::engine::Config;
use tokio::sync::oneshot;
use votequorum::Options;

/// Three fake nodes, on a thread of their own; gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Embedded {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Embedded {
    /// Starts the nodes. Gives them, and how to connect.
    pub(crate) fn start() -> (Self, Arc<FakeCorosync>, Options) {
        let service = format!("quorate-embedded-{}", std::process::id());
        let builder = FakeCorosync::builder(Config::new([1, 2, 3])).service(&service);
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, is_started) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be had").block_on(async {
                let fake = Arc::new(builder.start().expect("nobody else has the name"));
                started.send(Arc::clone(&fake)).expect("somebody waits");
                let _ = stopped.await;
            });
        });
        let fake = is_started.recv().expect("it starts");
        let our_user = rustix::process::geteuid().as_raw();
        let options = Options::new().service(service).server_uids([our_user]);
        (Self { stop: Some(stop), thread: Some(thread) }, fake, options)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
