//! Fakes that replicate, each with a controller and a watcher.

mod common;

use common::{Daemon, next_ha};
use confd_ha::{CdbInitialized, Client, ErrorCode, Events, HaEvent, HaState, Node, Wait};
use quorate_fixtures::confd::{Cluster, FakeConfd};

/// A node of a cluster.
struct Member {
    daemon: Daemon,
    client: Client,
    events: Events,
    node: Node,
}

async fn member(cluster: &Cluster, number: u8) -> Member {
    let address = format!("10.0.0.{number}");
    let fake = FakeConfd::builder().cluster(cluster).ha_address(address.as_str());
    let daemon = Daemon::start(fake).await;
    let (client, events) = (daemon.client().await, daemon.events().await);
    let node = Node::new(format!("node{number}"), address.as_str());
    Member { daemon, client, events, node }
}

#[tokio::test]
async fn a_secondary_arrives_at_and_dies_from_its_primary() {
    let cluster = Cluster::new();
    let mut one = member(&cluster, 1).await;
    let mut two = member(&cluster, 2).await;
    let mut three = member(&cluster, 3).await;
    one.client.be_primary("node1").await.unwrap();
    assert_eq!(next_ha(&mut one.events).await, HaEvent::IsPrimary);
    for secondary in [&mut two, &mut three] {
        let id = secondary.node.id.clone();
        secondary.client.be_secondary(id, one.node.clone(), Wait::ForSync).await.unwrap();
        let initialized = HaEvent::SecondaryInitialized(CdbInitialized::ByCopy);
        assert_eq!(next_ha(&mut secondary.events).await, initialized);
        assert_eq!(secondary.client.status().await.unwrap().nodes, [one.node.clone()]);
        let arrived = HaEvent::SecondaryArrived(secondary.node.clone());
        assert_eq!(next_ha(&mut one.events).await, arrived);
    }
    let nodes = one.client.status().await.unwrap().nodes;
    assert_eq!(nodes, [two.node.clone(), three.node.clone()]);
    // One leaves, one dies.
    two.client.be_none().await.unwrap();
    assert_eq!(next_ha(&mut one.events).await, HaEvent::SecondaryDied(two.node.clone()));
    three.daemon.fake.stop().await;
    assert_eq!(next_ha(&mut one.events).await, HaEvent::SecondaryDied(three.node));
    assert_eq!(one.client.status().await.unwrap().nodes, []);
}

#[tokio::test]
async fn a_secondary_that_loses_its_primary_can_take_over() {
    let cluster = Cluster::new();
    let one = member(&cluster, 1).await;
    let mut two = member(&cluster, 2).await;
    one.client.be_primary("node1").await.unwrap();
    two.client.be_secondary("node2", one.node.clone(), Wait::ForSync).await.unwrap();
    next_ha(&mut two.events).await;
    one.daemon.fake.stop().await;
    let lost = HaEvent::NoPrimary { reason: ErrorCode::HaClosed };
    assert_eq!(next_ha(&mut two.events).await, lost);
    // The role stays until the controller decides.
    let status = two.client.status().await.unwrap();
    assert_eq!((status.state, status.nodes), (HaState::Secondary, Vec::new()));
    two.client.be_primary("node2").await.unwrap();
    assert_eq!(next_ha(&mut two.events).await, HaEvent::IsPrimary);
}

#[tokio::test]
async fn what_keeps_a_secondary_out() {
    let cluster = Cluster::new();
    let one = member(&cluster, 1).await;
    let two = member(&cluster, 2).await;
    let three = member(&cluster, 3).await;
    let refused = async |client: &Client, id: &str, primary: Node| {
        client.be_secondary(id, primary, Wait::ForSync).await.unwrap_err().status().unwrap()
    };
    let one_node = || one.node.clone();
    assert_eq!(refused(&two.client, "node2", one_node()).await, ErrorCode::HaConnect);
    one.client.be_primary("node1").await.unwrap();
    let absent = Node::new("node1", "10.0.0.9");
    assert_eq!(refused(&two.client, "node2", absent).await, ErrorCode::HaConnect);
    let renamed = Node { id: "other".into(), ..one_node() };
    assert_eq!(refused(&two.client, "node2", renamed).await, ErrorCode::HaBadName);
    let stranger = two.daemon.builder().token("another").connect().await.unwrap();
    assert_eq!(refused(&stranger, "node2", one_node()).await, ErrorCode::HaBadToken);
    three.client.be_secondary("node2", one_node(), Wait::ForSync).await.unwrap();
    let client = two.daemon.client().await;
    assert_eq!(refused(&client, "node2", one_node()).await, ErrorCode::HaClosed);
}
