use tokio::runtime::Handle;
use tokio::spawn;
use tokio::time::timeout;

use super::*;

#[tokio::test(start_paused = true)]
async fn connecting_that_is_dropped_half_way_leaves_nothing() {
    let port = Port::open([]);
    let connecting = spawn({
        let builder = port.builder::<Made<Tracked>>();
        async move { builder.connect().await.map(drop) }
    });
    settle().await;
    assert_eq!((port.made(), port.under_way()), (1, 1));
    connecting.abort();
    settle().await;
    assert_eq!(port.under_way(), 0, "the attempt is over too");
}

/// It was closed when nothing had polled the driver since the connection was there.
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_wanted_any_more_parts_at_once() {
    let port = Port::open([]);
    let builder = port.builder::<Made<Tracked>>();
    let mut connecting = Box::pin(builder.connect());
    assert!(poll_once(connecting.as_mut()).is_pending());
    settle().await;
    let wire = Wire::idle();
    port.decide(Attempt::Accepted(wire.clone()));
    drop(connecting);
    settle().await;
    assert_eq!(port.under_way(), 0);
    // It was accepted or not; if so, it was closed.
    drop(port);
    assert!(wire.has_parted() || wire.is_unused());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_waits_for_a_connection_closes_at_once() {
    let wire = Wire::served();
    let port = Port::accepting(&wire);
    let client = port.builder::<Made<Tracked>>().reconnect(FAST).connect().await.unwrap();
    wire.end();
    settle().await;
    let endless = client.with_timeout(None);
    let call = spawn(get(&endless, 1));
    settle().await;
    timeout(SECOND, endless.close()).await.unwrap().unwrap();
    assert!(call.await.unwrap().unwrap_err().is_closed());
    settle().await;
    assert_eq!(port.under_way(), 0, "no connection is made any more");
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_calls_and_lets_no_more_in() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let call = spawn(get(&client, 1));
    settle().await;
    let closing = spawn({
        let client = client.clone();
        async move { client.close().await }
    });
    settle().await;
    assert!(get(&client, 2).await.unwrap_err().is_closed());
    assert!(!closing.is_finished() && !wire.has_parted());
    wire.serve();
    assert_eq!(call.await.unwrap().unwrap().number, 1);
    closing.await.unwrap().unwrap();
    assert!(wire.has_parted());
    assert!(client.closed().await.is_closed());
    // Again it is closed already.
    client.close().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn closing_takes_no_longer_than_the_deadline() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let call = spawn(get(&client.with_timeout(None), 1));
    settle().await;
    let error = timeout(60 * SECOND, client.close()).await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(call.await.unwrap().unwrap_err().is_closed());
    assert!(wire.has_parted());
}

/// The client closes all the same, when the calls are answered.
#[tokio::test(start_paused = true)]
async fn closing_that_is_given_up_goes_on() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let call = spawn(get(&client, 1));
    settle().await;
    assert!(timeout(Duration::ZERO, client.close()).await.is_err());
    wire.serve();
    call.await.unwrap().unwrap();
    timeout(SECOND, client.closed()).await.unwrap();
}

/// Only the end of the connection ends the subscription, which waits for the calls under way if the
/// client is being closed.
#[tokio::test(start_paused = true)]
async fn the_end_of_the_last_reader_does_not_hurry_a_client_that_closes() {
    let wire = Wire::idle();
    let client = connect::<Group>(&wire).await;
    let subscribing = spawn({
        let client = client.clone();
        async move { client.subscribe(Topic::Follow, Begin::Snapshot).await }
    });
    while !subscribing.is_finished() {
        wire.serve();
        settle().await;
    }
    let reader = subscribing.await.unwrap().unwrap();
    let call = spawn(get(&client, 1));
    settle().await;
    assert!(timeout(Duration::ZERO, client.close()).await.is_err());
    drop(reader);
    settle().await;
    assert!(!client.is_closed());
    wire.serve();
    assert_eq!(call.await.unwrap().unwrap().number, 1);
    timeout(SECOND, client.closed()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_without_readers_leaves_its_group() {
    let wire = Wire::served();
    let client = connect::<Group>(&wire).await;
    let reader = client.subscribe(Topic::Follow, Begin::Snapshot).await.unwrap();
    drop(reader);
    timeout(SECOND, client.closed()).await.unwrap();
    assert!(wire.has_parted());
}

/// The daemon holds a pointer to the connection until it has answered.
#[tokio::test(start_paused = true)]
async fn the_last_handle_waits_for_a_late_reply() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let mut call = Box::pin(async { client.call(Request::Late(1)).await });
    assert!(poll_once(call.as_mut()).is_pending());
    drop(call);
    drop(client);
    sleep(60 * SECOND).await;
    assert!(!wire.has_parted());
    // Nothing rings for a late reply.
    wire.with(|state| state.reply(id::LATE, CsError::Ok, 1));
    sleep(SECOND).await;
    assert!(wire.has_parted());
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_waits_for_nothing_else() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let mut call = Box::pin(get(&client, 1));
    assert!(poll_once(call.as_mut()).is_pending());
    drop(client);
    assert!(!wire.has_parted());
    drop(call);
    assert!(wire.has_parted());
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_end_is_delivered() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let mut reader = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    wire.with(|state| state.serves = false);
    let calls = [1, 2].map(|number| spawn(get(&client, number)));
    settle().await;
    wire.with(|state| {
        state.requests.clear();
        state.reply(id::GET, CsError::Ok, 1);
        // More than are taken in at a time.
        (43..1043).for_each(|value| state.event(id::ADDED + 1, 1, value));
    });
    wire.end();
    let [answered, not] = calls;
    assert_eq!(answered.await.unwrap().unwrap().number, 1);
    assert!(not.await.unwrap().unwrap_err().is_closed());
    assert_eq!(read(&mut reader).await, (1000, true));
    assert_eq!(wire.with(|state| state.removals), 1, "the daemon is gone, and its files too");
}

/// The end is noticed by a write.
#[tokio::test(start_paused = true)]
async fn what_came_before_a_write_failed_is_delivered() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let mut reader = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    wire.with(|state| {
        state.ended = true;
        (43..1043).for_each(|value| state.event(id::ADDED + 1, 1, value));
    });
    assert!(get(&client, 1).await.unwrap_err().is_closed());
    assert_eq!(read(&mut reader).await, (1000, true));
    assert_eq!(wire.with(|state| state.removals), 1);
}

/// Nothing rings, and the driver has no deadline to keep.
#[tokio::test(start_paused = true)]
async fn the_driver_ends_with_its_client() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await.with_timeout(None);
    settle().await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    assert_eq!(tasks(), 1);
    wire.with(|state| state.ended = true);
    assert!(get(&client, 1).await.unwrap_err().is_closed());
    settle().await;
    assert_eq!(tasks(), 0);
}

/// A daemon that was killed leaves half a message.
#[tokio::test(start_paused = true)]
async fn the_files_of_a_daemon_that_was_killed_are_removed() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    wire.with(|state| state.events.push_back(bytes::BytesMut::from(&b"half"[..])));
    wire.end();
    assert!(client.closed().await.is_closed());
    assert_eq!(wire.with(|state| state.removals), 1);
}

/// A daemon that breaks the protocol is there, and removes its files.
#[tokio::test(start_paused = true)]
async fn the_files_of_a_daemon_that_is_there_are_left() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    wire.reply(id::GET, CsError::Ok, 1);
    let error = client.closed().await;
    assert!(error.to_string().contains("protocol"), "{error}");
    assert!(wire.has_parted());
    assert_eq!(wire.with(|state| state.removals), 0);
}

/// How many events a reader gets, and whether an error follows them, and then nothing.
async fn read(reader: &mut Reader<Made<Tracked>>) -> (usize, bool) {
    let mut events = 0;
    loop {
        match reader.next().await.unwrap() {
            Ok(item) => {
                assert!(matches!(item, Item::Event(_)), "{item:?}");
                events += 1;
            }
            Err(error) => return (events, error.is_closed() && reader.next().await.is_none()),
        }
    }
}
