//! Extra information of quorum devices, which no released corosync has: on a fake of what is to come,
//! and on a live corosync if it is a build of the development branch.

use quorate_fixtures::corosync::engine::{Config, Device, Version};
use quorate_fixtures::live;
use votequorum::{Corosync3, CsError, ErrorKind, Event, NodeId, NodeInfoFlags, TrackFlags};

use crate::support::{Daemon, Fake, Node, QbIpcType, available, connect};

fn on_both_transports(case: impl Fn(&Daemon)) {
    for qb_ipc_type in [QbIpcType::Shm, QbIpcType::Socket] {
        let config = Config::new([1]).version(Version::Head).device(Device::new().votes(1));
        case(&Daemon::Fake(Fake::with(qb_ipc_type, config)));
        if available() && live::Version::installed().has_extra_info() {
            let config = live::Config::single(qb_ipc_type).qdevice(300_000, 300_000);
            case(&Daemon::Live(Node::start(&config)));
        }
    }
}

#[test]
fn set_get_and_notification() {
    on_both_transports(|daemon| {
        daemon.run(async |options| {
            let client = connect(options).await;
            let refused = client.extra_info(Corosync3).set(&b"early"[..]).await.unwrap_err();
            assert_eq!(refused.status(), Some(CsError::NotExist), "no device is registered");
            client.qdevice_register("Q").await.unwrap();
            let mut track = client.track(TrackFlags::CHANGES_ONLY, 7).await.unwrap();

            for info in [&b"some \0 bytes"[..], &[0xff; 4096], b""] {
                client.extra_info(Corosync3).set(info).await.unwrap();
                let event = loop {
                    match track.next().await.unwrap().unwrap() {
                        Event::QdeviceExtraInfo(event) => break event,
                        other => println!("{other:?}"),
                    }
                };
                assert_eq!((event.context, event.node), (7, NodeId::new(1)));
                assert_eq!(event.info, info);
                assert_eq!(client.extra_info(Corosync3).get(1).await.unwrap(), info);
                let flags = client.get_info(1).await.unwrap().flags;
                let has_info = flags.contains(NodeInfoFlags::QDEVICE_HAS_EXTRA_INFO);
                assert_eq!(has_info, !info.is_empty());
            }
            let unknown = client.extra_info(Corosync3).get(99).await.unwrap_err();
            assert_eq!(unknown.status(), Some(CsError::NotExist));
            let too_long = client.extra_info(Corosync3).set(vec![0; 4097]).await.unwrap_err();
            assert_eq!(too_long.kind(), ErrorKind::InvalidInput);
        });
    });
}

/// Many long replies at a time leave room for each other.
#[test]
fn long_replies_are_not_lost() {
    on_both_transports(|daemon| {
        daemon.run(async |options| {
            let client = connect(options).await;
            client.qdevice_register("Q").await.unwrap();
            client.extra_info(Corosync3).set(vec![7; 4096]).await.unwrap();
            let mut calls = tokio::task::JoinSet::new();
            for _ in 0..200 {
                let client = client.clone();
                calls.spawn(async move { client.extra_info(Corosync3).get(1).await });
            }
            while let Some(call) = calls.join_next().await {
                assert_eq!(call.unwrap().unwrap(), [7; 4096][..]);
            }
        });
    });
}
