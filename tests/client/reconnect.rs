//! Watching through restarts of the daemon.

use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;
use votequorum::{
    Builder, Client, ErrorKind, Event, NodeId, QuorumState, Reconnect, Track, TrackFlags,
};

use crate::support::{
    Config, Node, QbIpcType, available, connect, over_both_transports, wait_until_clean,
};

/// Half of them by SIGKILL.
const RESTARTS: u32 = 8;
const WATCHERS: usize = 8;

/// Longer than anything takes on the slowest machine.
const LONG: Duration = Duration::from_secs(60);

fn reconnecting(options: Builder) -> Builder {
    let pauses = Reconnect::new().first_pause(Duration::from_millis(5));
    options.reconnect(pauses.longest_pause(Duration::from_millis(100)))
}

/// Each daemon is told other votes, so that every state says whose it is.
#[test]
fn restarts_under_watchers() {
    if !available() {
        return;
    }
    over_both_transports(|qb_ipc_type| {
        let node = Node::start(&Config::single(qb_ipc_type));
        node.run(async |options| {
            let tracked = connect(reconnecting(options.clone())).await;
            let track = tracked.track(TrackFlags::CHANGES, 0).await.unwrap();
            let gaps = tokio::spawn(gaps_until_closed(track));
            let mut watchers = JoinSet::new();
            let (sees, mut seen) = unbounded_channel();
            for _ in 0..WATCHERS {
                let client = connect(reconnecting(options.clone())).await;
                watchers.spawn(watch_through(client, sees.clone()));
            }
            for votes in 2..RESTARTS + 2 {
                let actor = connect(options.clone()).await;
                actor.set_votes(1, votes).await.unwrap();
                timeout(LONG, seen_by_all(&mut seen, votes))
                    .await
                    .expect("every watcher sees every daemon");
                node.end(if votes % 2 == 0 { Signal::KILL } else { Signal::TERM });
                node.restart();
            }
            let actor = connect(options.clone()).await;
            actor.set_votes(1, 1000).await.unwrap();
            while let Some(watcher) = timeout(LONG, watchers.join_next())
                .await
                .expect("every watcher sees the final state")
            {
                watcher.unwrap();
            }
            // It answers over the last of its connections.
            tracked.with_timeout(LONG).get_info(1).await.unwrap();
            tracked.close().await.unwrap();
            assert_eq!(gaps.await.unwrap(), RESTARTS);
        });
        wait_until_clean(&node);
    });
}

/// Waits until every watcher has seen these votes, with quorum.
async fn seen_by_all(seen: &mut UnboundedReceiver<u32>, votes: u32) {
    for _ in 0..WATCHERS {
        while seen.recv().await.expect("there are watchers") != votes {}
    }
}

/// How often the connection under a track was lost before the client was closed.
async fn gaps_until_closed(mut track: Track) -> u32 {
    let mut gaps = 0;
    while let Some(Ok(event)) = track.next().await {
        gaps += u32::from(matches!(event, Event::Lost { .. }));
    }
    gaps
}

/// Follows the votes to the final state, and says what it sees anew. States in between may be
/// skipped, but none comes back.
async fn watch_through(client: Client, sees: UnboundedSender<u32>) {
    let mut watch = client.watch().await.unwrap();
    let mut last = 0;
    loop {
        match watch.changed().await.unwrap() {
            QuorumState::Known(view) => {
                let votes = view.info.as_ref().unwrap().votes;
                if votes == 1000 {
                    return;
                }
                // A daemon that was just started has not been told anything yet.
                assert!(votes == 1 || votes >= last, "{votes} after {last}");
                assert_eq!(view.members, [NodeId::new(1)]);
                if view.is_quorate() && votes > last {
                    sees.send(votes).unwrap();
                    last = votes;
                }
            }
            QuorumState::Unknown => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn tracks_calls_and_gaps() {
    if !available() {
        return;
    }
    over_both_transports(|qb_ipc_type| {
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
            assert_eq!(error.kind(), ErrorKind::Lost);
            assert!(error.is_retryable(), "{error}");
            assert!(!client.is_closed());
            let hasty = client.with_timeout(Duration::from_millis(50)).get_info(1).await;
            assert!(hasty.unwrap_err().is_timeout());
            let patient = client.with_timeout(LONG);
            let waiting = tokio::spawn(async move { patient.get_info(1).await });
            node.spawn();
            assert_eq!(waiting.await.unwrap().unwrap().node_id, NodeId::new(1));

            // The track goes on, with the current state though it asked for changes only.
            assert!(matches!(track.next().await, Some(Ok(Event::Lost { .. }))));
            let Some(Ok(Event::Nodelist(nodelist))) = track.next().await else { panic!() };
            assert_eq!(nodelist.context, 7);
            assert!(matches!(track.next().await, Some(Ok(Event::Quorum(_)))));
            assert!(matches!(track.next().await, Some(Ok(Event::Restored))));
            track.stop().await.unwrap();
            let _another = client.track(TrackFlags::CHANGES, 8).await.unwrap();
        });
    });
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
        assert!(matches!(track.next().await, Some(Ok(Event::Lost { .. }))));
        let error = track.next().await.unwrap().unwrap_err();
        assert!(error.to_string().contains("does not come back"), "{error}");
        assert!(client.closed().await.is_closed());
        assert!(client.get_info(1).await.unwrap_err().is_closed());
    });
}
