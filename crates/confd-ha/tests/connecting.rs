//! Handshakes, access checks, and what a builder is told.

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use common::{Daemon, on_every_transport};
use confd_ha::{BadVersion, Client, ErrorKind, LibraryVersion, ProtocolVersion, Sizes};
use quorate_fixtures::confd::{Delivery, FakeConfd, Greeting};

async fn refused(greeting: Greeting) -> confd_ha::Error {
    Daemon::start(FakeConfd::builder().greeting(greeting))
        .await
        .builder()
        .connect()
        .await
        .unwrap_err()
}

#[tokio::test]
async fn another_protocol_version_is_an_error_with_both() {
    let fake = FakeConfd::builder().greeting(Greeting::SameVersion).protocol(ProtocolVersion(66));
    let daemon = Daemon::start(fake).await;
    let error = daemon.builder().connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadVersion);
    assert_eq!(error.daemon().unwrap().protocol, ProtocolVersion(66));
    assert!(error.to_string().contains("66") && error.to_string().contains("78"), "{error}");
    assert_eq!(daemon.connections(), 0);
    let client = daemon.builder().protocol(ProtocolVersion(66)).connect().await.unwrap();
    client.status().await.unwrap();
}

#[tokio::test]
async fn the_daemons_version_can_be_tried_once() {
    let fake = FakeConfd::builder().greeting(Greeting::SameVersion).protocol(ProtocolVersion(66));
    let daemon = Daemon::start(fake).await;
    let retrying = daemon.builder().bad_version(BadVersion::RetryWithDaemons);
    let client = retrying.clone().connect().await.unwrap();
    assert_eq!(client.daemon().protocol, ProtocolVersion(66));
    client.status().await.unwrap();
    drop(retrying.events().unwrap().subscribe().await.unwrap());
    // A daemon that always refuses is asked twice and not more often.
    let refuse = Greeting::Send(vec![1, 0, 99, 9, 9, 0, 0, 20, 9]);
    daemon.greet(refuse);
    let error = retrying_connect(&daemon).await;
    assert_eq!(error.kind(), ErrorKind::BadVersion);
    assert!(error.to_string().contains("we said 99"), "{error}");
}

async fn retrying_connect(daemon: &Daemon) -> confd_ha::Error {
    daemon.builder().bad_version(BadVersion::RetryWithDaemons).connect().await.unwrap_err()
}

#[tokio::test]
async fn sizes_that_are_too_small_are_an_error_with_those_needed() {
    let daemon = Daemon::start(FakeConfd::builder().greeting(Greeting::AtLeast(Sizes::NSO))).await;
    let error = daemon.builder().connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadSizes);
    assert_eq!(error.daemon().unwrap().sizes, Sizes::NSO);
    assert!(error.to_string().contains("MAXDEPTH 60 and MAXKEYLEN 18"), "{error}");
    let client = daemon.builder().sizes(Sizes::NSO).connect().await.unwrap();
    assert_eq!(client.daemon().sizes, Sizes::NSO);
}

#[tokio::test]
async fn every_other_refusal_is_told_apart() {
    assert_eq!(refused(Greeting::Unavailable).await.kind(), ErrorKind::Unavailable);
    assert!(refused(Greeting::Unavailable).await.is_retryable());
    assert_eq!(refused(Greeting::Close).await.kind(), ErrorKind::Closed);
    let unknown = Greeting::Send(vec![9, 0, 78, 7, 8, 2, 0, 20, 9]);
    assert_eq!(refused(unknown).await.kind(), ErrorKind::Protocol);
    assert_eq!(refused(Greeting::Send(vec![0, 0, 78])).await.kind(), ErrorKind::Closed);
    // Without waiting for the eight bytes that never come.
    assert_eq!(refused(Greeting::Send(vec![13])).await.kind(), ErrorKind::Unavailable);
    let unreachable = Client::builder().token("t").tcp("127.0.0.1:1").connect().await.unwrap_err();
    assert_eq!(unreachable.kind(), ErrorKind::Unavailable);
    assert!(
        unreachable.is_retryable() && unreachable.to_string().contains("4565"),
        "{unreachable}"
    );
    let missing = Client::builder().token("t").unix("/nonexistent/ipc").connect().await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn the_access_check_on_every_transport_and_byte_by_byte() {
    for delivery in [Delivery::Whole, Delivery::ByteByByte] {
        let fake = || FakeConfd::builder().access_secret(b"s3cret").delivery(delivery);
        for daemon in on_every_transport(fake).await {
            let knowing = daemon.builder().access_secret("s3cret");
            knowing.clone().connect().await.unwrap().status().await.unwrap();
            drop(knowing.events().unwrap().subscribe().await.unwrap());
            let wrong = daemon.builder().access_secret("wrong").connect().await.unwrap_err();
            assert_eq!(wrong.kind(), ErrorKind::AccessDenied);
            let without = daemon.builder().connect().await.unwrap_err();
            assert_eq!(without.kind(), ErrorKind::Closed);
            assert!(without.to_string().contains("may want a secret"), "{without}");
        }
    }
    let open = Daemon::start(FakeConfd::builder()).await;
    let with = open.builder().access_secret("s3cret").connect().await.unwrap_err();
    assert!(with.to_string().contains("without a secret"), "{with}");
    let unasked = Greeting::Send(vec![0, 0, 78, 7, 8, 2, 0, 20, 9]);
    let open = Daemon::start(FakeConfd::builder().greeting(unasked)).await;
    let with = open.builder().access_secret("s3cret").connect().await.unwrap_err();
    assert_eq!(with.kind(), ErrorKind::AccessDenied);
}

#[tokio::test]
async fn a_secret_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("access");
    fs::write(&path, "s3cret\n").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let daemon = Daemon::start(FakeConfd::builder().access_file(&path).unwrap()).await;
    daemon.builder().access_file(&path).connect().await.unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let error = daemon.builder().access_file(&path).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("chmod"), "{error}");
    let error = daemon.builder().access_file(dir.path().join("no")).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(daemon.connections(), 1);
}

#[tokio::test]
async fn what_makes_no_sense_shows_when_connecting() {
    let error = Client::builder().tcp("host:port").token("t").connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = Client::builder().connect().await.unwrap_err();
    assert!(error.to_string().contains("token"), "{error}");
    // Events need none.
    assert!(Client::builder().events().is_ok());
    assert!(Client::builder().tcp("host:port").events().is_err());
}

#[tokio::test]
async fn any_token_will_do() {
    let daemon = Daemon::start(FakeConfd::builder()).await;
    for token in [&b""[..], b"t", &[0xff, 0, 1], &[b'x'; 5000]] {
        let client = daemon.builder().token(token).connect().await.unwrap();
        client.status().await.unwrap();
    }
}

#[test]
fn nothing_secret_is_shown() {
    let builder = Client::builder()
        .token("hidden-token")
        .access_secret("hidden-secret")
        .library(LibraryVersion::new(8, 2, 5));
    let shown = format!("{builder:?}");
    assert!(!shown.contains("hidden") && !shown.contains("104, 105"), "{shown}");
}
