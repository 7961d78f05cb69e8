use tokio::spawn;
use tokio::time::timeout;

use super::*;

async fn reconnecting(port: &Port, reconnect: Reconnect) -> Client<Made<Tracked>> {
    port.builder().reconnect(reconnect).connect().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_ends_a_client_that_does_not_reconnect() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let calls = [1, 2].map(|number| spawn(get(&client, number)));
    settle().await;
    wire.end();
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert!(error.is_closed() && !error.is_retryable(), "{error}");
    }
    assert!(timeout(SECOND, client.closed()).await.unwrap().is_closed());
    assert!(wire.has_parted());
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_are_lost_and_later_ones_wait() {
    let wire = Wire::idle();
    let port = Port::accepting(&wire);
    let client = reconnecting(&port, FAST).await;
    let under_way = spawn(get(&client, 1));
    settle().await;
    let epoch = client.epoch().unwrap();
    wire.end();
    let error = under_way.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Lost);
    assert!(error.to_string().contains("may have acted"), "{error}");
    assert_eq!(wire.with(|state| state.removals), 1);
    let later = spawn(get(&client, 2));
    settle().await;
    assert!(!later.is_finished());
    let next = Wire::served();
    port.decide(Attempt::Accepted(next.clone()));
    assert_eq!(later.await.unwrap().unwrap().number, 2);
    // What means something on the lost connection only never goes out.
    let error = client.call_in(epoch, Request::Get(3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Lost);
    assert_eq!(next.with(|state| state.writes.iter().sum::<usize>()), 1);
}

#[tokio::test(start_paused = true)]
async fn readers_are_told_of_the_loss_and_then_of_the_new_state() {
    let wire = Wire::served();
    let port = Port::accepting(&wire);
    let client = reconnecting(&port, FAST).await;
    let mut reader = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    assert!(reader.view().is_some());
    wire.end();
    assert!(matches!(reader.next().await, Some(Ok(Item::Lost { .. }))));
    assert!(reader.view().is_none());
    port.decide(Attempt::Accepted(Wire::served()));
    for _ in 0..2 {
        assert!(matches!(reader.next().await, Some(Ok(Item::Event(_)))));
    }
    assert!(matches!(reader.next().await, Some(Ok(Item::Restored))));
    assert!(reader.view().is_some());
}

#[tokio::test(start_paused = true)]
async fn the_first_connection_is_attempted_once() {
    let port = Port::open([Attempt::NoDaemon]);
    let error = port.builder::<Made<Tracked>>().reconnect(FAST).connect().await.unwrap_err();
    assert_eq!((error.kind(), port.made()), (ErrorKind::Unavailable, 1));
}

#[tokio::test(start_paused = true)]
async fn the_first_connection_is_waited_for_if_asked_for() {
    let wire = Wire::served();
    let outcomes = [Attempt::NoDaemon, Attempt::NoDaemon, Attempt::Accepted(wire)];
    let port = Port::open(outcomes);
    let client = reconnecting(&port, Reconnect::new().including_first()).await;
    assert_eq!(get(&client, 1).await.unwrap().number, 1);
    assert_eq!(port.made(), 3);
}

#[tokio::test(start_paused = true)]
async fn no_first_connection_is_waited_for_that_waiting_does_not_bring() {
    let port = Port::open([Attempt::NoDaemon, Attempt::Denied]);
    let builder = port.builder::<Made<Tracked>>().reconnect(FAST.including_first());
    let error = timeout(60 * SECOND, builder.connect()).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), port.made()), (ErrorKind::AccessDenied, 2));
}

#[tokio::test(start_paused = true)]
async fn attempts_come_to_an_end() {
    let wire = Wire::idle();
    let port = Port::open([Attempt::Accepted(wire.clone()), Attempt::NoDaemon, Attempt::Denied]);
    let client = reconnecting(&port, Reconnect::new().attempts(2)).await;
    let reader = client.subscribe(Topic::Follow, Begin::Now);
    let (call, reader, ()) = tokio::join!(get(&client, 1), reader, async {
        settle().await;
        wire.end();
    });
    assert_eq!(call.unwrap_err().kind(), ErrorKind::Lost);
    assert!(reader.unwrap_err().is_closed());
    let error = client.closed().await;
    assert!(error.to_string().contains("no connection"), "{error}");
    assert_eq!(port.made(), 3);
    assert!(get(&client, 1).await.unwrap_err().is_closed());
}

/// A daemon that starts may refuse users for a while.
#[tokio::test(start_paused = true)]
async fn a_daemon_that_was_there_is_waited_for_whatever_it_says() {
    let wire = Wire::served();
    let port = Port::open([Attempt::Accepted(wire.clone()), Attempt::Denied, Attempt::NoDaemon]);
    let client = reconnecting(&port, FAST).await;
    port.decide(Attempt::Accepted(Wire::served()));
    wire.end();
    settle().await;
    assert_eq!(get(&client, 1).await.unwrap().number, 1);
}

/// Nothing rings, and the driver has no deadline to keep.
#[tokio::test(start_paused = true)]
async fn a_call_that_finds_the_connection_lost_wakes_the_driver() {
    let wire = Wire::served();
    let port = Port::accepting(&wire);
    let client = reconnecting(&port, FAST).await.with_timeout(None);
    settle().await;
    wire.with(|state| state.ended = true);
    assert_eq!(get(&client, 1).await.unwrap_err().kind(), ErrorKind::Lost);
    settle().await;
    assert_eq!(port.under_way(), 1, "it connects again");
}

/// It is lost while the first one is being told of it.
#[tokio::test(start_paused = true)]
async fn a_connection_is_lost_that_was_hardly_there() {
    let wire = Wire::served();
    wire.end();
    let port = Port::accepting(&wire);
    let connecting = spawn({
        let builder = port.builder::<Made<Tracked>>().reconnect(FAST);
        async move { builder.connect().await }
    });
    settle().await;
    port.decide(Attempt::Accepted(Wire::served()));
    let client = connecting.await.unwrap().unwrap();
    assert_eq!(get(&client, 1).await.unwrap().number, 1);
}
