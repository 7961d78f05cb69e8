//! What a daemon refuses, with every code and in both shapes.

mod common;

use common::{Daemon, node0};
use confd_ha::{Client, Error, ErrorCode, ErrorKind, Wait};
use quorate_codec::confd_ha::{OrderNumber, Refusal};
use quorate_fixtures::confd::{FakeConfd, Reaction};

async fn give(client: &Client, order: OrderNumber) -> Result<(), Error> {
    match order {
        OrderNumber::BePrimary => client.be_primary("n").await,
        OrderNumber::BeSecondary => client.be_secondary("n", node0(), Wait::ForSync).await,
        OrderNumber::BeNone => client.be_none().await,
        OrderNumber::SecondaryDead => client.secondary_dead("x").await,
        OrderNumber::BeRelay => client.be_relay().await,
        _ => client.status().await.map(drop),
    }
}

#[tokio::test]
async fn every_code_for_every_order() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.client().await;
    let unknown = [-1, 0, 74, i32::MAX, i32::MIN].map(ErrorCode::from);
    for &order in OrderNumber::KNOWN {
        for &code in ErrorCode::KNOWN.iter().chain(&unknown) {
            for reason in [None, Some("in words")] {
                let refusal = Refusal { code, reason: reason.map(str::to_owned) };
                daemon.react(order, Reaction::Refuse(refusal));
                let error = give(&client, order).await.unwrap_err();
                assert_eq!((error.kind(), error.status()), (ErrorKind::Refused, Some(code)));
                assert_eq!(error.reason(), reason);
                let text = error.to_string();
                assert!(text.contains(order.name().unwrap()) && text.contains(&code.to_string()));
                assert_eq!(text.contains("in words"), reason.is_some(), "{text}");
                assert!(!error.is_closed() && !error.is_timeout());
            }
        }
    }
    // The connection has lived through all of it.
    assert_eq!(daemon.connections(), 1);
}

#[tokio::test]
async fn start_phase_0_allows_status_only() {
    let daemon = Daemon::start(FakeConfd::builder().phase0()).await;
    let client = daemon.client().await;
    for &order in OrderNumber::KNOWN {
        let result = give(&client, order).await;
        if order == OrderNumber::Status {
            result.unwrap();
        } else {
            let error = result.unwrap_err();
            assert_eq!(error.status(), Some(ErrorCode::BadState));
            assert!(error.is_retryable() && error.to_string().contains("start phase 0"), "{error}");
        }
    }
}

#[tokio::test]
async fn the_daemons_words_are_cut_and_tamed_in_the_text_only() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    let client = daemon.client().await;
    let reason = format!("line\nbreak {}", "x".repeat(5000));
    let refusal = Refusal { code: ErrorCode::Internal, reason: Some(reason.clone()) };
    daemon.react(OrderNumber::BeNone, Reaction::Refuse(refusal));
    let error = client.be_none().await.unwrap_err();
    assert_eq!(error.reason(), Some(&*reason));
    let text = error.to_string();
    assert!(text.contains("line\\nbreak") && text.len() < 400, "{text}");
}
