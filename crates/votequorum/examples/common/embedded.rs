//! A fake cluster inside the example, for machines without corosync.

use std::sync::{Arc, mpsc};
use std::thread;

use quorate_fixtures::corosync::FakeCorosync;
use quorate_fixtures::corosync::engine::Config;
use tokio::sync::oneshot;
use votequorum::{Builder, Client, CsError, Error, ErrorKind};

use crate::common::{DEFAULT_SERVICE, Failure, Target};

/// Which cluster to use: the one of this machine, or a fake one.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// Uses a fake cluster of three nodes inside this program.
    #[arg(long, global = true)]
    embedded: bool,
    #[command(flatten)]
    target: Target,
}

/// A cluster, and how to connect to it.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) builder: Builder,
    pub(crate) embedded: Option<Embedded>,
    /// Whether it can only be a corosync: a fake has another name, or another place.
    pub(crate) is_corosync: bool,
}

impl Source {
    /// The cluster. Only `--embedded` starts a fake one.
    pub(crate) fn open(&self) -> Result<Cluster, Failure> {
        let target = &self.target;
        if !self.embedded {
            let is_corosync = target.service == DEFAULT_SERVICE && target.socket_dir.is_none();
            return Ok(Cluster { builder: target.builder(), embedded: None, is_corosync });
        }
        let embedded = Embedded::start()?;
        let our_user = rustix::process::geteuid().as_raw();
        let builder = Client::builder().service(embedded.fake.service()).server_uids([our_user]);
        Ok(Cluster { builder, embedded: Some(embedded), is_corosync: false })
    }
}

impl Cluster {
    pub(crate) async fn connect(&self) -> Result<Client, Failure> {
        self.builder.connect().await.map_err(|error| self.failure(&error))
    }

    /// Says what to do where there is no cluster.
    pub(crate) fn failure(&self, error: &Error) -> Failure {
        let text = match (error.kind(), &self.embedded) {
            (ErrorKind::Unavailable, None) => {
                let fake = if self.is_corosync { "" } else { ", or fake-corosync is not running" };
                format!("{error}{fake}. To see a fake cluster, say --embedded")
            }
            _ => error.to_string(),
        };
        Failure::new(error.as_cs_error(), text)
    }
}

/// Three fake nodes, on a thread of their own. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Embedded {
    pub(crate) fake: Arc<FakeCorosync>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Embedded {
    fn start() -> Result<Self, Failure> {
        let (stop, stopped) = oneshot::channel();
        let (started, is_started) = mpsc::channel();
        let thread = thread::spawn(move || match start_fake() {
            Ok((runtime, fake)) => {
                let sent = started.send(Ok(fake));
                let _ = runtime.block_on(stopped);
                drop(sent);
            }
            Err(error) => drop(started.send(Err(error))),
        });
        let fake = is_started.recv().unwrap_or_else(|_| Err("it has panicked".into()));
        let fake = fake.map_err(|error| {
            Failure::new(CsError::Library, format!("cannot start the fake cluster: {error}"))
        })?;
        Ok(Self { fake, stop: Some(stop), thread: Some(thread) })
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

fn start_fake() -> Result<(tokio::runtime::Runtime, Arc<FakeCorosync>), AnyError> {
    let service = format!("quorate-embedded-{}", std::process::id());
    let builder = FakeCorosync::builder(Config::new([1, 2, 3])).service(service);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let fake = runtime.block_on(async { builder.start() })?;
    Ok((runtime, Arc::new(fake)))
}

impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
