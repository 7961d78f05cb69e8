//! What a broken daemon does to an order: a typed error, and the connection is closed.

mod common;

use std::time::Duration;

use common::{Daemon, LONG};
use confd_ha::{Client, Error, ErrorKind};
use quorate_codec::confd_ha::OrderNumber;
use quorate_fixtures::confd::{FakeConfd, Reaction};

/// Meets the reaction with a status order, and another one after it.
async fn meet(daemon: &Daemon, reaction: Reaction) -> (Error, Error) {
    daemon.react(OrderNumber::Status, reaction);
    let client = daemon.client().await;
    let error = client.status().await.unwrap_err();
    let after = client.status().await.unwrap_err();
    (error, after)
}

#[tokio::test]
async fn bytes_that_are_no_answer() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    for (reaction, cause) in [
        (Reaction::Garbage, "status reply: status reply at offset 0: found 222"),
        (Reaction::HugeLength, "frame: length at offset 0: found 4294967295"),
        (Reaction::DeepNesting, "at most 16 levels of nesting"),
        (Reaction::Send(b"\0\0\0\0".to_vec()), "1 bytes needed, 0 left"),
        (Reaction::Send(b"\0\0\0\x08\x83h\x02a\x01a\x05j".to_vec()), "nodes at offset 5"),
    ] {
        let (error, after) = meet(&daemon, reaction).await;
        assert_eq!(error.kind(), ErrorKind::Protocol);
        let found = std::error::Error::source(&error).unwrap().to_string();
        assert!(found.contains(cause), "{found}");
        assert!(after.is_closed(), "{after}");
    }
}

#[tokio::test]
async fn an_answer_of_the_wrong_shape() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.client().await;
    daemon.react(OrderNumber::Status, Reaction::WrongShape);
    let error = client.status().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("unexpected answer to status: ok"), "{error}");
    daemon.react(OrderNumber::BeNone, Reaction::WrongShape);
    let error = client.be_none().await.unwrap_err();
    assert!(error.to_string().contains("unexpected answer to be-none: {1,[]}"), "{error}");
    // Frames are still in step.
    client.status().await.unwrap();
}

#[tokio::test]
async fn any_other_atom_is_no_success() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.client().await;
    daemon.react(OrderNumber::BeNone, Reaction::Send(b"\0\0\0\x09\x83d\0\x05error".to_vec()));
    assert_eq!(client.be_none().await.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn an_end_inside_a_frame() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let (error, after) = meet(&daemon, Reaction::CloseMidFrame).await;
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(error.to_string().contains("inside a frame") && !error.is_retryable(), "{error}");
    assert!(after.is_closed());
}

#[tokio::test]
async fn an_answer_to_an_order_that_has_none() {
    let daemon = Daemon::start(FakeConfd::builder().peer(common::node0())).await;
    let client = daemon.client().await;
    daemon.react(OrderNumber::BeSecondary, Reaction::AnswerAnyway);
    client.be_secondary("node1", common::node0(), confd_ha::Wait::No).await.unwrap();
    // The answer may be on its way while the next order is sent; then it is found with its answer.
    let mut result = client.status().await.map(drop);
    if result.is_ok() {
        result = client.status().await.map(drop);
    }
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test(start_paused = true)]
async fn silence() {
    let daemon = Daemon::on_stopped_clock(FakeConfd::builder()).await;
    let (error, after) = meet(&daemon, Reaction::Silent).await;
    assert!(error.is_timeout() && !error.is_retryable());
    assert_eq!(after.kind(), ErrorKind::Abandoned);
}

#[tokio::test]
async fn nothing_hangs() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let reactions = [
        Reaction::Garbage,
        Reaction::HugeLength,
        Reaction::DeepNesting,
        Reaction::CloseMidFrame,
        Reaction::Close,
    ];
    for reaction in reactions {
        for &order in OrderNumber::KNOWN {
            daemon.react(order, reaction.clone());
            let client = daemon.client().await;
            let given = async {
                match order {
                    OrderNumber::BePrimary => client.be_primary("n").await,
                    OrderNumber::BeNone => client.be_none().await,
                    OrderNumber::SecondaryDead => client.secondary_dead("n").await,
                    OrderNumber::BeRelay => client.be_relay().await,
                    OrderNumber::BeSecondary => be_secondary(&client).await,
                    _ => client.status().await.map(drop),
                }
            };
            let error = tokio::time::timeout(LONG, given).await.unwrap().unwrap_err();
            assert_ne!(error.kind(), ErrorKind::Timeout, "{reaction:?} {error}");
        }
    }
}

async fn be_secondary(client: &Client) -> Result<(), Error> {
    let client = client.with_timeout(Duration::from_secs(20));
    client.be_secondary("n", common::node0(), confd_ha::Wait::ForSync).await
}
