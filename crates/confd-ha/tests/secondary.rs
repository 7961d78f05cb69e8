//! Becoming secondary without occupying the socket, and waiting for a daemon that starts.

mod common;

use std::time::Duration;

use common::{Daemon, LONG, node0};
use confd_ha::{CdbInitialized, ErrorCode, ErrorKind, HaEvent, HaState, Node};
use quorate_codec::confd_ha::{OrderNumber, Refusal};
use quorate_fixtures::confd::{FakeConfd, Reaction};
use tokio::time::timeout;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn the_socket_is_free_meanwhile() {
    let daemon =
        Daemon::on_stopped_clock(FakeConfd::builder().peer(node0()).sync_delay(600 * SECOND)).await;
    let client = daemon.client().await;
    let (joined, status) = tokio::join!(client.be_secondary_joined("node1", node0()), async {
        daemon.wait_for_orders(1).await;
        client.status().await
    },);
    joined.unwrap();
    assert_eq!(status.unwrap().state, HaState::None);
    assert_eq!(client.status().await.unwrap().state, HaState::Secondary);
    daemon.wait_for_subscribers(0).await;
}

#[tokio::test(start_paused = true)]
async fn no_other_event_is_the_result() {
    let daemon =
        Daemon::on_stopped_clock(FakeConfd::builder().peer(node0()).sync_delay(60 * SECOND)).await;
    let client = daemon.client().await;
    let mut joined = std::pin::pin!(client.be_secondary_joined("node1", node0()));
    let others = async {
        daemon.wait_for_orders(1).await;
        daemon.emit(HaEvent::NoPrimary { reason: ErrorCode::HaClosed });
        daemon.emit(HaEvent::SecondaryInitialized(CdbInitialized::ByCopy));
        daemon.emit(HaEvent::IsNone);
        tokio::time::sleep(30 * SECOND).await;
    };
    tokio::select! {
        joined = &mut joined => panic!("{joined:?}"),
        () = others => {}
    }
    joined.await.unwrap();
    assert_eq!(client.status().await.unwrap().state, HaState::Secondary);
}

#[tokio::test]
async fn its_failure_is_that_of_the_event() {
    let daemon = Daemon::start(FakeConfd::builder().peer(node0())).await;
    let client = daemon.client().await;
    let absent = Node::new("node9", "10.9.9.9");
    let error = client.be_secondary_joined("node1", absent).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Refused, Some(ErrorCode::HaConnect)));
    daemon.react(OrderNumber::BeSecondary, Reaction::Refuse(Refusal::new(28)));
    let error = client.be_secondary_joined("node1", node0()).await.unwrap_err();
    assert_eq!(error.status(), Some(ErrorCode::HaBadToken));
    client.status().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn its_deadline_leaves_the_socket_open() {
    let daemon =
        Daemon::on_stopped_clock(FakeConfd::builder().peer(node0()).sync_delay(60 * SECOND)).await;
    let client = daemon.client().await;
    let hasty = client.with_timeout(SECOND);
    let error = hasty.be_secondary_joined("node1", node0()).await.unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("goes on"), "{error}");
    client.status().await.unwrap();
    daemon.wait_for_status(|status| status.state == HaState::Secondary).await;
}

#[tokio::test]
async fn a_daemon_that_dies_meanwhile() {
    let daemon = Daemon::start(FakeConfd::builder().peer(node0()).sync_delay(LONG)).await;
    let client = daemon.client().await;
    let joined = tokio::spawn(async move { client.be_secondary_joined("node1", node0()).await });
    daemon.wait_for_orders(1).await;
    daemon.fake.stop().await;
    assert_eq!(joined.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn start_phase_0_is_waited_for() {
    let daemon = Daemon::on_stopped_clock(FakeConfd::builder().phase0()).await;
    let client = daemon.client().await;
    let early = timeout(100 * SECOND, client.wait_started(SECOND)).await;
    assert!(early.is_err(), "{early:?}");
    client.reconnect().await.unwrap();
    let before = daemon.orders().len();
    let (started, ()) = tokio::join!(client.wait_started(SECOND), async {
        daemon.wait_for_orders(before + 5).await;
        daemon.leave_phase0();
    });
    started.unwrap();
    client.be_primary("node1").await.unwrap();
    // A role is proof enough: nothing is ordered.
    let before = daemon.orders().len();
    client.wait_started(SECOND).await.unwrap();
    assert_eq!(daemon.orders().len(), before + 1);
    assert_eq!(client.status().await.unwrap().state, HaState::Primary);
}

#[tokio::test]
async fn other_errors_end_the_waiting() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.client().await;
    daemon.react(OrderNumber::Status, Reaction::Refuse(Refusal::new(3)));
    let error = client.wait_started(SECOND).await.unwrap_err();
    assert_eq!(error.status(), Some(ErrorCode::AccessDenied));
}
