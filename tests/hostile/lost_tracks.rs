//! Tracks whose connection is lost at an awkward moment, and had again.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use quorate_fixtures::corosync::Fault;
use tokio::time::timeout;
use votequorum::{Client, ErrorKind, Event, Reconnect, Track, TrackFlags};

use crate::leaks::alone;
use crate::votequorum::{Daemon, LONG};

/// Runs a test over both transports, with a client that connects again.
fn test(test: impl AsyncFn(&Daemon, Client)) {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for connection_type in [ConnectionType::Shm, ConnectionType::Socket] {
        println!("over {connection_type:?}");
        runtime.block_on(async {
            let daemon = Daemon::start(connection_type);
            let pauses = Reconnect::new().first_pause(Duration::from_millis(1));
            let client = daemon.options().reconnect(pauses).connect().await.unwrap();
            timeout(LONG, test(&daemon, client)).await.expect("it hangs");
        });
    }
}

/// Loses the connection; there is none until the daemon lets clients in.
async fn lose(daemon: &Daemon, client: &Client) {
    daemon.fake.inject(Fault::KeepOut);
    daemon.fake.inject(Fault::CloseOnRequest);
    let error = client.get_info(1).await.unwrap_err();
    assert!(error.is_closed() && error.is_retryable(), "{error}");
}

/// Lets a call out whose answer comes and is not looked at.
async fn let_succeed(daemon: &Daemon, client: &Client, starting: &mut (impl Future + Unpin)) {
    daemon.fake.inject(Fault::DelayReplies(Duration::from_millis(5)));
    std::future::poll_fn(|cx| {
        assert!(std::pin::Pin::new(&mut *starting).poll(cx).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    // It is answered behind the other.
    client.get_info(1).await.unwrap();
    daemon.fake.inject(Fault::DelayReplies(Duration::ZERO));
}

/// A gap comes, and then the state of now.
async fn sees_a_gap(track: &mut Track) {
    while !matches!(track.next().await.unwrap().unwrap(), Event::Gap { .. }) {}
    let event = track.next().await.unwrap().unwrap();
    assert!(matches!(event, Event::Nodelist(_)), "{event:?}");
}

#[test]
fn another_track_cannot_take_the_place_of_one_that_is_started_again() {
    test(async |daemon, client| {
        let mut track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
        lose(daemon, &client).await;
        let error = client.track(TrackFlags::CHANGES, 2).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyTracking);
        daemon.fake.inject(Fault::LetIn);
        sees_a_gap(&mut track).await;
    });
}

#[test]
fn a_track_stands_before_the_user_knows() {
    test(async |daemon, client| {
        let mut starting = pin!(client.track(TrackFlags::CHANGES, 1));
        let_succeed(daemon, &client, &mut starting).await;
        lose(daemon, &client).await;
        let mut track = starting.await.unwrap();
        daemon.fake.inject(Fault::LetIn);
        sees_a_gap(&mut track).await;
    });
}

#[test]
fn a_track_that_nobody_wants_any_more_is_not_kept_through_a_loss() {
    test(async |daemon, client| {
        let mut starting = Box::pin(client.track(TrackFlags::CHANGES, 1));
        let_succeed(daemon, &client, &mut starting).await;
        lose(daemon, &client).await;
        daemon.fake.inject(Fault::LetIn);
        // There is a connection again, and the track on it.
        client.get_info(1).await.unwrap();
        drop(starting);
        let mut track = client.track(TrackFlags::CHANGES, 2).await.unwrap();
        let Event::Nodelist(nodelist) = track.next().await.unwrap().unwrap() else { panic!() };
        assert_eq!(nodelist.context, 2);
    });
}
