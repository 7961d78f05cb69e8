//! A daemon that goes wrong with a subscriber.

use std::path::PathBuf;
use std::time::Duration;

use confd_ha::{Error, ErrorKind, Event, Events, HaEvent, Reconnect};
use quorate_codec::confd_ha::Notification;
use quorate_fixtures::confd::EventFault;

use super::{Daemon, Transport, expect, patiently, run};

/// What the stream is doing when the daemon goes wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// No task polls it.
    Idle,
    /// A task waits for the next event.
    Waiting,
    /// The daemon is blocked by an event that was not acknowledged.
    Blocking,
    /// It connects again when it is lost.
    Reconnecting,
}

const STATES: [State; 4] = [State::Idle, State::Waiting, State::Blocking, State::Reconnecting];

/// What becomes of the stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    /// Events come as before.
    GoesOn,
    /// An error comes, and events after it.
    Skips,
    /// Nothing comes but that, from time to time: nothing came.
    Misses,
    /// An error of this kind comes, and then the end.
    Ends(ErrorKind),
}

const FAULTS: [(EventFault, Outcome); 9] = [
    (EventFault::Garbage, Outcome::Skips),
    (EventFault::WrongShape, Outcome::Skips),
    (EventFault::DeepNesting, Outcome::Skips),
    (EventFault::HugeLength, Outcome::Ends(ErrorKind::Protocol)),
    (EventFault::HalfFrame, Outcome::Misses),
    (EventFault::Hang, Outcome::Misses),
    (EventFault::CloseMidFrame, Outcome::Ends(ErrorKind::Closed)),
    (EventFault::Close, Outcome::Ends(ErrorKind::Closed)),
    (EventFault::Flood(10_000), Outcome::GoesOn),
];

#[test]
fn every_event_fault_in_every_state_over_tcp() {
    run(cases(Transport::Tcp), meet);
}

#[test]
fn every_event_fault_in_every_state_over_tcp6() {
    run(cases(Transport::Tcp6), meet);
}

#[test]
fn every_event_fault_in_every_state_over_unix_sockets() {
    run(cases(Transport::Unix), meet);
}

type Case = (Transport, State, EventFault, Outcome);

fn cases(transport: Transport) -> Vec<Case> {
    let with = |state| FAULTS.map(|(fault, outcome)| (transport, state, fault, outcome));
    STATES.into_iter().flat_map(with).collect()
}

async fn meet((transport, state, fault, outcome): Case, root: PathBuf) {
    let case = &format!("{fault:?} in {state:?} over {transport:?}");
    let daemon = Daemon::start(transport, &root).await;
    let (controller, subscriber) = (daemon.controller().await, daemon.subscriber().await);

    let mut plan = daemon.builder().events().unwrap();
    if outcome == Outcome::Misses {
        // The shortest there is. Without, a silent daemon cannot be told from one that has nothing
        // to tell.
        plan = plan.heartbeat(Duration::from_secs(1)).heartbeat_grace(Duration::ZERO);
        daemon.fake.hang();
    }
    match state {
        State::Idle | State::Waiting => {}
        State::Blocking => plan = plan.sync(),
        State::Reconnecting => {
            plan = plan.reconnect(Reconnect::new().first_pause(Duration::from_millis(1)));
        }
    }
    let mut events = plan.subscribe().await.unwrap();
    daemon.fake.wait_for_subscribers(2).await;
    let wrong = || daemon.fake.inject_newest_subscriber(fault);
    match state {
        State::Idle => {
            wrong();
            let first = patiently(events.next(), case).await;
            check(first, outcome, case);
            afterwards(&mut events, &daemon, outcome, case).await;
        }
        State::Waiting => {
            let waiting = case.clone();
            let waiting = tokio::spawn(async move {
                let first = patiently(events.next(), &waiting).await;
                (events, first)
            });
            tokio::task::yield_now().await;
            wrong();
            let (mut events, first) = waiting.await.unwrap();
            check(first, outcome, case);
            afterwards(&mut events, &daemon, outcome, case).await;
        }
        State::Blocking => {
            daemon.fake.emit(HaEvent::IsPrimary);
            let held = patiently(events.next(), case).await.unwrap().unwrap();
            assert!(matches!(held, Event::Ha { ack: Some(_), .. }), "{case}: {held:?}");
            wrong();
            let first = patiently(events.next(), case).await;
            check(first, outcome, case);
            afterwards(&mut events, &daemon, outcome, case).await;
            drop(held);
            if matches!(outcome, Outcome::GoesOn | Outcome::Skips) {
                daemon.fake.wait_for_sync(|account| account.acknowledged == 1).await;
            }
            // A subscriber that is gone blocks nothing.
            drop(events);
            daemon.fake.wait_for_sync(|account| account.outstanding == 0).await;
        }
        State::Reconnecting => {
            wrong();
            let first = patiently(events.next(), case).await;
            if let Outcome::Ends(kind) = outcome {
                check_reconnected(first, kind, &mut events, &daemon, case).await;
            } else {
                check(first, outcome, case);
                afterwards(&mut events, &daemon, outcome, case).await;
            }
        }
    }
    daemon.end(Some(controller), Some(subscriber), case).await;
}

type Item = Option<Result<Event, Error>>;

fn check(first: Item, outcome: Outcome, case: &str) {
    let first = first.unwrap_or_else(|| panic!("{case}: it ended without an error"));
    match (outcome, first) {
        (Outcome::GoesOn, Ok(Event::Heartbeat)) | (Outcome::Misses, Ok(Event::Missed { .. })) => {}
        (Outcome::Skips, first) => drop(expect(first, ErrorKind::Protocol, case)),
        (Outcome::Ends(kind), first) => drop(expect(first, kind, case)),
        (_, first) => panic!("{case}: {first:?}"),
    }
}

async fn afterwards(events: &mut Events, daemon: &Daemon, outcome: Outcome, case: &str) {
    match outcome {
        Outcome::GoesOn | Outcome::Skips => {
            daemon.fake.notify(&Notification::HealthCheck);
            loop {
                let event = patiently(events.next(), case).await.unwrap();
                match event.unwrap_or_else(|error| panic!("{case}: then {error}")) {
                    Event::Heartbeat => {}
                    event => {
                        break assert!(matches!(event, Event::HealthCheck), "{case}: {event:?}");
                    }
                }
            }
        }
        Outcome::Misses => {
            let again = patiently(events.next(), case).await;
            assert!(matches!(again, Some(Ok(Event::Missed { .. }))), "{case}: then {again:?}");
        }
        Outcome::Ends(_) => {
            for _ in 0..2 {
                let after = patiently(events.next(), case).await;
                assert!(after.is_none(), "{case}: then {after:?}");
            }
        }
    }
}

/// The connection is lost, re-established, and as good as the first.
async fn check_reconnected(
    first: Item,
    kind: ErrorKind,
    events: &mut Events,
    daemon: &Daemon,
    case: &str,
) {
    let Some(Ok(Event::Lost { reason })) = first else { panic!("{case}: {first:?}") };
    assert_eq!(reason.kind(), kind, "{case}: {reason}");
    let restored = patiently(events.next(), case).await;
    assert!(matches!(restored, Some(Ok(Event::Restored))), "{case}: {restored:?}");
    daemon.fake.notify(&Notification::HealthCheck);
    let event = patiently(events.next(), case).await;
    assert!(matches!(event, Some(Ok(Event::HealthCheck))), "{case}: {event:?}");
}
