//! Nodes that leave, are cut off and come back, as seen by two of three.

use std::time::Duration;

use rustix::process::Signal;
use tokio::time::timeout;
use votequorum::{
    Client, Event, NodeId, NodeState, NodelistNotification, QuorumNotification, Track, TrackFlags,
};

use crate::support::{Cluster, available, connect, over_both_transports};

/// What a membership change looks like: a nodelist, then any number of expected votes, then the
/// quorum.
async fn membership_change(track: &mut Track) -> (NodelistNotification, QuorumNotification) {
    let mut nodelist = None;
    loop {
        let next = timeout(Duration::from_secs(60), track.next()).await;
        match next.expect("an event in time").expect("an event").expect("no error") {
            // A merge may go through rings in between, whose changes are not completed.
            Event::Nodelist(newer) => nodelist = Some(newer),
            Event::ExpectedVotes(_) => {
                assert!(nodelist.is_some(), "expected votes before the nodelist");
            }
            Event::Quorum(quorum) => {
                return (nodelist.expect("the nodelist comes first"), quorum);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Changes until the ring has so many members.
async fn until_members(
    track: &mut Track,
    count: usize,
) -> (NodelistNotification, QuorumNotification) {
    loop {
        let (nodelist, quorum) = membership_change(track).await;
        if nodelist.nodes.len() == count {
            return (nodelist, quorum);
        }
    }
}

fn ids(nodelist: &NodelistNotification) -> Vec<u32> {
    nodelist.nodes.iter().map(|node| node.get()).collect()
}

fn states(quorum: &QuorumNotification) -> Vec<(u32, NodeState)> {
    let mut states: Vec<_> = quorum.nodes().map(|node| (node.id.get(), node.state)).collect();
    states.sort_by_key(|(id, _)| *id);
    states
}

async fn track(client: &Client) -> Track {
    let mut track = client.track(TrackFlags::CHANGES, 0xa1).await.unwrap();
    let (nodelist, quorum) = membership_change(&mut track).await;
    assert_eq!(ids(&nodelist), [1, 2, 3]);
    assert!(quorum.quorate);
    assert_eq!((nodelist.context, quorum.context), (0xa1, 0xa1));
    track
}

#[test]
fn leave_cut_and_heal() {
    const MEMBER: NodeState = NodeState::Member;
    const DEAD: NodeState = NodeState::Dead;
    if !available() {
        return;
    }
    over_both_transports(|qb_ipc_type| {
        let cluster = Cluster::start(3, qb_ipc_type, |config| config);
        cluster.node(1).run(async |options| {
            let client = connect(options).await;
            let mut track = track(&client).await;
            let info = client.local_info().await.unwrap();
            assert_eq!((info.expected_votes, info.total_votes, info.quorum), (3, 3, 2));

            println!("node 3 leaves");
            cluster.node(3).end(Signal::TERM);
            let (nodelist, quorum) = until_members(&mut track, 2).await;
            assert_eq!(ids(&nodelist), [1, 2]);
            assert!(quorum.quorate);
            assert_eq!(states(&quorum), [(1, MEMBER), (2, MEMBER), (3, DEAD)]);
            assert_eq!(client.get_info(3).await.unwrap().state, DEAD);

            println!("node 2 is cut off");
            cluster.cut(2);
            let (alone, quorum) = until_members(&mut track, 1).await;
            assert_eq!(ids(&alone), [1]);
            assert!(!quorum.quorate);
            assert_eq!(states(&quorum), [(1, MEMBER), (2, DEAD), (3, DEAD)]);
            assert!(alone.ring_id.seq > nodelist.ring_id.seq);

            println!("node 2 is back");
            cluster.heal(2);
            let (nodelist, quorum) = until_members(&mut track, 2).await;
            assert_eq!(ids(&nodelist), [1, 2]);
            assert!(quorum.quorate);

            println!("node 3 is back");
            cluster.node(3).restart();
            let (nodelist, quorum) = until_members(&mut track, 3).await;
            assert_eq!(ids(&nodelist), [1, 2, 3]);
            assert!(quorum.quorate);
            assert_eq!(states(&quorum), [(1, MEMBER), (2, MEMBER), (3, MEMBER)]);
            assert_eq!(nodelist.ring_id.node, NodeId::new(1));
            nodelist.ring_id
        });
        assert_eq!(cluster.node(1).quorumtool().number("Nodes"), 3);
    });
}
