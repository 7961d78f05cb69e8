//! Every call, and every documented refusal, on a single node.

use crate::support::on_every_daemon;

on_every_daemon!(
    get_info_agrees_with_quorumtool,
    get_info_of_unknown_nodes,
    set_expected_and_its_refusals,
    set_votes_and_its_refusals,
    names_are_checked_before_anything_is_sent,
    extra_info_is_not_supported_here,
    requests_the_daemon_does_not_know,
    user_context_is_shared_by_clones,
    closing_ends_all_clones,
    dropping_the_last_handle_closes,
    runs_on_both_runtimes,
    a_large_and_a_small_ring,
);

mod cases {
    use std::os::fd::AsFd;
    use std::time::Duration;

    use bytes::BytesMut;
    use quorate_codec::qb::header;
    use votequorum::{
        Builder, Corosync3, CsError, ErrorKind, NodeId, NodeInfoFlags, NodeState, RingId,
        TrackFlags, Transport, Vote,
    };

    use crate::support::{Daemon, QbIpcType, connect};

    pub(super) fn get_info_agrees_with_quorumtool(daemon: &Daemon) {
        let quorumtool = daemon.quorumtool();
        let transport = match daemon.qb_ipc_type() {
            QbIpcType::Shm => Transport::Shm,
            QbIpcType::Socket => Transport::Socket,
        };
        daemon.run(async |options| {
            let client = connect(options).await;
            assert_eq!(client.transport(), Some(transport));
            let info = client.get_info(1).await.unwrap();
            assert_eq!(info.node_id, NodeId::new(1));
            assert_eq!(info.state, NodeState::Member);
            assert_eq!(info.votes, 1);
            assert_eq!((info.expected_votes, info.highest_expected), (1, 1));
            assert_eq!((info.total_votes, info.quorum), (1, 1));
            if let Some(quorumtool) = quorumtool {
                assert_eq!(info.expected_votes, quorumtool.number("Expected votes"));
                assert_eq!(info.highest_expected, quorumtool.number("Highest expected"));
                assert_eq!(info.total_votes, quorumtool.number("Total votes"));
                assert_eq!(info.quorum, quorumtool.number("Quorum"));
                assert_eq!(quorumtool.text("Flags"), "Quorate");
            }
            assert_eq!(info.flags, NodeInfoFlags::QUORATE);
            assert_eq!((info.qdevice_votes, &info.qdevice_name), (0, &None));
            assert_eq!(client.local_info().await.unwrap(), info);
            assert!(client.ping().await.unwrap() < Duration::from_secs(5));
        });
    }

    pub(super) fn get_info_of_unknown_nodes(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            for unknown in [2, 99, u32::MAX] {
                let error = client.get_info(unknown).await.unwrap_err();
                assert_eq!(error.status(), Some(CsError::NotExist));
                assert_eq!(error.kind(), ErrorKind::Refused);
                assert!(error.to_string().contains("never seen this node"), "{error}");
            }
            let error = client.get_info(NodeId::QDEVICE).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("local_info"), "{error}");
        });
    }

    pub(super) fn set_expected_and_its_refusals(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            client.set_expected(1).await.unwrap();
            if daemon.version().refuses_to_expect_nothing() {
                let error = client.set_expected(0).await.unwrap_err();
                assert_eq!(error.status(), Some(CsError::InvalidParam));
            } else {
                client.set_expected(0).await.unwrap();
            }
            for refused in [2, 5, 1000] {
                let error = client.set_expected(refused).await.unwrap_err();
                assert_eq!(error.status(), Some(CsError::InvalidParam), "{refused}");
            }
            // The daemon would accept it, and expect no votes at all.
            let error = client.set_expected(u32::MAX).await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidInput, None));
            assert_eq!(client.get_info(1).await.unwrap().expected_votes, 1);
        });
    }

    pub(super) fn set_votes_and_its_refusals(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let error = client.set_votes(99, 1).await.unwrap_err();
            assert_eq!(error.status(), Some(CsError::NameNotFound));
            let error = client.set_votes(1, 0).await.unwrap_err();
            assert_eq!(error.status(), Some(CsError::InvalidParam));
            let error = client.set_votes(NodeId::QDEVICE, 1).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains("set_qdevice_votes"), "{error}");

            let mut track = client.track(TrackFlags::CHANGES_ONLY, 0).await.unwrap();
            client.set_votes(1, 2).await.unwrap();
            track.next().await.unwrap().unwrap();
            let info = client.get_info(1).await.unwrap();
            assert_eq!((info.votes, info.expected_votes, info.total_votes), (2, 2, 2));
            // Expected votes have grown with it, and do not shrink again.
            let error = client.set_votes(1, 1).await.unwrap_err();
            assert_eq!(error.status(), Some(CsError::InvalidParam));

            // Any daemon takes votes for a device, whether or not there is one.
            client.set_qdevice_votes(1).await.unwrap();
            let expected = track.next().await.unwrap().unwrap();
            println!("{expected:?}");
            assert_eq!(client.get_info(1).await.unwrap().qdevice_votes, 1);
        });
        if let Some(quorumtool) = daemon.quorumtool() {
            assert_eq!(quorumtool.number("Expected votes"), 3);
        }
    }

    pub(super) fn names_are_checked_before_anything_is_sent(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let too_long = "x".repeat(255);
            for name in ["", "with\0nul", &too_long] {
                let ring = RingId::default();
                for refused in [
                    client.qdevice_register(name).await,
                    client.qdevice_unregister(name).await,
                    client.qdevice_update(name, "new").await,
                    client.qdevice_update("old", name).await,
                    client.qdevice_poll(name, Vote::Yes, ring).await,
                ] {
                    let error = refused.unwrap_err();
                    assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidInput, None));
                    assert_eq!(error.as_cs_error(), CsError::InvalidParam);
                }
            }
            // The longest that fits is sent, and refused by the daemon.
            let error = client.qdevice_unregister(&"x".repeat(254)).await.unwrap_err();
            assert_eq!(error.status(), Some(CsError::NotExist));
        });
    }

    pub(super) fn extra_info_is_not_supported_here(daemon: &Daemon) {
        if daemon.version().has_extra_info() {
            // What it does then is shown in extra_info.rs.
            return;
        }
        daemon.run(async |options| {
            let client = connect(options).await;
            let extra_info = client.extra_info(Corosync3);
            for error in [
                extra_info.set(&b"info"[..]).await.unwrap_err(),
                extra_info.set(&b""[..]).await.unwrap_err(),
                extra_info.get(1).await.unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::NotSupported);
                assert_eq!(error.as_cs_error(), CsError::NotSupported);
                assert!(error.to_string().contains("3.1.10"), "{error}");
            }
            let error = extra_info.set(vec![0; 4097]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            client.get_info(1).await.unwrap();
        });
    }

    /// Below the client, on the connection itself.
    pub(super) fn requests_the_daemon_does_not_know(daemon: &Daemon) {
        let connect = daemon.raw_options();
        daemon.run(async |_| {
            let mut connection = connect.connect().await.unwrap();
            assert!(connection.as_fd().try_clone_to_owned().is_ok());
            for id in [42, -7, 12] {
                let mut request = [0u8; header::REQUEST_LEN];
                request[0..4].copy_from_slice(&i32::to_ne_bytes(id));
                request[8..12].copy_from_slice(&16i32.to_ne_bytes());
                let mut transmit = connection.transmit();
                transmit.push(&request, &[]).unwrap();
                transmit.finish().unwrap();
                let mut response = BytesMut::new();
                while !connection.pop_response(&mut response).unwrap() {
                    std::future::poll_fn(|cx| connection.poll_rung(cx)).await.unwrap();
                }
                assert_eq!(response.len(), header::RESPONSE_LEN);
                assert_eq!(response[0..4], 0i32.to_ne_bytes());
                assert_eq!(response[16..20], CsError::InvalidParam.code().to_ne_bytes());
            }
        });
    }

    pub(super) fn user_context_is_shared_by_clones(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            assert_eq!(client.context(), 0);
            client.clone().set_context(0x1122_3344_5566_7788);
            let other = client.with_timeout(Duration::from_secs(1));
            assert_eq!(other.context(), 0x1122_3344_5566_7788);
        });
    }

    pub(super) fn closing_ends_all_clones(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let clone = client.clone();
            let under_way = tokio::spawn({
                let client = client.clone();
                async move { client.get_info(1).await }
            });
            tokio::task::yield_now().await;
            let mut track = client.track(TrackFlags::CHANGES_ONLY, 0).await.unwrap();
            client.close().await.unwrap();
            assert!(under_way.await.unwrap().is_ok(), "what is under way is answered");
            let error = clone.get_info(1).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Closed);
            assert_eq!(error.as_cs_error(), CsError::BadHandle);
            assert!(clone.is_closed());
            assert!(clone.closed().await.is_closed());
            assert!(track.next().await.unwrap().unwrap_err().is_closed());
            assert!(track.next().await.is_none());
        });
        daemon.wait_until_clean();
    }

    pub(super) fn dropping_the_last_handle_closes(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let track = client.track(TrackFlags::CHANGES_ONLY, 0).await.unwrap();
            drop(client);
            assert_eq!(daemon.shm_dirs().len(), 1, "the track keeps the connection open");
            drop(track);
            // The driver's turn.
            tokio::task::yield_now().await;
        });
        daemon.wait_until_clean();
    }

    pub(super) fn runs_on_both_runtimes(daemon: &Daemon) {
        async fn use_it(options: Builder) {
            let client = connect(options).await;
            for _ in 0..100 {
                assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
            }
            let mut track = client.track(TrackFlags::CURRENT, 0).await.unwrap();
            assert!(track.next().await.is_some());
            client.close().await.unwrap();
        }
        daemon.run(use_it);
        daemon.run_multi_thread(use_it);
        daemon.run_multi_thread(async |options: Builder| {
            tokio::spawn(use_it(options)).await.unwrap();
        });
        daemon.wait_until_clean();
    }

    pub(super) fn a_large_and_a_small_ring(daemon: &Daemon) {
        daemon.run(async |options| {
            for bytes in [0, 12328, 65536, 1 << 20, 8 << 20] {
                let client = connect(options.clone().max_msg_size(bytes)).await;
                for _ in 0..300 {
                    client.get_info(1).await.unwrap();
                }
            }
        });
    }
}
