//! A daemon that stops, dies, and comes back.

use crate::support::on_live_daemons;

on_live_daemons!(
    a_stopped_daemon_is_a_timeout_and_goes_on,
    a_killed_daemon_ends_everything_at_once,
    a_terminated_daemon_ends_everything,
    a_restarted_daemon_is_found_again,
    nobody_listens,
);

mod cases {
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    use rustix::process::Signal;
    use tokio::task::JoinSet;
    use tokio::time::timeout;
    use votequorum::{CsError, ErrorKind, Event, NodeId, SocketNamespace, TrackFlags};

    use crate::support::{Node, connect, shm_dirs, wait_until, wait_until_clean};

    /// Longer than anything takes here on the slowest machine.
    const LONG: Duration = Duration::from_secs(60);

    pub(super) fn a_stopped_daemon_is_a_timeout_and_goes_on(node: &Node) {
        node.run(async |options| {
            let client = connect(options).await;
            let mut track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
            node.signal(Signal::STOP);
            let deadline = Duration::from_millis(200);
            let hasty = client.with_timeout(deadline);
            let start = Instant::now();
            let mut calls = JoinSet::new();
            for _ in 0..100 {
                let hasty = hasty.clone();
                calls.spawn(async move { hasty.get_info(99).await });
            }
            while let Some(call) = calls.join_next().await {
                let error = call.unwrap().unwrap_err();
                assert!(error.is_timeout(), "{error}");
                assert_eq!(error.as_cs_error(), CsError::Timeout);
            }
            assert!(start.elapsed() >= deadline, "none is given up early");
            assert!(hasty.ping().await.unwrap_err().is_timeout());

            node.signal(Signal::CONT);
            // The late replies are discarded.
            for _ in 0..100 {
                assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
            }
            client.set_expected(1).await.unwrap();
            assert!(matches!(track.next().await, Some(Ok(Event::ExpectedVotes(_)))));
        });
    }

    pub(super) fn a_killed_daemon_ends_everything_at_once(node: &Node) {
        let pid = node.pid();
        node.run(async |options| {
            let client = connect(options).await;
            let mut track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
            let dirs = node.shm_dirs();
            assert_eq!(dirs.len(), 1);
            // So that there are calls that wait when it dies.
            node.signal(Signal::STOP);
            let mut calls = JoinSet::new();
            for _ in 0..100 {
                let client = client.clone();
                calls.spawn(async move { client.get_info(1).await });
            }
            tokio::task::yield_now().await;
            node.end(Signal::KILL);
            // None of them waits for its deadline, which would be another error.
            while let Some(call) = calls.join_next().await {
                let error = call.unwrap().unwrap_err();
                // At once: a program may end with the first error it gets.
                assert_eq!(shm_dirs(pid), Vec::<PathBuf>::new());
                assert!(error.is_closed() && !error.is_retryable(), "{error}");
                assert_eq!(error.as_cs_error(), CsError::Library);
            }
            assert!(track.next().await.unwrap().unwrap_err().is_closed());
            assert!(track.next().await.is_none());
            assert!(client.get_info(1).await.unwrap_err().is_closed());
            let removed = async {
                while !shm_dirs(pid).is_empty() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(LONG, removed).await.expect("what it left is removed");
        });
    }

    pub(super) fn a_terminated_daemon_ends_everything(node: &Node) {
        let pid = node.pid();
        node.run(async |options| {
            let client = connect(options).await;
            let mut track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
            node.signal(Signal::TERM);
            let ended = timeout(LONG, client.closed()).await;
            assert!(ended.expect("the daemon exits").is_closed());
            loop {
                match track.next().await.expect("an error comes before the end") {
                    Ok(event) => println!("{event:?}"),
                    Err(error) => break assert!(error.is_closed()),
                }
            }
        });
        node.end(Signal::TERM);
        wait_until("the daemon has removed its files", || shm_dirs(pid).is_empty());
    }

    pub(super) fn a_restarted_daemon_is_found_again(node: &Node) {
        node.run(async |options| {
            for _ in 0..3 {
                let client = connect(options.clone()).await;
                client.get_info(1).await.unwrap();
                node.end(Signal::KILL);
                node.spawn();
                assert!(client.closed().await.is_closed());
                // While it starts it refuses clients, which is not theirs to see.
                let deadline = Instant::now() + LONG;
                let client = loop {
                    match options.connect().await {
                        Ok(client) => break client,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
                    }
                    assert!(Instant::now() < deadline);
                    tokio::task::yield_now().await;
                };
                assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
            }
        });
        wait_until_clean(node);
    }

    pub(super) fn nobody_listens(node: &Node) {
        node.run(async |options| {
            let error = options.clone().service("nosuchservice").connect().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert!(error.to_string().contains("corosync is not running"), "{error}");
            let elsewhere = SocketNamespace::Directory("/nonexistent".into());
            let error = options.clone().namespace(elsewhere).connect().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            let error = options.clone().service("a/b").connect().await.unwrap_err();
            assert_eq!(error.as_cs_error(), CsError::InvalidParam);

            let error = options.clone().server_uids([12345]).connect().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Untrusted);
            assert!(error.to_string().contains("server_uids"), "{error}");

            let error = options.clone().shm_root(Path::new("/tmp")).connect().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SharedMemory);
            assert!(error.to_string().contains("shm_root"), "{error}");
        });
        wait_until_clean(node);
    }
}
