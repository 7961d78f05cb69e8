//! A quorum device, as the daemon sees it.

use std::time::Duration;

use tokio::time::timeout;
use votequorum::{
    Client, CsError, Event, MasterWins, NodeId, NodeInfoFlags, NodeState, RingId, Track,
    TrackFlags, Vote,
};

use crate::support::{Cluster, Config, Daemon, Fake, Node, QbIpcType, available, connect};

/// Milliseconds after which the daemon no longer believes in a device that does not poll.
const DEVICE_TIMEOUT: u32 = 1500;

async fn next(track: &mut Track) -> Event {
    let next = timeout(Duration::from_secs(60), track.next()).await;
    next.expect("an event in time").expect("an event").expect("no error")
}

async fn current_ring(client: &Client) -> RingId {
    let mut track = client.track(TrackFlags::CURRENT, 0).await.unwrap();
    let Event::Nodelist(nodelist) = next(&mut track).await else { panic!("no nodelist") };
    nodelist.ring_id
}

async fn flags(client: &Client) -> NodeInfoFlags {
    client.local_info().await.unwrap().flags
}

#[test]
fn from_register_to_unregister_fake() {
    for qb_ipc_type in [QbIpcType::Shm, QbIpcType::Socket] {
        let fake = Fake::with_qdevice(qb_ipc_type, DEVICE_TIMEOUT);
        from_register_to_unregister(&Daemon::Fake(fake));
    }
}

#[test]
fn from_register_to_unregister_live() {
    if !available() {
        return;
    }
    for qb_ipc_type in [QbIpcType::Shm, QbIpcType::Socket] {
        let config = Config::single(qb_ipc_type).qdevice(DEVICE_TIMEOUT, 5000);
        from_register_to_unregister(&Daemon::Live(Node::start(&config)));
    }
}

fn from_register_to_unregister(daemon: &Daemon) {
    daemon.run(async |options| {
        let client = connect(options.clone()).await;
        let ring = current_ring(&client).await;
        refusals_without_a_device(&client, ring).await;

        client.qdevice_register("Q").await.unwrap();
        client.qdevice_register("Q").await.unwrap();
        let error = client.qdevice_register("Other").await.unwrap_err();
        assert_eq!(error.status(), Some(CsError::Exist));
        assert!(flags(&client).await.contains(NodeInfoFlags::QDEVICE_REGISTERED));
        let info = client.get_info(1).await.unwrap();
        assert_eq!(info.qdevice_name.unwrap().to_string(), "Q");
        assert_eq!(info.qdevice_votes, 1);

        refusals_with_a_device(&client, ring).await;
        it_counts_while_it_polls(&client, ring).await;
        it_is_listed(&client).await;

        client.qdevice_master_wins("Q", MasterWins::Allow).await.unwrap();
        until(&client, |flags| flags.contains(NodeInfoFlags::QDEVICE_MASTER_WINS)).await;
        client.qdevice_master_wins("Q", MasterWins::Deny).await.unwrap();
        until(&client, |flags| !flags.contains(NodeInfoFlags::QDEVICE_MASTER_WINS)).await;

        client.qdevice_update("Q", "Renamed").await.unwrap();
        renamed(&client, "Renamed").await;
        let error = client.qdevice_poll("Q", Vote::Yes, ring).await.unwrap_err();
        assert_eq!(error.status(), Some(CsError::InvalidParam));

        // A device is the daemon's, not the connection's.
        client.close().await.unwrap();
        let client = connect(options).await;
        client.qdevice_poll("Renamed", Vote::Yes, ring).await.unwrap();
        client.qdevice_unregister("Renamed").await.unwrap();
        assert!(!flags(&client).await.contains(NodeInfoFlags::QDEVICE_REGISTERED));
        let error = client.qdevice_unregister("Renamed").await.unwrap_err();
        assert_eq!(error.status(), Some(CsError::NotExist));
    });
}

async fn refusals_without_a_device(client: &Client, ring: RingId) {
    for refused in [
        client.qdevice_poll("Q", Vote::Yes, ring).await,
        client.qdevice_unregister("Q").await,
        client.qdevice_update("Q", "R").await,
        client.qdevice_master_wins("Q", MasterWins::Allow).await,
    ] {
        assert_eq!(refused.unwrap_err().status(), Some(CsError::NotExist));
    }
}

async fn refusals_with_a_device(client: &Client, ring: RingId) {
    for refused in [
        client.qdevice_poll("Nope", Vote::Yes, ring).await,
        client.qdevice_unregister("Nope").await,
        client.qdevice_update("Nope", "R").await,
        client.qdevice_master_wins("Nope", MasterWins::Allow).await,
    ] {
        assert_eq!(refused.unwrap_err().status(), Some(CsError::InvalidParam));
    }
    for wrong in [RingId::new(ring.node, ring.seq + 1), RingId::new(NodeId::new(9), ring.seq)] {
        let error = client.qdevice_poll("Q", Vote::Yes, wrong).await.unwrap_err();
        assert_eq!(error.status(), Some(CsError::MessageError));
        assert!(error.to_string().contains("ring id"), "{error}");
    }
}

async fn it_counts_while_it_polls(client: &Client, ring: RingId) {
    client.qdevice_poll("Q", Vote::No, ring).await.unwrap();
    let alive = flags(client).await;
    assert!(alive.contains(NodeInfoFlags::QDEVICE_ALIVE));
    assert!(!alive.contains(NodeInfoFlags::QDEVICE_CAST_VOTE));
    client.qdevice_poll("Q", Vote::Yes, ring).await.unwrap();
    assert!(flags(client).await.contains(NodeInfoFlags::QDEVICE_CAST_VOTE));
    assert_eq!(client.get_info(1).await.unwrap().total_votes, 2);
    // It does not poll again in time.
    until(client, |flags| !flags.contains(NodeInfoFlags::QDEVICE_ALIVE)).await;
    let gone = flags(client).await;
    assert!(gone.contains(NodeInfoFlags::QDEVICE_REGISTERED));
    assert!(!gone.contains(NodeInfoFlags::QDEVICE_CAST_VOTE));
    // And then it does.
    client.qdevice_poll("Q", Vote::Yes, ring).await.unwrap();
    assert!(flags(client).await.contains(NodeInfoFlags::QDEVICE_ALIVE));
}

/// The quorum notification lists the device as node 0.
async fn it_is_listed(client: &Client) {
    let mut track = client.track(TrackFlags::CURRENT, 0).await.unwrap();
    let _nodelist = next(&mut track).await;
    let Event::Quorum(quorum) = next(&mut track).await else { panic!("no quorum") };
    assert_eq!(quorum.device(), Some(NodeState::Unknown(0)));
    assert!(quorum.nodes().all(|node| node.id != NodeId::QDEVICE));
    assert_eq!(quorum.node_list.last().map(|device| device.id), Some(NodeId::QDEVICE));
}

/// Waits for a change that goes round the cluster.
async fn until(client: &Client, holds: impl Fn(NodeInfoFlags) -> bool) {
    let wait = async {
        while !holds(flags(client).await) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(Duration::from_secs(10), wait).await.expect("in time");
}

async fn renamed(client: &Client, name: &str) {
    let wait = async {
        loop {
            let info = client.get_info(1).await.unwrap();
            if info.qdevice_name.is_some_and(|found| found == *name) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(Duration::from_secs(10), wait).await.expect("in time");
}

/// After a membership change the daemon waits for the device's vote in the new ring.
#[test]
fn quorum_waits_for_the_device() {
    if !available() {
        return;
    }
    let cluster = Cluster::start(3, QbIpcType::Shm, |config| config.qdevice(10_000, 30_000));
    cluster.node(1).wait_for_members(3);
    cluster.node(1).run(async |options| {
        let client = connect(options).await;
        let old = current_ring(&client).await;
        client.qdevice_register("Q").await.unwrap();
        client.qdevice_poll("Q", Vote::Yes, old).await.unwrap();
        let mut track = client.track(TrackFlags::CHANGES_ONLY, 0).await.unwrap();
        cluster.cut(3);
        let new = loop {
            match next(&mut track).await {
                Event::Nodelist(nodelist) if nodelist.nodes.len() == 2 => break nodelist.ring_id,
                other => println!("{other:?}"),
            }
        };
        // The daemon answers while it waits.
        client.local_info().await.unwrap();
        let error = client.qdevice_poll("Q", Vote::Yes, old).await.unwrap_err();
        assert_eq!(error.status(), Some(CsError::MessageError));
        let early = timeout(Duration::from_secs(1), track.next()).await;
        assert!(!matches!(early, Ok(Some(Ok(Event::Quorum(_))))), "{early:?}");
        client.qdevice_poll("Q", Vote::Yes, new).await.unwrap();
        let quorum = loop {
            match next(&mut track).await {
                Event::Quorum(quorum) => break quorum,
                other => println!("{other:?}"),
            }
        };
        assert!(quorum.quorate);
    });
}
