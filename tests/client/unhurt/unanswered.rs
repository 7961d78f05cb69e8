//! Clients that are gone before the daemon gets round to answering them.
//!
//! Over sockets it connects to a client to answer it, and tries for a second to reach one that is
//! gone.

use rustix::process::Signal;
use tokio::task::{JoinSet, yield_now};
use votequorum::{Client, TrackFlags};

use super::watcher::{AT_MOST, Answers, other_client};
use crate::support::{Node, connect, wait_until_clean};

/// Everything that was asked for, with the first request of a connection among it.
pub(in super::super) fn gone_before_its_first_answer(node: &Node) {
    node.run(async |options| {
        for _ in 0..10 {
            let client = connect(options.clone()).await;
            let other = other_client(options.clone()).await;
            let stopped = Stopped::new(node);
            let mut calls = start_calls(&client).await;
            calls.abort_all();
            while calls.join_next().await.is_some() {}
            drop(client);
            ends_in_the_background().await;
            stopped.goes_on(&other).await;
        }
    });
    wait_until_clean(node);
}

/// It tracked, and there was no event yet; the first comes when it is gone.
pub(in super::super) fn gone_before_its_first_event(node: &Node) {
    node.run(async |options| {
        for _ in 0..10 {
            let client = connect(options.clone()).await;
            let track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
            let other = other_client(options.clone()).await;
            let stopped = Stopped::new(node);
            let change = other.clone();
            let change = tokio::spawn(async move { change.set_expected(1).await });
            yield_now().await;
            drop((client, track));
            ends_in_the_background().await;
            stopped.goes_on(&other).await;
            change.await.unwrap().unwrap();
        }
    });
    wait_until_clean(node);
}

/// With its runtime.
pub(in super::super) fn runtime_gone_before_its_first_answer(node: &Node) {
    node.run(async |options| {
        for _ in 0..10 {
            let other = other_client(options.clone()).await;
            let stopped = std::thread::scope(|scope| {
                let thread = scope.spawn(|| {
                    node.run(async |options| {
                        let client = connect(options).await;
                        let stopped = Stopped::new(node);
                        start_calls(&client).await.detach_all();
                        stopped
                    })
                });
                thread.join().unwrap()
            });
            stopped.goes_on(&other).await;
        }
    });
    wait_until_clean(node);
}

/// Makes calls, as many of which go out as may.
async fn start_calls(client: &Client) -> JoinSet<()> {
    let mut calls = JoinSet::new();
    for _ in 0..64 {
        let client = client.clone();
        calls.spawn(async move { drop(client.get_info(1).await) });
    }
    ends_in_the_background().await;
    calls
}

/// Lets the other tasks of this runtime, which are not many, get as far as they can.
async fn ends_in_the_background() {
    for _ in 0..100 {
        yield_now().await;
    }
}

/// A daemon that is not running for a moment; it goes on when this is dropped.
struct Stopped<'a>(&'a Node);

impl<'a> Stopped<'a> {
    fn new(node: &'a Node) -> Self {
        node.signal(Signal::STOP);
        Self(node)
    }

    /// Has the daemon go on; it has to answer somebody else at once.
    async fn goes_on(self, other: &Client) {
        let node = self.0;
        drop(self);
        let mut answers = Answers::default();
        answers.ask(node, other).await;
        println!("{answers}");
        answers.check(AT_MOST);
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.signal(Signal::CONT);
    }
}
