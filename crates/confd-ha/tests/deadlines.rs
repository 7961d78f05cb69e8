//! Deadlines, and orders that are given up.

mod common;

use std::time::Duration;

use common::{Daemon, LONG, node0};
use confd_ha::{ErrorKind, HaState, Wait};
use quorate_codec::confd_ha::OrderNumber;
use quorate_fixtures::confd::{FakeConfd, Greeting, Reaction};
use tokio::time::{Instant, timeout};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn an_order_has_five_seconds() {
    let daemon = Daemon::on_stopped_clock(FakeConfd::builder()).await;
    daemon.react_always(OrderNumber::BeNone, Some(Reaction::Silent));
    let client = daemon.client().await;
    let start = Instant::now();
    let error = client.be_none().await.unwrap_err();
    assert!(error.is_timeout() && !error.is_retryable(), "{error}");
    let taken = start.elapsed();
    assert!(taken >= 5 * SECOND && taken < 6 * SECOND, "{taken:?}");
    // The socket is closed, and every later call says so.
    daemon.wait_for_ha_socket(false).await;
    for _ in 0..2 {
        let error = client.clone().status().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Abandoned);
        assert!(error.is_closed() && error.to_string().contains("Client::reconnect"), "{error}");
    }
    assert_eq!(daemon.orders().len(), 1);
    client.reconnect().await.unwrap();
    client.status().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn synchronising_has_none_but_may_be_given_one() {
    let hour = 3600 * SECOND;
    let daemon =
        Daemon::on_stopped_clock(FakeConfd::builder().peer(node0()).sync_delay(hour)).await;
    let client = daemon.client().await;
    let start = Instant::now();
    client.be_secondary("node1", node0(), Wait::ForSync).await.unwrap();
    assert!(start.elapsed() >= hour);
    let short = client.with_timeout(60 * SECOND);
    let error = short.be_secondary("node1", node0(), Wait::ForSync).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let limited = daemon.builder().sync_timeout(60 * SECOND).connect().await.unwrap();
    let error = limited.be_secondary("node1", node0(), Wait::ForSync).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn each_call_may_have_its_own() {
    let daemon = Daemon::on_stopped_clock(FakeConfd::builder()).await;
    daemon.react(OrderNumber::Status, Reaction::Delay(60 * SECOND));
    let client = daemon.client().await;
    client.with_timeout(None).status().await.unwrap();
    daemon.react(OrderNumber::Status, Reaction::Delay(2 * SECOND));
    let error = client.with_timeout(SECOND).status().await.unwrap_err();
    assert!(error.is_timeout());
    let quick = daemon.builder().call_timeout(SECOND).connect().await.unwrap();
    daemon.react(OrderNumber::Status, Reaction::Delay(2 * SECOND));
    assert!(quick.status().await.unwrap_err().is_timeout());
}

#[tokio::test(start_paused = true)]
async fn waiting_for_another_order_does_not_close_the_socket() {
    let daemon =
        Daemon::on_stopped_clock(FakeConfd::builder().peer(node0()).sync_delay(60 * SECOND)).await;
    let client = daemon.client().await;
    let (synchronised, status) =
        tokio::join!(client.be_secondary("node1", node0(), Wait::ForSync), async {
            daemon.wait_for_orders(1).await;
            client.status().await
        },);
    synchronised.unwrap();
    let error = status.unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error}");
    assert!(error.to_string().contains("not sent"), "{error}");
    assert_eq!(client.status().await.unwrap().state, HaState::Secondary);
}

#[tokio::test]
async fn an_order_dropped_on_its_way_closes_the_socket() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    daemon.react(OrderNumber::BeNone, Reaction::Silent);
    let client = daemon.client().await;
    let given_up = async {
        tokio::select! {
            _never = client.be_none() => panic!("the daemon does not answer"),
            () = daemon.wait_for_orders(1) => {}
        }
    };
    given_up.await;
    timeout(LONG, daemon.wait_for_ha_socket(false)).await.unwrap();
    assert_eq!(client.status().await.unwrap_err().kind(), ErrorKind::Abandoned);
    assert_eq!(daemon.orders().len(), 1);
}

#[tokio::test]
async fn an_order_dropped_before_it_was_sent_has_no_effect() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    daemon.react(OrderNumber::BeNone, Reaction::Delay(Duration::from_millis(50)));
    let client = daemon.client().await;
    // Polled once, which sends it; the second waits for the first and is dropped meanwhile.
    let mut first = Box::pin(client.be_none());
    assert!(futures::poll!(&mut first).is_pending());
    {
        let mut second = Box::pin(client.be_primary("n"));
        assert!(futures::poll!(&mut second).is_pending());
    }
    first.await.unwrap();
    assert_eq!(client.status().await.unwrap().state, HaState::None);
    assert_eq!(daemon.orders().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn connecting_has_a_deadline() {
    let daemon = Daemon::on_stopped_clock(FakeConfd::builder().greeting(Greeting::Silent)).await;
    let start = Instant::now();
    let error = daemon.builder().connect().await.unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error}");
    assert!(start.elapsed() >= 5 * SECOND);
    let start = Instant::now();
    let events = daemon.builder().connect_timeout(SECOND).events().unwrap();
    assert!(events.subscribe().await.unwrap_err().is_timeout());
    assert!(start.elapsed() < 2 * SECOND);
}

/// One deadline for all of it, not one for each of its steps.
#[tokio::test(start_paused = true)]
async fn the_deadline_of_connecting_is_for_all_of_it() {
    let daemon =
        Daemon::on_stopped_clock(FakeConfd::builder().greeting(Greeting::Delay(4 * SECOND))).await;
    daemon.react_to_subscriptions(Some(Reaction::Silent));
    let start = Instant::now();
    let error = daemon.builder().events().unwrap().subscribe().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(start.elapsed() < 6 * SECOND, "{:?}", start.elapsed());
}
