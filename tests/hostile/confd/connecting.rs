//! A daemon that goes wrong before the client is in.

use std::path::PathBuf;

use confd_ha::{Error, ErrorCode, ErrorKind};
use quorate_codec::confd_ha::Refusal;
use quorate_fixtures::confd::{Greeting, Reaction};

use super::{Daemon, LONG, SHORT, Transport, expect, patiently, run};

/// What the client connects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Socket {
    Ha,
    Events,
}

#[derive(Clone, Debug)]
struct Case {
    transport: Transport,
    socket: Socket,
    knows_secret: bool,
    greeting: Greeting,
    /// What is answered to the subscription, where it comes to that.
    subscription: Option<Reaction>,
    kind: ErrorKind,
    is_retryable: bool,
}

/// Faults before the client has said whether it knows a secret, or if it has none.
fn greetings() -> Vec<(Greeting, ErrorKind, bool)> {
    let reply = |status: u8| vec![status, 0, 66, 7, 8, 2, 0, 60, 18];
    vec![
        (Greeting::Unavailable, ErrorKind::Unavailable, true),
        (Greeting::Hold(vec![13]), ErrorKind::Unavailable, true),
        (Greeting::Close, ErrorKind::Closed, true),
        (Greeting::Send(vec![0, 0, 78]), ErrorKind::Closed, true),
        (Greeting::Silent, ErrorKind::Timeout, true),
        (Greeting::Delay(LONG), ErrorKind::Timeout, true),
        (Greeting::Hold(vec![0, 0, 78]), ErrorKind::Timeout, true),
        (Greeting::Send(reply(1)), ErrorKind::BadVersion, false),
        (Greeting::Send(reply(2)), ErrorKind::BadSizes, false),
        (Greeting::Send(reply(3)), ErrorKind::Protocol, false),
        (Greeting::Send(vec![0xff; 1 << 20]), ErrorKind::Protocol, false),
        (Greeting::Send(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), ErrorKind::Protocol, false),
    ]
}

/// Faults in the middle of an access check.
fn access_checks() -> Vec<(Greeting, ErrorKind, bool)> {
    let challenged = |more: &[u8]| [&[11; 17], more].concat();
    vec![
        (Greeting::Close, ErrorKind::Closed, true),
        (Greeting::Silent, ErrorKind::Timeout, true),
        (Greeting::Send(vec![0xff; 17]), ErrorKind::AccessDenied, false),
        (Greeting::Hold(vec![11; 9]), ErrorKind::Timeout, true),
        (Greeting::Send(vec![11; 9]), ErrorKind::Closed, true),
        (Greeting::Hold(challenged(&[])), ErrorKind::Timeout, true),
        (Greeting::Send(challenged(&[])), ErrorKind::Closed, true),
        (Greeting::Hold(challenged(&[1])), ErrorKind::AccessDenied, false),
        (Greeting::Hold(challenged(&[0])), ErrorKind::Timeout, true),
        (Greeting::Hold(challenged(&[0, 0, 0])), ErrorKind::Timeout, true),
        (Greeting::Hold(challenged(&[0; 10][..1])), ErrorKind::Timeout, true),
        (Greeting::Hold(challenged(&[0, 3, 0, 78, 7, 8, 2, 0, 20, 9])), ErrorKind::Protocol, false),
    ]
}

/// Faults in the answer to a subscription.
fn subscriptions() -> Vec<(Reaction, ErrorKind, bool)> {
    vec![
        (Reaction::Refuse(Refusal::new(ErrorCode::NoExists)), ErrorKind::Refused, false),
        (Reaction::Close, ErrorKind::Closed, true),
        (Reaction::CloseMidFrame, ErrorKind::Closed, false),
        (Reaction::Silent, ErrorKind::Timeout, true),
        (Reaction::Delay(LONG), ErrorKind::Timeout, true),
        (Reaction::HalfFrame, ErrorKind::Timeout, true),
        (Reaction::Garbage, ErrorKind::Protocol, false),
        (Reaction::HugeLength, ErrorKind::Protocol, false),
        (Reaction::DeepNesting, ErrorKind::Protocol, false),
        (Reaction::WrongShape, ErrorKind::Protocol, false),
        (Reaction::Send(b"\0\0\0\0".to_vec()), ErrorKind::Protocol, false),
    ]
}

#[test]
fn every_fault_while_connecting_over_tcp() {
    run(cases(Transport::Tcp), meet);
}

#[test]
fn every_fault_while_connecting_over_tcp6() {
    run(cases(Transport::Tcp6), meet);
}

#[test]
fn every_fault_while_connecting_over_unix_sockets() {
    run(cases(Transport::Unix), meet);
}

fn cases(transport: Transport) -> Vec<Case> {
    let mut cases = Vec::new();
    for socket in [Socket::Ha, Socket::Events] {
        for (knows_secret, greetings) in [(false, greetings()), (true, access_checks())] {
            for (greeting, kind, is_retryable) in greetings {
                let subscription = None;
                cases.push(Case {
                    transport,
                    socket,
                    knows_secret,
                    greeting,
                    subscription,
                    kind,
                    is_retryable,
                });
            }
        }
    }
    for (reaction, kind, is_retryable) in subscriptions() {
        let (greeting, subscription) = (Greeting::Accept, Some(reaction));
        cases.push(Case {
            transport,
            socket: Socket::Events,
            knows_secret: false,
            greeting,
            subscription,
            kind,
            is_retryable,
        });
    }
    cases
}

async fn meet(case: Case, root: PathBuf) {
    let name = &format!("{case:?}");
    let daemon = Daemon::start(case.transport, &root).await;
    let (controller, subscriber) = (daemon.controller().await, daemon.subscriber().await);
    daemon.fake.greet(case.greeting);
    daemon.fake.react_to_subscriptions(case.subscription);
    let mut builder = daemon.builder();
    if case.kind == ErrorKind::Timeout {
        builder = builder.connect_timeout(SHORT);
    }
    if case.knows_secret {
        builder = builder.access_secret("secret");
    }
    let connecting = connect(builder, case.socket);
    let error = expect(patiently(connecting, name).await, case.kind, name);
    assert_eq!(error.is_retryable(), case.is_retryable, "{name}: {error}");

    // Nothing of it sticks.
    daemon.fake.greet(Greeting::Accept);
    daemon.fake.react_to_subscriptions(None);
    connect(daemon.builder(), Socket::Events).await.unwrap();
    daemon.end(Some(controller), Some(subscriber), name).await;
}

async fn connect(builder: confd_ha::Builder, socket: Socket) -> Result<(), Error> {
    match socket {
        Socket::Ha => builder.connect().await.map(drop),
        Socket::Events => builder.events()?.subscribe().await.map(drop),
    }
}
