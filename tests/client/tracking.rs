//! Tracking on a single node.

use crate::support::on_every_daemon;

on_every_daemon!(
    what_the_flags_ask_for,
    several_tracks_share_a_client,
    the_context_comes_back,
    expected_votes_are_told,
    stopping_and_starting_again,
    dropping_a_track_stops_it,
    nonblocking_dispatch,
    a_foreign_event_loop,
);

mod cases {
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::Signal;
    use tokio::time::timeout;
    use votequorum::{Client, Event, EventFd, NodeId, NodeState, Track, TrackFlags};

    use crate::support::{Daemon, connect};

    /// Long enough for what the daemon has sent to come, short enough to wait for nothing.
    const MOMENT: Duration = Duration::from_millis(100);

    /// Longer than anything takes on the slowest machine.
    const LONG: Duration = Duration::from_secs(60);

    async fn next(track: &mut Track) -> Event {
        let next = timeout(LONG, track.next()).await;
        next.expect("an event in time").expect("an event").expect("no error")
    }

    /// The current state, on a single node.
    async fn expect_current(track: &mut Track, context: u64) {
        let Event::Nodelist(nodelist) = next(track).await else { panic!("no nodelist") };
        assert_eq!(nodelist.context, context);
        assert_eq!(nodelist.ring_id.node, NodeId::new(1));
        assert_eq!(*nodelist.nodes, [NodeId::new(1)]);
        let Event::Quorum(quorum) = next(track).await else { panic!("no quorum") };
        assert_eq!((quorum.context, quorum.quorate), (context, true));
        assert_eq!(quorum.node_list.len(), 1);
        assert_eq!(quorum.node_list[0].id, NodeId::new(1));
        assert_eq!(quorum.node_list[0].state, NodeState::Member);
    }

    /// Causes one notification, and takes it.
    async fn expect_change(client: &Client, track: &mut Track) {
        client.set_expected(1).await.unwrap();
        let Event::ExpectedVotes(expected) = next(track).await else { panic!("no votes") };
        assert_eq!((expected.context, expected.expected_votes), (track.context(), 1));
    }

    async fn expect_silence(track: &mut Track) {
        let event = timeout(MOMENT, track.next()).await;
        assert!(event.is_err(), "{event:?}");
    }

    pub(super) fn what_the_flags_ask_for(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;

            let mut track = client.track(TrackFlags::CURRENT, 1).await.unwrap();
            expect_current(&mut track, 1).await;
            assert!(track.next().await.is_none(), "that was all");
            track.stop().await.unwrap();

            let mut track = client.track(TrackFlags::empty(), 2).await.unwrap();
            assert!(track.next().await.is_none(), "nothing was asked for");

            for flags in [TrackFlags::CHANGES, TrackFlags::CHANGES | TrackFlags::CURRENT] {
                let mut track = client.track(flags, 3).await.unwrap();
                expect_current(&mut track, 3).await;
                expect_change(&client, &mut track).await;
                expect_silence(&mut track).await;
                track.stop().await.unwrap();
            }

            let mut track = client.track(TrackFlags::CHANGES_ONLY, 4).await.unwrap();
            expect_silence(&mut track).await;
            expect_change(&client, &mut track).await;
            track.stop().await.unwrap();

            let both = TrackFlags::CHANGES_ONLY | TrackFlags::CURRENT;
            let mut track = client.track(both, 5).await.unwrap();
            expect_current(&mut track, 5).await;
            expect_change(&client, &mut track).await;
        });
    }

    /// Each has the current state first, if it asked for it, and all changes, with its own context.
    pub(super) fn several_tracks_share_a_client(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let mut first = client.track(TrackFlags::CHANGES, 1).await.unwrap();
            expect_current(&mut first, 1).await;
            let mut second = client.track(TrackFlags::CHANGES, 2).await.unwrap();
            expect_current(&mut second, 2).await;
            let mut third = client.track(TrackFlags::CHANGES_ONLY, 3).await.unwrap();
            let mut now = client.track(TrackFlags::CURRENT, 4).await.unwrap();
            expect_current(&mut now, 4).await;
            assert!(now.next().await.is_none(), "that was all");

            client.set_expected(1).await.unwrap();
            for track in [&mut first, &mut second, &mut third] {
                let Event::ExpectedVotes(expected) = next(track).await else { panic!("no votes") };
                assert_eq!(expected.context, track.context());
            }
            // Whichever of them goes, the others stay.
            first.stop().await.unwrap();
            drop(now);
            expect_change(&client, &mut second).await;
            let Event::ExpectedVotes(_) = next(&mut third).await else { panic!("no votes") };
            drop(second);
            expect_change(&client, &mut third).await;
            expect_silence(&mut third).await;
        });
    }

    pub(super) fn the_context_comes_back(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            for context in [0, 1, u64::from(u32::MAX) + 1, u64::MAX] {
                let mut track = client.track(TrackFlags::CHANGES, context).await.unwrap();
                assert_eq!(track.context(), context);
                expect_current(&mut track, context).await;
                expect_change(&client, &mut track).await;
                track.stop().await.unwrap();
            }
        });
    }

    pub(super) fn expected_votes_are_told(daemon: &Daemon) {
        daemon.run(async |options| {
            let (one, other) = (connect(options.clone()).await, connect(options).await);
            let mut track = one.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
            let mut other_track = other.track(TrackFlags::CHANGES_ONLY, 2).await.unwrap();
            one.set_votes(1, 3).await.unwrap();
            for track in [&mut track, &mut other_track] {
                let Event::ExpectedVotes(expected) = next(track).await else { panic!("no votes") };
                assert_eq!((expected.context, expected.expected_votes), (track.context(), 3));
            }
        });
    }

    /// Notifications of the track before must not be taken for those of the next, though the
    /// context is the same.
    pub(super) fn stopping_and_starting_again(daemon: &Daemon) {
        daemon.run(async |options| {
            let (client, actor) = (connect(options.clone()).await, connect(options).await);
            for _ in 0..50 {
                let mut track = client.track(TrackFlags::CHANGES, 7).await.unwrap();
                for _ in 0..3 {
                    actor.set_expected(1).await.unwrap();
                }
                let Event::Nodelist(_) = next(&mut track).await else { panic!("not the first") };
                let Event::Quorum(_) = next(&mut track).await else { panic!("not the second") };
                drop(track);
            }
        });
    }

    pub(super) fn dropping_a_track_stops_it(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            drop(client.track(TrackFlags::CHANGES, 1).await.unwrap());
            // This one starts behind the end of the other.
            let mut track = client.track(TrackFlags::CHANGES, 2).await.unwrap();
            expect_current(&mut track, 2).await;

            // Given up before the daemon has answered.
            drop(track);
            for _ in 0..20 {
                let _ = timeout(Duration::ZERO, client.track(TrackFlags::CHANGES, 3)).await;
            }
            let mut track = client.track(TrackFlags::CHANGES, 4).await.unwrap();
            expect_current(&mut track, 4).await;
        });
    }

    pub(super) fn nonblocking_dispatch(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let mut track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
            assert_eq!(track.take_one().unwrap(), None);
            assert_eq!(track.take_all().unwrap(), []);
            for _ in 0..5 {
                client.set_expected(1).await.unwrap();
            }
            // From here on nothing awaits, so the runtime does not run.
            let deadline = std::time::Instant::now() + LONG;
            let mut taken = Vec::new();
            while taken.is_empty() {
                assert!(std::time::Instant::now() < deadline);
                taken.extend(track.take_one().unwrap());
            }
            while taken.len() < 5 {
                assert!(std::time::Instant::now() < deadline);
                taken.extend(track.take_all().unwrap());
            }
            assert!(taken.iter().all(|event| matches!(event, Event::ExpectedVotes(_))));
            assert_eq!(track.take_one().unwrap(), None);

            client.close().await.unwrap();
            assert!(track.take_one().unwrap_err().is_closed());
            assert_eq!(track.take_one().unwrap(), None);
            assert!(track.next().await.is_none());
        });
    }

    /// Waits with poll(2), so that the runtime does not run.
    pub(super) fn a_foreign_event_loop(daemon: &Daemon) {
        fn is_readable(fd: &EventFd, within: Duration) -> bool {
            let mut fds = [PollFd::new(fd, PollFlags::IN)];
            let within = Timespec::try_from(within).unwrap();
            poll(&mut fds, Some(&within)).unwrap() == 1
        }

        daemon.run(async |options| {
            let (client, actor) = (connect(options.clone()).await, connect(options).await);
            let fd = client.event_fd().unwrap();
            let mut track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
            for round in 0..20 {
                actor.set_expected(1).await.unwrap();
                let mut taken = Vec::new();
                let expected = if round == 0 { 3 } else { 1 };
                while taken.len() < expected {
                    assert!(is_readable(&fd, LONG), "{taken:?}");
                    let one = track.take_one().unwrap();
                    if one.is_some() {
                        // What is left keeps it readable.
                        taken.extend(one);
                        taken.extend(track.take_one().unwrap());
                    }
                }
                assert_eq!(track.take_one().unwrap(), None);
                // It may be readable for nothing, but not for ever.
                let for_nothing = (0..100).take_while(|_| {
                    let readable = is_readable(&fd, Duration::ZERO);
                    assert_eq!(track.take_one().unwrap(), None);
                    readable
                });
                assert!(for_nothing.count() < 100, "nothing waits");
            }
            if let Daemon::Live(node) = daemon {
                // Nobody but this thread could notice.
                node.end(Signal::KILL);
                assert!(is_readable(&fd, LONG));
                assert!(track.take_one().unwrap_err().is_closed());
            }
        });
    }
}
