//! Connecting again, where it was wished for.

mod common;

use std::time::Duration;

use common::{Daemon, LONG, next, next_ha};
use confd_ha::{Client, ErrorKind, Event, HaEvent, HaState, Reconnect};
use quorate_fixtures::confd::FakeConfd;
use tokio::time::timeout;

fn quick() -> Reconnect {
    let pause = Duration::from_millis(5);
    Reconnect::new().first_pause(pause).longest_pause(2 * pause)
}

/// Another daemon in the place of one that is gone.
async fn restart(daemon: Daemon) -> Daemon {
    let address = daemon.tcp_addr().unwrap().to_string();
    daemon.fake.stop().await;
    start_at(&address).await
}

async fn start_at(address: &str) -> Daemon {
    Daemon::from(FakeConfd::builder().tcp(address).start().await.unwrap())
}

#[tokio::test]
async fn each_outage_is_one_loss_and_one_restoration() {
    let mut daemon = Daemon::start(FakeConfd::builder()).await;
    let plan = daemon.builder().reconnect(quick()).events().unwrap();
    let mut events = plan.subscribe().await.unwrap();
    for _ in 0..20 {
        daemon.emit(HaEvent::IsPrimary);
        assert_eq!(next_ha(&mut events).await, HaEvent::IsPrimary);
        daemon = restart(daemon).await;
        let Event::Lost { reason } = next(&mut events).await else { panic!("not lost") };
        assert_eq!(reason.kind(), ErrorKind::Closed);
        let restored = timeout(LONG, next(&mut events)).await.unwrap();
        assert!(matches!(restored, Event::Restored), "{restored:?}");
        // Subscribed before that was reported: nothing from here on is missed.
        daemon.wait_for_subscribers(1).await;
    }
}

#[tokio::test]
async fn the_daemon_may_take_its_time() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let address = daemon.tcp_addr().unwrap().to_string();
    let plan = daemon.builder().reconnect(quick()).events().unwrap();
    let mut events = plan.subscribe().await.unwrap();
    daemon.fake.stop().await;
    assert!(matches!(next(&mut events).await, Event::Lost { .. }));
    let waiting = timeout(Duration::from_millis(50), events.next()).await;
    assert!(waiting.is_err(), "{waiting:?}");
    let _daemon = start_at(&address).await;
    assert!(matches!(timeout(LONG, next(&mut events)).await, Ok(Event::Restored)));
}

#[tokio::test]
async fn attempts_end_with_an_error() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let plan = daemon.builder().events().unwrap().reconnect(quick().attempts(3));
    let mut events = plan.subscribe().await.unwrap();
    daemon.fake.stop().await;
    assert!(matches!(next(&mut events).await, Event::Lost { .. }));
    let end = events.next().await.unwrap().unwrap_err();
    assert_eq!(end.kind(), ErrorKind::Unavailable);
    assert!(!end.is_retryable(), "the stream is over");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn the_next_order_opens_a_new_ha_socket() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.builder().reconnect(quick()).connect().await.unwrap();
    client.be_primary("node1").await.unwrap();
    let daemon = restart(daemon).await;
    // The first order after the loss is not resent: it says what happened.
    let error = client.status().await.unwrap_err();
    assert!(error.is_closed(), "{error}");
    if error.kind() == ErrorKind::Evicted {
        // The new daemon was there already when the old one's absence was noticed, which looks
        // like another controller; that is for the caller to settle.
        client.reconnect().await.unwrap();
    }
    assert_eq!(client.status().await.unwrap().state, HaState::None);
    assert_eq!(daemon.orders().len(), 1);
}

#[tokio::test]
async fn while_the_daemon_is_away_orders_wait_until_their_deadline() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let address = daemon.tcp_addr().unwrap().to_string();
    let client = daemon.builder().reconnect(quick()).connect().await.unwrap();
    daemon.fake.stop().await;
    assert_eq!(client.status().await.unwrap_err().kind(), ErrorKind::Closed);
    let hasty = client.with_timeout(Duration::from_millis(50));
    assert!(hasty.status().await.unwrap_err().is_timeout());
    let (status, _daemon) = tokio::join!(client.status(), start_at(&address));
    assert_eq!(status.unwrap().state, HaState::None);
}

#[tokio::test]
async fn without_a_policy_a_lost_socket_stays_lost() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let address = daemon.tcp_addr().unwrap().to_string();
    let client = Client::builder().tcp(&address).token("t").connect().await.unwrap();
    daemon.fake.stop().await;
    let error = client.status().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(!error.is_retryable(), "the client is over");
    let _daemon = start_at(&address).await;
    let error = client.status().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("already closed"), "{error}");
    client.reconnect().await.unwrap();
    client.status().await.unwrap();
}
