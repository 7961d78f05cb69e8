//! Every fault of the fake ConfD, in every state of its clients, over every transport.

mod connecting;
mod events;
mod orders;
mod reconnecting;

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use confd_ha::{Builder, Client, Error, ErrorKind, Event, Events};
use quorate_codec::confd_ha::Notification;
use quorate_fixtures::confd::FakeConfd;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::leaks::{Holdings, alone};

/// Longer than anything takes that does not hang.
const LONG: Duration = Duration::from_secs(20);

/// The deadline of what is expected not to happen.
const SHORT: Duration = Duration::from_millis(50);

/// How often a future may be polled. One that reads a frame of 1 MiB in small pieces needs some
/// hundreds; one that spins until its deadline needs tens of thousands.
const MOST_POLLS: usize = 2000;

/// How a client reaches the daemon.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Transport {
    Tcp,
    Tcp6,
    Unix,
}

/// Runs all cases at the same time, each with a daemon of its own, and counts what is left.
fn run<C, F>(cases: Vec<C>, test: impl Fn(C, PathBuf) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let _alone = alone();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let root = tempfile::tempdir().unwrap();
        let before = Holdings::now(root.path());
        let mut running = JoinSet::new();
        for case in cases {
            running.spawn(test(case, root.path().to_owned()));
        }
        while let Some(ended) = running.join_next().await {
            ended.unwrap();
        }
        before.wait_until_back(root.path(), "all cases").await;
    });
}

struct Daemon {
    fake: FakeConfd,
    _dir: TempDir,
}

impl Daemon {
    async fn start(transport: Transport, root: &Path) -> Self {
        let dir = tempfile::tempdir_in(root).unwrap();
        let builder = match transport {
            Transport::Tcp => FakeConfd::builder().tcp("127.0.0.1:0"),
            Transport::Tcp6 => FakeConfd::builder().tcp("[::1]:0"),
            Transport::Unix => FakeConfd::builder().unix(dir.path().join("ipc")),
        };
        Self { fake: builder.start().await.unwrap(), _dir: dir }
    }

    fn builder(&self) -> Builder {
        let builder = Client::builder().token("token").connect_timeout(LONG);
        match (self.fake.tcp_addr(), self.fake.unix_path()) {
            (Some(address), _) => builder.tcp(address.to_string()),
            (None, Some(path)) => builder.unix(path),
            (None, None) => unreachable!("it listens somewhere"),
        }
    }

    /// The HA socket of another client, which must not be disturbed.
    async fn controller(&self) -> Client {
        let client = self.builder().connect().await.unwrap();
        client.status().await.unwrap();
        client
    }

    /// The event socket of another client, which must not be disturbed.
    async fn subscriber(&self) -> Events {
        self.builder().events().unwrap().subscribe().await.unwrap()
    }

    /// Ends the daemon, once it is certain that no other client was disturbed.
    async fn end(self, controller: Option<Client>, subscriber: Option<Events>, case: &str) {
        if let Some(controller) = controller {
            let status = controller.status().await;
            status.unwrap_or_else(|error| panic!("{case}: the controller is disturbed: {error}"));
        }
        if let Some(mut subscriber) = subscriber {
            self.fake.notify(&Notification::HealthCheck);
            loop {
                let event = timeout(LONG, subscriber.next()).await;
                let event = event.unwrap_or_else(|_| panic!("{case}: the subscriber waits"));
                match event.expect("it has not ended") {
                    Ok(Event::HealthCheck) => break,
                    Ok(_) => {}
                    Err(error) => panic!("{case}: the subscriber is disturbed: {error}"),
                }
            }
        }
        self.fake.stop().await;
    }
}

/// Waits for it: not for ever, and without spinning.
async fn patiently<F: Future>(future: F, case: &str) -> F::Output {
    let mut polls = 0;
    let mut future = pin!(future);
    let counted = poll_fn(|cx| {
        polls += 1;
        future.as_mut().poll(cx)
    });
    let output = timeout(LONG, counted).await;
    let output = output.unwrap_or_else(|_| panic!("{case}: it hangs"));
    assert!(polls <= MOST_POLLS, "{case}: polled {polls} times");
    output
}

fn expect<T: Debug>(result: Result<T, Error>, kind: ErrorKind, case: &str) -> Error {
    match result {
        Err(error) if error.kind() == kind => error,
        other => panic!("{case}: {kind:?} was expected, not {other:?}"),
    }
}
