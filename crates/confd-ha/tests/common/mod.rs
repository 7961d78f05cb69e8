//! What the tests share.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    reason = "each test file uses some of it"
)]

use std::future::Future;
use std::time::Duration;

use confd_ha::{Builder, Client, Event, Events, HaEvent, Node};
use quorate_fixtures::confd::{self, FakeConfd};
use tempfile::TempDir;

/// A fake, and what must live as long as it.
pub struct Daemon {
    pub fake: FakeConfd,
    _dir: Option<TempDir>,
}

impl std::ops::Deref for Daemon {
    type Target = FakeConfd;

    fn deref(&self) -> &FakeConfd {
        &self.fake
    }
}

impl From<FakeConfd> for Daemon {
    fn from(fake: FakeConfd) -> Self {
        Self { fake, _dir: None }
    }
}

impl Daemon {
    pub async fn start(builder: confd::Builder) -> Self {
        Self::from(builder.tcp("127.0.0.1:0").start().await.unwrap())
    }

    /// A fake over a unix socket, for tests that stop the clock before they start.
    ///
    /// While the clock is stopped, tokio moves it to the next timer whenever nothing can run. What
    /// is written to a unix socket can be read at once, so no timer overtakes a message; over TCP a
    /// message may still be on its way through the kernel.
    pub async fn on_stopped_clock(builder: confd::Builder) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let fake = builder.unix(dir.path().join("ipc")).start().await.unwrap();
        Self { fake, _dir: Some(dir) }
    }

    pub fn builder(&self) -> Builder {
        builder(&self.fake)
    }

    pub async fn client(&self) -> Client {
        self.builder().connect().await.unwrap()
    }

    pub async fn events(&self) -> Events {
        self.builder().events().unwrap().subscribe().await.unwrap()
    }
}

/// A builder for the fake's own transport.
pub fn builder(fake: &FakeConfd) -> Builder {
    let builder = Client::builder().token("tok");
    match (fake.tcp_addr(), fake.unix_path()) {
        (Some(address), _) => builder.tcp(address.to_string()),
        (None, Some(path)) => builder.unix(path),
        (None, None) => panic!("the fake listens nowhere"),
    }
}

/// A fake on each transport: TCP over IPv4 and IPv6, and a unix socket.
pub async fn on_every_transport(describe: impl Fn() -> confd::Builder) -> Vec<Daemon> {
    let dir = tempfile::tempdir().unwrap();
    let unix = describe().unix(dir.path().join("ipc")).start().await.unwrap();
    vec![
        Daemon::start(describe()).await,
        Daemon::from(describe().tcp("[::1]:0").start().await.unwrap()),
        Daemon { fake: unix, _dir: Some(dir) },
    ]
}

/// Runs on both kinds of runtime.
pub fn on_both_runtimes<F: Future<Output = ()>>(test: impl Fn() -> F) {
    let current = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    current.block_on(test());
    let multi = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    multi.unwrap().block_on(test());
}

pub fn node0() -> Node {
    Node::new("node0", "127.0.0.1")
}

/// The next HA event; anything else fails.
pub async fn next_ha(events: &mut Events) -> HaEvent {
    match next(events).await {
        Event::Ha { event, .. } => event,
        other => panic!("not an HA event: {other:?}"),
    }
}

/// The next event; an error or the end fails.
pub async fn next(events: &mut Events) -> Event {
    events.next().await.expect("the stream has not ended").expect("the stream has no error")
}

/// Long enough for anything on this machine; a test that takes it has failed.
pub const LONG: Duration = Duration::from_secs(30);
