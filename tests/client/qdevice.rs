//! A quorum device, as the daemon sees it.

use std::time::Duration;

use tokio::time::timeout;
use votequorum::{
    Client, CsError, Event, MasterWins, NodeId, NodeInfoFlags, NodeState, RingId, Track,
    TrackFlags, Vote,
};

use crate::support::{
    Cluster, Config, Daemon, Fake, Node, QbIpcType, available, connect, over_both_transports,
};

/// Milliseconds after which the daemon takes a device for dead that does not poll: longer than any
/// test takes.
const LIVES_ON: u32 = 300_000;

/// The same, for a device that is to die.
const DIES: u32 = 500;

/// Longer than anything takes on the slowest machine.
const LONG: Duration = Duration::from_secs(60);

async fn next(track: &mut Track) -> Event {
    let next = timeout(LONG, track.next()).await;
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
    over_both_transports(|qb_ipc_type| {
        from_register_to_unregister(&Daemon::Fake(Fake::with_qdevice(qb_ipc_type, LIVES_ON)));
    });
}

#[test]
fn from_register_to_unregister_live() {
    if !available() {
        return;
    }
    over_both_transports(|qb_ipc_type| {
        let config = Config::single(qb_ipc_type).qdevice(LIVES_ON, LIVES_ON);
        from_register_to_unregister(&Daemon::Live(Node::start(&config)));
    });
}

#[test]
fn a_device_that_does_not_poll_dies_fake() {
    over_both_transports(|qb_ipc_type| {
        a_device_that_does_not_poll_dies(&Daemon::Fake(Fake::with_qdevice(qb_ipc_type, DIES)));
    });
}

#[test]
fn a_device_that_does_not_poll_dies_live() {
    if !available() {
        return;
    }
    let config = Config::single(QbIpcType::Shm).qdevice(DIES, LIVES_ON);
    a_device_that_does_not_poll_dies(&Daemon::Live(Node::start(&config)));
}

fn a_device_that_does_not_poll_dies(daemon: &Daemon) {
    daemon.run(async |options| {
        let client = connect(options).await;
        let ring = current_ring(&client).await;
        client.qdevice_register("Q").await.unwrap();
        for _ in 0..2 {
            // The second time it has come back from the dead.
            client.qdevice_poll("Q", Vote::Yes, ring).await.unwrap();
            until(&client, |flags| !flags.contains(NodeInfoFlags::QDEVICE_ALIVE)).await;
            let dead = flags(&client).await;
            assert!(dead.contains(NodeInfoFlags::QDEVICE_REGISTERED));
            assert!(!dead.contains(NodeInfoFlags::QDEVICE_CAST_VOTE));
        }
    });
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
        it_counts_as_it_votes(&client, ring).await;
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

async fn it_counts_as_it_votes(client: &Client, ring: RingId) {
    client.qdevice_poll("Q", Vote::No, ring).await.unwrap();
    let alive = flags(client).await;
    assert!(alive.contains(NodeInfoFlags::QDEVICE_ALIVE));
    assert!(!alive.contains(NodeInfoFlags::QDEVICE_CAST_VOTE));
    client.qdevice_poll("Q", Vote::Yes, ring).await.unwrap();
    assert!(flags(client).await.contains(NodeInfoFlags::QDEVICE_CAST_VOTE));
    assert_eq!(client.get_info(1).await.unwrap().total_votes, 2);
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
    timeout(LONG, wait).await.expect("in time");
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
    timeout(LONG, wait).await.expect("in time");
}

/// After a membership change the daemon waits for the device's vote in the new ring.
#[test]
fn quorum_waits_for_the_device() {
    if !available() {
        return;
    }
    let cluster = Cluster::start(3, QbIpcType::Shm, |config| config.qdevice(LIVES_ON, LIVES_ON));
    cluster.node(1).run(async |options| {
        let client = connect(options.clone()).await;
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
        // The daemon answers while it waits; what it has to tell comes before its answers.
        let error = client.qdevice_poll("Q", Vote::Yes, old).await.unwrap_err();
        assert_eq!(error.status(), Some(CsError::MessageError));
        for _ in 0..100 {
            client.local_info().await.unwrap();
            let early = track.take_all().unwrap();
            assert!(!early.iter().any(|event| matches!(event, Event::Quorum(_))), "{early:?}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(current_ring(&connect(options).await).await, new);
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
