//! Watching through restarts of the daemon.

use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;
use votequorum::{Client, Event, NodeId, Options, QuorumState, Reconnect, TrackFlags};

use crate::support::{Config, Node, QbIpcType, available, connect, wait_until_clean};

const RESTARTS: u32 = 20;
const WATCHERS: usize = 8;

fn reconnecting(options: Options) -> Options {
    let pauses = Reconnect::new().first_pause(Duration::from_millis(5));
    options.reconnect(pauses.longest_pause(Duration::from_millis(100)))
}

/// Each daemon is told other votes, so that every state says whose it is.
#[test]
fn restarts_under_watchers() {
    if !available() {
        return;
    }
    for qb_ipc_type in [QbIpcType::Shm, QbIpcType::Socket] {
        println!("over {qb_ipc_type:?}");
        let node = Node::start(&Config::single(qb_ipc_type));
        node.run(async |options| {
            let mut watchers = JoinSet::new();
            let (sees, mut seen) = unbounded_channel();
            for _ in 0..WATCHERS {
                let client = connect(reconnecting(options.clone())).await;
                watchers.spawn(watch_through(client, sees.clone()));
            }
            for votes in 2..RESTARTS + 2 {
                let actor = connect(options.clone()).await;
                actor.set_votes(1, votes).await.unwrap();
                timeout(Duration::from_secs(30), seen_by_all(&mut seen, votes))
                    .await
                    .expect("every watcher sees every daemon");
                node.end(if votes % 2 == 0 { Signal::KILL } else { Signal::TERM });
                node.restart();
            }
            let actor = connect(options.clone()).await;
            actor.set_votes(1, 1000).await.unwrap();
            while let Some(watcher) = timeout(Duration::from_secs(60), watchers.join_next())
                .await
                .expect("every watcher sees the final state")
            {
                let gaps = watcher.unwrap();
                assert_eq!(gaps, RESTARTS);
            }
        });
        wait_until_clean(&node);
    }
}

/// Waits until every watcher has seen these votes, with quorum.
async fn seen_by_all(seen: &mut UnboundedReceiver<u32>, votes: u32) {
    for _ in 0..WATCHERS {
        while seen.recv().await.expect("there are watchers") != votes {}
    }
}

/// Follows the votes to the final state, and says what it sees anew; gives how often the connection
/// was lost.
async fn watch_through(client: Client, sees: UnboundedSender<u32>) -> u32 {
    let mut watch = client.watch().await.unwrap();
    let (mut gaps, mut last) = (0, 0);
    loop {
        match watch.changed().await.unwrap() {
            QuorumState::Known(view) if view.info.votes == 1000 => return gaps,
            QuorumState::Known(view) => {
                let votes = view.info.votes;
                // This daemon has not been told anything yet, or what no other was told.
                assert!(votes == 1 || votes == gaps + 2, "{votes} after {gaps} gaps");
                assert_eq!(*view.members, [NodeId::new(1)]);
                if view.is_quorate() && votes != last {
                    sees.send(votes).unwrap();
                    last = votes;
                }
            }
            QuorumState::Unknown => gaps += 1,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn tracks_calls_and_gaps() {
    if !available() {
        return;
    }
    for qb_ipc_type in [QbIpcType::Shm, QbIpcType::Socket] {
        println!("over {qb_ipc_type:?}");
        let node = Node::start(&Config::single(qb_ipc_type));
        node.run(async |options| {
            let client = connect(reconnecting(options)).await;
            let mut track = client.track(TrackFlags::CHANGES_ONLY, 7).await.unwrap();

            // What is under way fails at once; what is asked afterwards waits for a connection.
            node.signal(Signal::STOP);
            let under_way = tokio::spawn({
                let client = client.clone();
                async move { client.get_info(1).await }
            });
            tokio::task::yield_now().await;
            node.end(Signal::KILL);
            let error = under_way.await.unwrap().unwrap_err();
            assert!(error.is_closed() && error.is_retryable(), "{error}");
            assert!(!client.is_closed());
            let hasty = client.with_timeout(Duration::from_millis(50)).get_info(1).await;
            assert!(hasty.unwrap_err().is_timeout());
            let patient = client.with_timeout(Duration::from_secs(30));
            let waiting = tokio::spawn(async move { patient.get_info(1).await });
            node.spawn();
            assert_eq!(waiting.await.unwrap().unwrap().node_id, NodeId::new(1));

            // The track goes on, with the state of now though it asked for changes only.
            assert!(matches!(track.next().await, Some(Ok(Event::Gap { .. }))));
            let Some(Ok(Event::Nodelist(nodelist))) = track.next().await else { panic!() };
            assert_eq!(nodelist.context, 7);
            assert!(matches!(track.next().await, Some(Ok(Event::Quorum(_)))));
            track.stop().await.unwrap();
            let _another = client.track(TrackFlags::CHANGES, 8).await.unwrap();
        });
    }
}

#[test]
fn giving_up() {
    if !available() {
        return;
    }
    let node = Node::start(&Config::single(QbIpcType::Shm));
    node.run(async |options| {
        let few = Reconnect::new().first_pause(Duration::from_millis(1)).attempts(3);
        let client = connect(options.reconnect(few)).await;
        let mut track = client.track(TrackFlags::CHANGES_ONLY, 0).await.unwrap();
        node.end(Signal::KILL);
        assert!(matches!(track.next().await, Some(Ok(Event::Gap { .. }))));
        let error = track.next().await.unwrap().unwrap_err();
        assert!(error.to_string().contains("does not come back"), "{error}");
        assert!(client.closed().await.is_closed());
        assert!(client.get_info(1).await.unwrap_err().is_closed());
    });
}
