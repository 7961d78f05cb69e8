//! A daemon that goes wrong while its clients try to come back.

use std::path::PathBuf;
use std::time::Duration;

use confd_ha::{ErrorCode, ErrorKind, Event, Reconnect};
use quorate_codec::confd_ha::{Notification, Refusal};
use quorate_fixtures::confd::{EventFault, Greeting, Reaction};
use tokio::time::{Instant, timeout};

use super::{Daemon, LONG, SHORT, Transport, patiently, run};

/// Faults that a subscriber meets when it comes back, and whether it goes on trying.
fn faults() -> Vec<(Greeting, Option<Reaction>, Result<(), ErrorKind>)> {
    let reply = |status: u8| vec![status, 0, 66, 7, 8, 2, 0, 60, 18];
    let refusal = |code| Some(Reaction::Refuse(Refusal::new(code)));
    vec![
        (Greeting::Close, None, Ok(())),
        (Greeting::Unavailable, None, Ok(())),
        (Greeting::Silent, None, Ok(())),
        (Greeting::Hold(vec![0, 0]), None, Ok(())),
        (Greeting::Send(vec![0, 0]), None, Ok(())),
        (Greeting::Accept, Some(Reaction::Silent), Ok(())),
        (Greeting::Accept, Some(Reaction::HalfFrame), Ok(())),
        (Greeting::Accept, Some(Reaction::Close), Ok(())),
        (Greeting::Accept, refusal(ErrorCode::Unavailable), Ok(())),
        (Greeting::Send(reply(1)), None, Err(ErrorKind::BadVersion)),
        (Greeting::Send(reply(2)), None, Err(ErrorKind::BadSizes)),
        (Greeting::Send(vec![0xff; 1000]), None, Err(ErrorKind::Protocol)),
        (Greeting::Accept, refusal(ErrorCode::NoExists), Err(ErrorKind::Refused)),
        (Greeting::Accept, Some(Reaction::CloseMidFrame), Err(ErrorKind::Closed)),
        (Greeting::Accept, Some(Reaction::Garbage), Err(ErrorKind::Protocol)),
        (Greeting::Accept, Some(Reaction::HugeLength), Err(ErrorKind::Protocol)),
        (Greeting::Accept, Some(Reaction::DeepNesting), Err(ErrorKind::Protocol)),
    ]
}

type Case = (Transport, Greeting, Option<Reaction>, Result<(), ErrorKind>);

fn cases(transport: Transport) -> Vec<Case> {
    faults().into_iter().map(|(g, r, outcome)| (transport, g, r, outcome)).collect()
}

#[test]
fn every_fault_while_coming_back_over_tcp() {
    run(cases(Transport::Tcp), meet);
}

#[test]
fn every_fault_while_coming_back_over_tcp6() {
    run(cases(Transport::Tcp6), meet);
}

#[test]
fn every_fault_while_coming_back_over_unix_sockets() {
    run(cases(Transport::Unix), meet);
}

async fn meet((transport, greeting, reaction, outcome): Case, root: PathBuf) {
    let case = &format!("{greeting:?}, then {reaction:?}, over {transport:?}");
    let daemon = Daemon::start(transport, &root).await;
    let (controller, subscriber) = (daemon.controller().await, daemon.subscriber().await);
    let pause = Duration::from_millis(1);
    let policy = Reconnect::new().first_pause(pause).longest_pause(10 * pause);
    // Of each attempt: some of the faults are silence.
    let deadline = if outcome.is_ok() { 4 * SHORT } else { LONG };
    let builder = daemon.builder().connect_timeout(deadline).reconnect(policy);
    let mut events = builder.events().unwrap().subscribe().await.unwrap();

    daemon.fake.greet(greeting);
    daemon.fake.react_to_subscriptions(reaction);
    daemon.fake.inject_newest_subscriber(EventFault::Close);
    let lost = patiently(events.next(), case).await;
    assert!(matches!(lost, Some(Ok(Event::Lost { .. }))), "{case}: {lost:?}");
    match outcome {
        Ok(()) => {
            // It is there again as soon as the daemon is, however often it failed before that.
            let _too_soon = timeout(deadline / 2, events.next()).await;
            daemon.fake.greet(Greeting::Accept);
            daemon.fake.react_to_subscriptions(None);
            daemon.fake.notify(&Notification::HealthCheck);
            loop {
                match patiently(events.next(), case).await {
                    Some(Ok(Event::HealthCheck)) => break,
                    Some(Ok(Event::Restored)) => {
                        daemon.fake.notify(&Notification::HealthCheck);
                    }
                    other => panic!("{case}: {other:?}"),
                }
            }
        }
        Err(kind) => {
            let end = patiently(events.next(), case).await.unwrap();
            assert_eq!(end.unwrap_err().kind(), kind, "{case}");
            assert!(events.next().await.is_none(), "{case}");
        }
    }
    daemon.fake.greet(Greeting::Accept);
    daemon.end(Some(controller), Some(subscriber), case).await;
}

/// A daemon that accepts clients and then closes is not stormed: each loss is followed by a pause.
#[test]
fn a_daemon_that_closes_at_once_is_not_stormed() {
    run(vec![Transport::Tcp, Transport::Unix], async |transport, root| {
        let daemon = Daemon::start(transport, &root).await;
        let policy = Reconnect::new().first_pause(SHORT / 25).longest_pause(SHORT);
        let plan = daemon.builder().reconnect(policy).events().unwrap();
        let mut events = plan.subscribe().await.unwrap();
        let start = Instant::now();
        let mut outages = 0;
        while outages < 10 {
            daemon.fake.close_event_sockets();
            match patiently(events.next(), "stormed").await.unwrap().unwrap() {
                Event::Restored => outages += 1,
                event => assert!(matches!(event, Event::Lost { .. }), "{event:?}"),
            }
        }
        // They grow: 2, 4, 8, 16, 32, and 5 times 50 ms. Half of each is random.
        let least = Duration::from_millis((2 + 4 + 8 + 16 + 32 + 5 * 50) / 2);
        assert!(start.elapsed() >= least, "{outages} times in {:?}", start.elapsed());
        daemon.fake.stop().await;
    });
}
