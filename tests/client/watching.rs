//! The current state of the quorum, and what of it the daemon does not announce.

use crate::support::{on_every_daemon, on_live_daemons};

on_every_daemon!(
    the_first_state_is_there_at_once,
    a_refresh_tells_what_is_not_announced,
    readers_of_every_kind_share_a_client,
    a_watch_is_a_stream,
);

on_live_daemons!(a_stopped_daemon_is_unknown_with_keep_alive);

mod cases {
    use std::pin::Pin;
    use std::time::Duration;

    use futures_core::Stream;
    use rustix::process::Signal;
    use tokio::time::timeout;
    use votequorum::{Client, Event, NodeId, QuorumState, TrackFlags, Watch};

    use crate::support::{Daemon, Node, connect};

    /// Longer than anything takes on the slowest machine.
    const LONG: Duration = Duration::from_secs(60);

    fn votes(state: &QuorumState) -> Option<u32> {
        state.known()?.info.as_ref().map(|info| info.votes)
    }

    async fn wait_for_votes(watch: &mut Watch, wanted: u32) {
        let wait = watch.wait_for(|state| votes(state) == Some(wanted));
        timeout(LONG, wait).await.expect("the votes are seen").unwrap();
    }

    pub(super) fn the_first_state_is_there_at_once(daemon: &Daemon) {
        daemon.run(async |options| {
            let watch = connect(options).await.watch().await.unwrap();
            let state = watch.now();
            let view = state.known().expect("the state is known");
            assert!(view.is_quorate());
            assert_eq!(view.members, [NodeId::new(1)]);
            assert_eq!((view.device, view.missed_rings), (None, 0));
            assert_eq!(votes(&state), Some(1));
        });
    }

    /// corosync announces that expected votes have changed, but not the votes of the device.
    pub(super) fn a_refresh_tells_what_is_not_announced(daemon: &Daemon) {
        fn device_votes(state: &QuorumState) -> Option<u32> {
            state.known()?.info.as_ref().map(|info| info.qdevice_votes)
        }

        async fn raise(actor: &Client, votes: u32) {
            actor.set_qdevice_votes(votes).await.unwrap();
            // It has gone round the cluster when the daemon itself knows of it.
            while actor.local_info().await.unwrap().qdevice_votes != votes {
                tokio::task::yield_now().await;
            }
        }

        daemon.run(async |options| {
            let (client, actor) = (connect(options.clone()).await, connect(options).await);
            // So many that the device's do not decide on the quorum.
            actor.set_votes(1, 3).await.unwrap();
            let mut watch = client.watch().await.unwrap();
            wait_for_votes(&mut watch, 3).await;
            raise(&actor, 1).await;
            assert_eq!(device_votes(&watch.refresh().await.unwrap()), Some(1));

            watch.set_refresh_interval(Duration::from_millis(1));
            raise(&actor, 2).await;
            let seen = watch.wait_for(|state| device_votes(state) == Some(2));
            timeout(LONG, seen).await.expect("it is asked for again and again").unwrap();
        });
    }

    pub(super) fn readers_of_every_kind_share_a_client(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let mut watch = client.watch().await.unwrap();
            let other = client.watch().await.unwrap();
            let mut track = client.track(TrackFlags::CHANGES_ONLY, 7).await.unwrap();
            client.set_votes(1, 2).await.unwrap();
            let event = timeout(LONG, track.next()).await.unwrap().unwrap().unwrap();
            assert!(matches!(event, Event::ExpectedVotes(event) if event.context == 7));
            wait_for_votes(&mut watch, 2).await;
            // A track that is made in place of a watch is made at once.
            drop((watch, track));
            let again = client.track(TrackFlags::CHANGES, 8).await.unwrap();
            drop(other);
            drop(again);
            assert!(client.watch().await.unwrap().now().is_quorate());
        });
    }

    pub(super) fn a_watch_is_a_stream(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let mut watch = client.watch().await.unwrap();
            let mut next =
                async || std::future::poll_fn(|cx| Pin::new(&mut watch).poll_next(cx)).await;
            client.set_votes(1, 3).await.unwrap();
            while votes(&timeout(LONG, next()).await.unwrap().unwrap().unwrap()) != Some(3) {}
            client.close().await.unwrap();
            assert!(next().await.unwrap().unwrap_err().is_closed());
            assert!(next().await.is_none());
        });
    }

    pub(super) fn a_stopped_daemon_is_unknown_with_keep_alive(node: &Node) {
        node.run(async |options| {
            let options = options.keep_alive(Duration::from_millis(100));
            let mut watch = connect(options).await.watch().await.unwrap();
            assert!(watch.now().is_quorate());
            node.signal(Signal::STOP);
            let unknown = watch.wait_for(|state| *state == QuorumState::Unknown);
            timeout(LONG, unknown).await.expect("silence is noticed").unwrap();
            node.signal(Signal::CONT);
            let known = watch.wait_for(QuorumState::is_quorate);
            timeout(LONG, known).await.expect("it is known again").unwrap();
        });
    }
}
