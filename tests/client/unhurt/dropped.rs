//! Calls that are given up at any point, by any means.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::task::{JoinSet, yield_now};
use votequorum::{Builder, Client, NodeId, TrackFlags};

use super::random::Random;
use super::watcher::{AT_MOST, while_watched};
use crate::support::{Node, connect, wait_until_clean};

const SEED: u64 = 20_261_122;

/// So many calls are given up.
const CALLS: u32 = 30_000;

/// A call, as a user makes it.
type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(in super::super) fn calls_dropped_and_aborted(node: &Node) {
    println!("seed {SEED}");
    while_watched(node, AT_MOST, || {
        let mut random = Random::new(SEED);
        let mut given_up = 0;
        // Every runtime ends with calls under way.
        while given_up < CALLS {
            let calls = CALLS.min(given_up + 500);
            given_up = node.run_multi_thread(async |options| {
                let mut given_up = given_up;
                let mut client = connect(options.clone()).await;
                while given_up < calls {
                    if random.below(8) == 0 {
                        // The last handle goes while calls are under way.
                        client = connect(options.clone()).await;
                    }
                    given_up += give_up(&client, &mut random).await;
                }
                leave_running(&client, &options, &mut random).await;
                given_up
            });
        }
        println!("{given_up} calls given up");
    });
    node.run(async |options| {
        let client = connect(options).await;
        assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
        drop(client);
    });
    wait_until_clean(node);
}

/// Makes some calls at once and gives them up; says how many they were.
async fn give_up(client: &Client, random: &mut Random) -> u32 {
    let count = 1 + random.below(16);
    let mut calls: Vec<Call> = (0..count).map(|_| a_call(client, random)).collect();
    match random.below(6) {
        // Before they are polled, or after having been polled a few times in their task.
        0 => {
            for _ in 0..random.below(4) {
                poll_once(&mut calls).await;
            }
        }
        1 => {
            for _ in 0..random.below(4) {
                poll_once(&mut calls).await;
                yield_now().await;
            }
            // Not in the order in which they were made.
            while !calls.is_empty() {
                let index = random.below(u32::try_from(calls.len()).unwrap());
                drop(calls.swap_remove(usize::try_from(index).unwrap()));
            }
        }
        // With the tasks that make them.
        2 => {
            let mut tasks = JoinSet::new();
            calls.drain(..).for_each(|call| drop(tasks.spawn(call)));
            for _ in 0..random.below(4) {
                yield_now().await;
            }
            tasks.abort_all();
            while tasks.join_next().await.is_some() {}
        }
        // In a task that panics with them half done.
        3 => {
            let polls = random.below(4);
            let task = tokio::spawn(async move {
                for _ in 0..polls {
                    poll_once(&mut calls).await;
                }
                resume_unwind(Box::new("a user's bug"));
            });
            assert!(task.await.unwrap_err().is_panic());
        }
        // By somebody who is woken and panics, which is no affair of others on the connection.
        4 if random.below(16) == 0 => {
            let waker = Waker::from(Arc::new(PanickingWaker));
            for call in &mut calls {
                // A call that gives way to others wakes its own caller, who is this one then.
                let polled = || call.as_mut().poll(&mut Context::from_waker(&waker));
                let _ = catch_unwind(AssertUnwindSafe(polled));
            }
            client.ping().await.expect("the connection goes on");
        }
        // After no time at all.
        _ => {
            let mut tasks = JoinSet::new();
            for call in calls.drain(..) {
                tasks.spawn(async move { drop(tokio::time::timeout(Duration::ZERO, call).await) });
            }
            while tasks.join_next().await.is_some() {}
        }
    }
    count
}

/// Leaves calls behind that the end of the runtime finds under way.
async fn leave_running(client: &Client, options: &Builder, random: &mut Random) {
    let other = connect(options.clone()).await;
    for client in [client, &other] {
        for _ in 0..16 {
            let call = a_call(client, random);
            tokio::spawn(call);
        }
    }
    for _ in 0..random.below(3) {
        yield_now().await;
    }
}

/// One of the calls there are; its answer does not matter.
fn a_call(client: &Client, random: &mut Random) -> Call {
    let client = match random.below(8) {
        0 => client.with_timeout(Duration::ZERO),
        1 => client.with_timeout(Duration::from_micros(random.below(200).into())),
        _ => client.clone(),
    };
    match random.below(16) {
        0 => Box::pin(async move { drop(client.set_expected(1).await) }),
        1 => Box::pin(async move {
            let Ok(mut track) = client.track(TrackFlags::CHANGES, 1).await else { return };
            let _ = track.next().await;
            let _ = track.stop().await;
        }),
        2 => Box::pin(async move { drop(client.track(TrackFlags::CURRENT, 1).await) }),
        3 => Box::pin(async move { drop(client.ping().await) }),
        4 => Box::pin(async move { drop(client.set_votes(99, 1).await) }),
        number => Box::pin(async move { drop(client.get_info(number / 5).await) }),
    }
}

/// Polls each future once, whatever comes of it; those that are ready are done with.
async fn poll_once(calls: &mut Vec<Call>) {
    poll_fn(|cx| {
        calls.retain_mut(|call| call.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

struct PanickingWaker;

impl Wake for PanickingWaker {
    fn wake(self: Arc<Self>) {
        resume_unwind(Box::new("a user's bug"));
    }
}
