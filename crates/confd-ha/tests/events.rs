//! Every event, over every transport.

mod common;

use std::net::Ipv6Addr;

use bytes::BytesMut;
use common::{Daemon, next, next_ha, node0, on_both_runtimes, on_every_transport};
use confd_ha::events::SubscriptionForm;
use confd_ha::{CdbInitialized, ErrorCode, ErrorKind, Event, EventMask, HaEvent, Node};
use futures::StreamExt;
use quorate_codec::confd_ha::Notification;
use quorate_codec::confd_ha::term::{Dialect, Term};
use quorate_fixtures::confd::{Delivery, FakeConfd};

fn all_events() -> Vec<HaEvent> {
    let node = || Node::new("node2", Ipv6Addr::LOCALHOST);
    vec![
        HaEvent::NoPrimary { reason: ErrorCode::HaNoTick },
        HaEvent::NoPrimary { reason: ErrorCode::Unknown(1000) },
        HaEvent::SecondaryDied(node()),
        HaEvent::SecondaryArrived(node()),
        HaEvent::SecondaryInitialized(CdbInitialized::ByCopy),
        HaEvent::SecondaryInitialized(CdbInitialized::WithoutCopy),
        HaEvent::IsPrimary,
        HaEvent::IsNone,
        HaEvent::BeSecondaryResult(Ok(())),
        HaEvent::BeSecondaryResult(Err(ErrorCode::HaBadName)),
        unknown_event(),
    ]
}

fn unknown_event() -> HaEvent {
    let info = Term::Tuple(vec![Term::Integer(8), Term::Atom("data".into())]);
    HaEvent::Unknown { kind: 8, info: info.to_raw(Dialect::Erlang).unwrap() }
}

fn other(flag: i128) -> Notification {
    let mut frame = BytesMut::new();
    Term::Tuple(vec![Term::Integer(flag), Term::Integer(1)]).encode(Dialect::Erlang, &mut frame);
    Notification::decode(&frame.freeze()).unwrap()
}

#[test]
fn all_arrive_on_every_transport() {
    on_both_runtimes(|| async {
        for delivery in [Delivery::Whole, Delivery::ByteByByte] {
            for daemon in on_every_transport(|| FakeConfd::builder().delivery(delivery)).await {
                let mut events = daemon.events().await;
                for event in all_events() {
                    daemon.emit(event);
                }
                for event in all_events() {
                    assert_eq!(next_ha(&mut events).await, event);
                }
            }
        }
    });
}

#[tokio::test]
async fn all_in_one_write_with_the_reply() {
    let notifications = all_events().into_iter().map(Notification::HaInfo);
    let notifications: Vec<_> = notifications.chain([Notification::Heartbeat]).collect();
    let describe = || {
        notifications.iter().fold(FakeConfd::builder(), |builder, notification| {
            builder.notify_on_subscribe(notification)
        })
    };
    for daemon in on_every_transport(describe).await {
        let mut events = daemon.events().await;
        for event in all_events() {
            assert_eq!(next_ha(&mut events).await, event);
        }
        assert!(matches!(next(&mut events).await, Event::Heartbeat));
    }
}

#[tokio::test]
async fn it_is_a_stream() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let events = daemon.events().await;
    for event in all_events() {
        daemon.emit(event);
    }
    let events: Vec<HaEvent> = events
        .take(all_events().len())
        .map(|item| match item.unwrap() {
            Event::Ha { event, ack: None } => event,
            other => panic!("{other:?}"),
        })
        .collect()
        .await;
    assert_eq!(events, all_events());
}

#[tokio::test]
async fn unknown_notifications_are_delivered() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let builder = daemon.builder().events().unwrap();
    let mut events = builder.also(EventMask::AUDIT).subscribe().await.unwrap();
    for flag in [1, 1 << 30, 1 << 31, -(1 << 31), 3, 1 << 40] {
        daemon.notify(&other(flag));
        let Event::Other(other) = next(&mut events).await else { panic!("{flag}") };
        assert_eq!(i128::from(other.flag), flag);
        assert_eq!(other.term.to_string(), format!("{{{flag},1}}"));
    }
    daemon.notify(&Notification::HealthCheck);
    assert!(matches!(next(&mut events).await, Event::HealthCheck));
}

#[tokio::test]
async fn a_notification_that_is_none_is_an_error_and_not_the_end() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let mut events = daemon.events().await;
    daemon.send_to_subscribers(b"\0\0\0\x02\x83j");
    daemon.emit(HaEvent::IsNone);
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(next_ha(&mut events).await, HaEvent::IsNone);
    daemon.send_to_subscribers(b"\xff\xff\xff\xff");
    assert_eq!(events.next().await.unwrap().unwrap_err().kind(), ErrorKind::Protocol);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn the_end_is_an_error_and_then_none() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let mut events = daemon.events().await;
    daemon.emit(HaEvent::IsNone);
    daemon.close_event_sockets();
    assert_eq!(next_ha(&mut events).await, HaEvent::IsNone);
    let end = events.next().await.unwrap().unwrap_err();
    assert_eq!(end.kind(), ErrorKind::Closed);
    assert!(!end.is_retryable(), "the stream is over");
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn subscriptions_say_what_was_asked_for() {
    use std::time::Duration;

    let daemon = Daemon::start(FakeConfd::builder()).await;
    let plan = || daemon.builder().events().unwrap();
    let millisecond = Duration::from_millis(1);
    let plans = [
        plan(),
        plan().form(SubscriptionForm::Four),
        plan().heartbeat(millisecond).health_check(12_000 * millisecond),
        plan().sync().also(EventMask::all()),
    ];
    for plan in plans {
        drop(plan.subscribe().await.unwrap());
    }
    let subscriptions = daemon.subscriptions();
    let [plain, four, alive, all] = &subscriptions[..] else { panic!("{subscriptions:?}") };
    assert_eq!((plain.mask, plain.verbosity), (EventMask::HA_INFO, Some(0)));
    assert_eq!((four.mask, four.verbosity), (EventMask::HA_INFO, None));
    assert_eq!((alive.heartbeat_ms, alive.health_check_ms), (1000, 12_000));
    let signs = EventMask::HEARTBEAT | EventMask::HEALTH_CHECK;
    assert_eq!(alive.mask, EventMask::HA_INFO | signs);
    // What would have to be answered, and what needs an interval, is not asked for by the way.
    let unanswered = EventMask::COMMIT_DIFF | EventMask::AUDIT_SYNC | EventMask::AUDIT_NETWORK_SYNC;
    assert_eq!(all.mask, EventMask::all() - unanswered - signs);
}

#[tokio::test]
async fn a_client_and_its_events_see_each_other() {
    let daemon = Daemon::start(FakeConfd::builder().peer(node0())).await;
    let client = daemon.client().await;
    let mut events = client.events().subscribe().await.unwrap();
    client.be_primary("node1").await.unwrap();
    assert_eq!(next_ha(&mut events).await, HaEvent::IsPrimary);
    client.be_none().await.unwrap();
    assert_eq!(next_ha(&mut events).await, HaEvent::IsNone);
}
