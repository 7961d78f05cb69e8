//! Every order, over every transport and on both runtimes.

mod common;

use std::net::{Ipv4Addr, Ipv6Addr};

use common::{Daemon, node0, on_both_runtimes, on_every_transport};
use confd_ha::{Address, HaState, Node, NodeId, Status, Wait};
use quorate_codec::confd_ha::Order;
use quorate_fixtures::confd::{Delivery, FakeConfd};

async fn every_order(daemon: &Daemon) {
    let client = daemon.client().await;
    let status = |state, nodes: &[Node]| Status::new(state, nodes.to_vec());
    assert_eq!(client.status().await.unwrap(), status(HaState::None, &[]));
    client.be_primary("node1").await.unwrap();
    let node2 = Node::new("node2", "2001:db8::2");
    let node3 = Node::new("node3", "ext:addr");
    daemon.arrive(node2.clone());
    daemon.arrive(node3.clone());
    let both = [node2, node3.clone()];
    assert_eq!(client.status().await.unwrap(), status(HaState::Primary, &both));
    client.secondary_dead("node2").await.unwrap();
    assert_eq!(client.status().await.unwrap(), status(HaState::Primary, &[node3]));
    client.be_secondary("node1", node0(), Wait::ForSync).await.unwrap();
    assert_eq!(client.status().await.unwrap(), status(HaState::Secondary, &[node0()]));
    client.be_relay().await.unwrap();
    assert_eq!(client.status().await.unwrap(), status(HaState::SecondaryRelay, &[node0()]));
    client.be_none().await.unwrap();
    assert_eq!(client.status().await.unwrap(), status(HaState::None, &[]));
    assert_eq!(daemon.orders().len(), 11);
}

#[test]
fn over_every_transport() {
    on_both_runtimes(|| async {
        for daemon in on_every_transport(|| FakeConfd::builder().peer(node0())).await {
            every_order(&daemon).await;
        }
    });
}

#[test]
fn one_byte_at_a_time() {
    on_both_runtimes(|| async {
        let describe = || FakeConfd::builder().peer(node0()).delivery(Delivery::ByteByByte);
        for daemon in on_every_transport(describe).await {
            every_order(&daemon).await;
        }
    });
}

#[tokio::test]
async fn without_waiting_the_next_order_is_answered() {
    let daemon = Daemon::start(FakeConfd::builder().peer(node0())).await;
    let client = daemon.client().await;
    client.be_secondary("node1", node0(), Wait::No).await.unwrap();
    let status = client.status().await.unwrap();
    assert!([HaState::None, HaState::Secondary].contains(&status.state), "{status:?}");
    daemon.wait_for_status(|status| status.state == HaState::Secondary).await;
    assert_eq!(client.status().await.unwrap().nodes, [node0()]);
}

#[tokio::test]
async fn any_number_of_nodes() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.client().await;
    for count in [255, 256, 5000] {
        let node = |i: u32| match i % 3 {
            0 => Node::new(format!("node{i}"), Ipv4Addr::from(i)),
            1 => Node::new(NodeId::Uint32(i), Ipv6Addr::from(u128::from(i))),
            _ => Node::new("n".repeat(200), Address::from("ext:addr")),
        };
        let status = Status::new(HaState::Primary, (0..count).map(node).collect());
        daemon.report(Some(status.clone()));
        assert_eq!(client.status().await.unwrap(), status);
    }
}

#[tokio::test]
async fn orders_given_at_once_are_answered_each() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.client().await;
    let orders = (0..100).map(|i| {
        let client = client.clone();
        tokio::spawn(async move {
            if i % 2 == 0 {
                client.be_primary(format!("node{i}")).await.unwrap();
            } else {
                client.status().await.unwrap();
            }
        })
    });
    for order in orders.collect::<Vec<_>>() {
        order.await.unwrap();
    }
    let primaries = daemon.orders();
    let primaries = primaries.iter().filter(|order| matches!(order, Order::BePrimary(_)));
    assert_eq!((primaries.count(), daemon.orders().len()), (50, 100));
}

#[test]
fn clients_and_their_futures_can_go_to_other_threads() {
    fn send<T: Send>(_: &T) {}
    fn send_and_sync<T: Send + Sync + 'static>() {}
    send_and_sync::<confd_ha::Client>();
    send_and_sync::<confd_ha::Events>();
    send_and_sync::<confd_ha::Error>();
    send_and_sync::<confd_ha::Event>();
    let future = |client: confd_ha::Client| async move { client.status().await };
    let _is_send = |client| send(&future(client));
}
