//! A daemon that goes wrong with an order.

use std::path::PathBuf;
use std::time::Duration;

use confd_ha::{Client, Error, ErrorCode, ErrorKind, Node, Wait};
use quorate_codec::confd_ha::{OrderNumber, Refusal};
use quorate_fixtures::confd::Reaction;

use super::{Daemon, LONG, SHORT, Transport, expect, patiently, run};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Order {
    Status,
    BePrimary,
    BeSecondary,
    /// Without waiting: it is not answered, and the next order is the first to notice anything.
    BeSecondaryAtOnce,
    /// Without waiting, and its result is taken from the events.
    BeSecondaryJoined,
    BeNone,
    BeRelay,
    SecondaryDead,
}

const ORDERS: [Order; 8] = [
    Order::Status,
    Order::BePrimary,
    Order::BeSecondary,
    Order::BeSecondaryAtOnce,
    Order::BeSecondaryJoined,
    Order::BeNone,
    Order::BeRelay,
    Order::SecondaryDead,
];

/// What becomes of an order, and of the connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    /// It is answered, if only by a refusal, and the connection goes on.
    Answered,
    /// It fails like this, and the connection goes on.
    Fails(ErrorKind),
    /// It fails like this, and so does everything after it, like that.
    Ends(ErrorKind, ErrorKind),
    /// It is answered; what comes after it is not.
    EndsAfterwards,
}

fn reactions() -> Vec<(Reaction, Outcome)> {
    use ErrorKind::{Abandoned, Closed, Evicted, Protocol, Refused, Timeout};
    let refusal = Refusal::new(ErrorCode::Internal);
    vec![
        (Reaction::Refuse(refusal), Outcome::Fails(Refused)),
        (Reaction::Delay(SHORT), Outcome::Answered),
        (Reaction::AnswerAnyway, Outcome::Answered),
        (Reaction::Repeat(1000), Outcome::EndsAfterwards),
        (Reaction::Silent, Outcome::Ends(Timeout, Abandoned)),
        (Reaction::Delay(LONG), Outcome::Ends(Timeout, Abandoned)),
        (Reaction::HalfFrame, Outcome::Ends(Timeout, Abandoned)),
        // The daemon is still there: it is taken for one that prefers another controller.
        (Reaction::Close, Outcome::Ends(Evicted, Evicted)),
        (Reaction::CloseMidFrame, Outcome::Ends(Closed, Closed)),
        (Reaction::Garbage, Outcome::Ends(Protocol, Closed)),
        (Reaction::HugeLength, Outcome::Ends(Protocol, Closed)),
        (Reaction::DeepNesting, Outcome::Ends(Protocol, Closed)),
        (Reaction::Send(b"\0\0\0\0".to_vec()), Outcome::Ends(Protocol, Closed)),
        (Reaction::WrongShape, Outcome::Fails(Protocol)),
    ]
}

#[test]
fn every_reaction_to_every_order_over_tcp() {
    run(cases(Transport::Tcp), meet);
}

#[test]
fn every_reaction_to_every_order_over_tcp6() {
    run(cases(Transport::Tcp6), meet);
}

#[test]
fn every_reaction_to_every_order_over_unix_sockets() {
    run(cases(Transport::Unix), meet);
}

type Case = (Transport, Order, Reaction, Outcome);

fn cases(transport: Transport) -> Vec<Case> {
    let with =
        |order| reactions().into_iter().map(move |(r, outcome)| (transport, order, r, outcome));
    ORDERS.into_iter().flat_map(with).collect()
}

async fn meet((transport, order, reaction, outcome): Case, root: PathBuf) {
    let case = &format!("{reaction:?} to {order:?} over {transport:?}");
    let daemon = Daemon::start(transport, &root).await;
    let subscriber = daemon.subscriber().await;
    let client = daemon.builder().connect().await.unwrap();
    let client = client.with_timeout(match outcome {
        Outcome::Ends(ErrorKind::Timeout, _) => SHORT,
        _ => LONG,
    });
    daemon.fake.react(order.number(), reaction.clone());
    match order {
        Order::BeSecondaryAtOnce => {
            patiently(order.give(&client), case).await.unwrap();
            daemon.fake.wait_for_orders(1).await;
            afterwards(&client, &reaction, case).await;
        }
        Order::BeSecondaryJoined => joined(&client, &reaction, case).await,
        _ => answered(&daemon, &client, order, outcome, case).await,
    }
    // However it ended, another connection can be had.
    drop(client);
    daemon.controller().await;
    daemon.end(None, Some(subscriber), case).await;
}

/// Of an order that is to be answered.
async fn answered(daemon: &Daemon, client: &Client, order: Order, outcome: Outcome, case: &str) {
    let result = patiently(order.give(client), case).await;
    let after = || patiently(client.status(), case);
    match outcome {
        Outcome::Answered => {
            check_answered(result, case);
            after().await.unwrap_or_else(|error| panic!("{case}: then {error}"));
        }
        Outcome::Fails(kind) => {
            expect(result, kind, case);
            after().await.unwrap_or_else(|error| panic!("{case}: then {error}"));
        }
        Outcome::Ends(kind, then) => {
            let error = expect(result, kind, case);
            // One that was sent at the last moment is still to be read.
            daemon.fake.wait_for_orders(1).await;
            // Whether the order was obeyed is not known.
            assert!(!error.is_retryable(), "{case}: {error}");
            for _ in 0..2 {
                expect(after().await, then, case);
            }
        }
        Outcome::EndsAfterwards => {
            check_answered(result, case);
            // That to the first may be taken for that to the second, if it comes late enough; but
            // there are more.
            let mut then = after().await.map(drop);
            while is_answered(&then) {
                then = after().await.map(drop);
            }
            expect(then, ErrorKind::Protocol, case);
            expect(after().await, ErrorKind::Closed, case);
        }
    }
}

/// Of an order that is not to be answered: what the next one meets.
async fn afterwards(client: &Client, reaction: &Reaction, case: &str) {
    let mut next = patiently(client.status(), case).await.map(drop);
    match reaction {
        Reaction::Refuse(_) | Reaction::Repeat(_) | Reaction::Delay(SHORT) => {
            next.unwrap_or_else(|error| panic!("{case}: {error}"));
            return;
        }
        _ => {}
    }
    // What was sent may come after the next order is; then, looking like an answer, it is taken for
    // the answer, and found out when it is not the last.
    while is_answered(&next) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        next = patiently(client.status(), case).await.map(drop);
    }
    match reaction {
        Reaction::Silent | Reaction::Delay(_) => drop(expect(next, ErrorKind::Timeout, case)),
        Reaction::Close => drop(expect(next, ErrorKind::Evicted, case)),
        // The first half may come before the order, or after it.
        Reaction::HalfFrame | Reaction::CloseMidFrame => {
            let error = next.expect_err(case);
            let kinds =
                [ErrorKind::Protocol, ErrorKind::Timeout, ErrorKind::Closed, ErrorKind::Evicted];
            assert!(kinds.contains(&error.kind()), "{case}: {error}");
        }
        _ => drop(expect(next, ErrorKind::Protocol, case)),
    }
}

/// Of an order whose result is an event, which need not come.
async fn joined(client: &Client, reaction: &Reaction, case: &str) {
    match reaction {
        // It is obeyed, or refused by an event: there is no such primary.
        Reaction::Refuse(_) | Reaction::Delay(SHORT) | Reaction::AnswerAnyway => {
            let result = patiently(Order::BeSecondaryJoined.give(client), case).await;
            expect(result, ErrorKind::Refused, case);
        }
        Reaction::Repeat(_) => {
            let result = patiently(Order::BeSecondaryJoined.give(client), case).await;
            expect(result, ErrorKind::Refused, case);
        }
        // Nothing of what goes wrong with the HA socket tells that there will be no event.
        _ => {
            let client = client.with_timeout(SHORT);
            let result = patiently(Order::BeSecondaryJoined.give(&client), case).await;
            expect(result, ErrorKind::Timeout, case);
        }
    }
}

fn check_answered(result: Result<(), Error>, case: &str) {
    assert!(is_answered(&result), "{case}: {result:?}");
}

/// Whether it was answered, if only by a refusal.
fn is_answered(result: &Result<(), Error>) -> bool {
    result.as_ref().err().is_none_or(|error| error.kind() == ErrorKind::Refused)
}

impl Order {
    fn number(self) -> OrderNumber {
        match self {
            Self::Status => OrderNumber::Status,
            Self::BePrimary => OrderNumber::BePrimary,
            Self::BeSecondary | Self::BeSecondaryAtOnce | Self::BeSecondaryJoined => {
                OrderNumber::BeSecondary
            }
            Self::BeNone => OrderNumber::BeNone,
            Self::BeRelay => OrderNumber::BeRelay,
            Self::SecondaryDead => OrderNumber::SecondaryDead,
        }
    }

    async fn give(self, client: &Client) -> Result<(), Error> {
        let primary = || Node::new("node0", "127.0.0.1");
        match self {
            Self::Status => client.status().await.map(drop),
            Self::BePrimary => client.be_primary("node1").await,
            Self::BeSecondary => client.be_secondary("node1", primary(), Wait::ForSync).await,
            Self::BeSecondaryAtOnce => client.be_secondary("node1", primary(), Wait::No).await,
            Self::BeSecondaryJoined => client.be_secondary_joined("node1", primary()).await,
            Self::BeNone => client.be_none().await,
            Self::BeRelay => client.be_relay().await,
            Self::SecondaryDead => client.secondary_dead("node2").await,
        }
    }
}
