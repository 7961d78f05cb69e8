//! A daemon that is blocked by its events goes on.

mod common;

use bytes::BytesMut;
use common::{Daemon, LONG, next};
use confd_ha::{Client, Event, Events, HaEvent};
use quorate_codec::confd_ha::Notification;
use quorate_fixtures::confd::FakeConfd;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::time::timeout;

async fn blocking(daemon: &Daemon) -> Events {
    daemon.builder().events().unwrap().sync().subscribe().await.unwrap()
}

#[tokio::test]
async fn each_event_is_acknowledged_once_however_it_is_let_go() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let mut events = blocking(&daemon).await;
    for _ in 0..3 {
        daemon.emit(HaEvent::IsNone);
    }
    // Explicitly.
    let Event::Ha { ack: Some(guard), .. } = next(&mut events).await else { panic!("no guard") };
    assert_eq!((daemon.sync_account().sent, daemon.sync_account().acknowledged), (1, 0));
    guard.acknowledge();
    // By dropping the event.
    drop(next(&mut events).await);
    // By not looking at the guard.
    let Event::Ha { event, .. } = next(&mut events).await else { panic!("no event") };
    assert_eq!(event, HaEvent::IsNone);
    daemon.wait_for_sync(|account| account.acknowledged == 3).await;
    let account = daemon.sync_account();
    assert_eq!((account.sent, account.outstanding, account.unexpected), (3, 0, 0));
}

#[tokio::test]
async fn the_daemon_waits_for_the_guard() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.client().await;
    let mut events = blocking(&daemon).await;
    client.be_primary("node1").await.unwrap();
    let Event::Ha { ack: Some(guard), .. } = next(&mut events).await else { panic!("no guard") };
    // The next order is not obeyed while the guard is there.
    let mut order = Box::pin(client.be_none());
    tokio::select! {
        biased;
        _early = &mut order => panic!("the daemon did not wait"),
        () = settle() => {}
    }
    assert_eq!(daemon.orders().len(), 1);
    guard.acknowledge();
    order.await.unwrap();
    drop(next(&mut events).await);
    daemon.wait_for_sync(|account| account.acknowledged == 2).await;
}

/// Lets everything that can go on do so: the runtime has one thread.
async fn settle() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_guard_outlives_its_stream() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let mut events = blocking(&daemon).await;
    daemon.emit(HaEvent::IsNone);
    let event = next(&mut events).await;
    drop(events);
    assert_eq!(daemon.sync_account().outstanding, 1);
    drop(event);
    // The socket closes with its last guard; the acknowledgement is sent before.
    daemon.wait_for_sync(|account| account.acknowledged == 1).await;
    daemon.wait_for_subscribers(0).await;
}

#[tokio::test]
async fn an_ha_info_that_cannot_be_read_is_acknowledged_too() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let mut events = blocking(&daemon).await;
    daemon.emit(HaEvent::IsNone);
    let held = next(&mut events).await;
    // Sent past the queue: only the acknowledgement shows that it was seen.
    daemon.send_to_subscribers(b"\0\0\0\x09\x83h\x02a@h\x01a\x01");
    events.next().await.unwrap().unwrap_err();
    daemon.wait_for_sync(|account| account.acknowledged == 1).await;
    drop(held);
    daemon.wait_for_sync(|account| account.unexpected == 1).await;
}

#[tokio::test]
async fn without_sync_there_is_nothing_to_acknowledge() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let mut events = daemon.events().await;
    daemon.emit(HaEvent::IsNone);
    assert!(matches!(next(&mut events).await, Event::Ha { ack: None, .. }));
    assert_eq!(daemon.sync_account().sent, 0);
}

#[tokio::test]
async fn a_guard_of_a_daemon_that_is_gone_is_harmless() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let mut events = blocking(&daemon).await;
    daemon.emit(HaEvent::IsNone);
    let event = next(&mut events).await;
    daemon.fake.stop().await;
    drop(event);
    events.next().await.unwrap().unwrap_err();
}

/// What a daemon does not take has to be kept for it; so it does not go on for ever.
#[tokio::test]
async fn a_daemon_that_takes_no_acknowledgements_is_not_read_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ipc");
    let listener = UnixListener::bind(&path).unwrap();
    let daemon = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut handshake = [0; 9];
        stream.read_exact(&mut handshake).await.unwrap();
        stream.write_all(&[0, 0, 78, 7, 8, 2, 0, 20, 9]).await.unwrap();
        stream.write_all(b"\0\0\0\x06\x83d\0\x02ok").await.unwrap();
        // Events without end, and not a look at the acknowledgements.
        let mut event = BytesMut::new();
        Notification::HaInfo(HaEvent::IsNone).encode(&mut event);
        while stream.write_all(&event).await.is_ok() {}
    });
    let builder = Client::builder().unix(&path).events().unwrap();
    let mut events = builder.sync().subscribe().await.unwrap();
    let mut taken = 0;
    // The kernel has room for some thousands of them at most.
    while let Ok(event) = timeout(LONG / 30, events.next()).await {
        drop(event.unwrap().unwrap());
        taken += 1;
        assert!(taken < 100_000, "it goes on for ever");
    }
    drop(events);
    daemon.await.unwrap();
}
