//! Who else controls the daemon, and whether it is there at all.

mod common;

use common::Daemon;
use confd_ha::{ErrorKind, HaState, Reconnect};
use quorate_codec::confd_ha::OrderNumber;
use quorate_fixtures::confd::{FakeConfd, Reaction};

#[tokio::test]
async fn a_second_controller_evicts_the_first() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let first = daemon.builder().reconnect(Reconnect::new()).connect().await.unwrap();
    first.be_primary("node1").await.unwrap();
    let second = daemon.client().await;
    // The role stays.
    assert_eq!(second.status().await.unwrap().state, HaState::Primary);
    for _ in 0..2 {
        let error = first.status().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Evicted, "{error}");
        assert!(error.is_closed() && !error.is_retryable());
        assert!(error.to_string().contains("another controller"), "{error}");
    }
    // It was not kicked out in return, although the first one may reconnect.
    second.status().await.unwrap();
    assert_eq!(daemon.connections(), 2);
    // Only an explicit wish takes the socket back.
    first.reconnect().await.unwrap();
    first.status().await.unwrap();
    assert_eq!(second.status().await.unwrap_err().kind(), ErrorKind::Evicted);
}

#[tokio::test]
async fn eviction_while_an_order_is_on_its_way() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let first = daemon.client().await;
    first.status().await.unwrap();
    daemon.react(OrderNumber::BeNone, Reaction::Silent);
    let (evicted, second) = tokio::join!(first.be_none(), async {
        daemon.wait_for_orders(2).await;
        daemon.client().await
    });
    assert_eq!(evicted.unwrap_err().kind(), ErrorKind::Evicted);
    second.status().await.unwrap();
}

#[tokio::test]
async fn before_any_answer_it_may_be_that_ha_is_not_enabled() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    daemon.react(OrderNumber::Status, Reaction::Close);
    let client = daemon.client().await;
    let error = client.status().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Evicted);
    assert!(error.to_string().contains("HA may not be enabled"), "{error}");
}

#[tokio::test]
async fn a_daemon_that_is_gone_is_told_apart() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.client().await;
    client.status().await.unwrap();
    daemon.fake.stop().await;
    let error = client.status().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    assert!(error.is_closed());
}

#[tokio::test]
async fn a_daemon_that_dies_with_an_order_on_its_way() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    daemon.react(OrderNumber::BeNone, Reaction::Silent);
    let client = daemon.client().await;
    let waiting = tokio::spawn(async move { client.be_none().await });
    daemon.wait_for_orders(1).await;
    daemon.fake.stop().await;
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(!error.is_retryable() && error.to_string().contains("not known"), "{error}");
}
