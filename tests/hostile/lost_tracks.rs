//! Tracks whose connection is lost while they start or end, and re-established.

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
    assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
    assert!(error.is_retryable(), "{error}");
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

/// The loss comes, then the current state, then the end of the outage.
async fn sees_an_outage(track: &mut Track) {
    let mut next = async || track.next().await.unwrap().unwrap();
    while !matches!(next().await, Event::Lost { .. }) {}
    let event = next().await;
    assert!(matches!(event, Event::Nodelist(_)), "{event:?}");
    while !matches!(next().await, Event::Restored) {}
}

#[test]
fn a_track_made_during_an_outage_shares_the_one_that_is_started_again() {
    test(async |daemon, client| {
        let mut first = client.track(TrackFlags::CHANGES, 1).await.unwrap();
        lose(daemon, &client).await;
        let starting = client.track(TrackFlags::CHANGES, 2);
        let let_in = async { daemon.fake.inject(Fault::LetIn) };
        let (second, ()) = tokio::join!(starting, let_in);
        sees_an_outage(&mut first).await;
        let Event::Nodelist(nodelist) = second.unwrap().next().await.unwrap().unwrap() else {
            panic!("the second track has its state first")
        };
        assert_eq!(nodelist.context, 2);
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
        sees_an_outage(&mut track).await;
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
