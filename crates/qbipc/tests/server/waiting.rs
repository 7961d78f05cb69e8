//! Who is woken by what.

use std::future::poll_fn;
use std::task::Poll;

use bytes::BytesMut;
use qbipc::{ChannelError, Connection};
use quorate_codec::qb::auth::ConnectionType;

use crate::support::{BOTH, connected, request, response, send};

/// Whether it has rung already; who asked is not woken later.
async fn has_rung(client: &Connection) -> bool {
    poll_fn(|cx| Poll::Ready(client.poll_rung(cx).is_ready())).await
}

async fn rings(client: &Connection) -> Result<(), ChannelError> {
    poll_fn(|cx| client.poll_rung(cx)).await
}

/// Takes in what a new connection has to say, until nothing rings.
async fn come_to_rest(client: &Connection) {
    while has_rung(client).await {}
}

#[tokio::test]
async fn what_is_muted_does_not_ring_until_it_may_again() {
    let (mut client, mut server) = connected(ConnectionType::Shm, 65536).await;
    come_to_rest(&client).await;
    for id in 0..3 {
        client.mute().unwrap();
        assert!(client.is_muted());
        server.send_event(&response(id, 24)).unwrap();
        assert!(!has_rung(&client).await);
        let mut event = BytesMut::new();
        assert!(client.pop_event(&mut event).unwrap(), "it is there for those who look");
        assert_eq!(event, response(id, 24));
        client.unmute().unwrap();
        assert!(!client.is_muted());
        rings(&client).await.unwrap();
    }
    client.mute().unwrap();
    drop(server);
    assert!(!has_rung(&client).await);
    client.unmute().unwrap();
    while rings(&client).await.is_ok() {}
}

#[tokio::test]
async fn sockets_are_not_muted() {
    let (mut client, mut server) = connected(ConnectionType::Socket, 65536).await;
    come_to_rest(&client).await;
    client.mute().unwrap();
    assert!(!client.is_muted());
    server.send_event(&response(1, 24)).unwrap();
    rings(&client).await.unwrap();
}

#[tokio::test]
async fn one_waits_for_responses_and_another_for_events() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        come_to_rest(&client).await;
        while poll_fn(|cx| Poll::Ready(client.poll_answered(cx).is_ready())).await {}
        send(&mut client, &request(1, 24));
        let client = &client;
        let answering = async {
            server.recv(&mut Vec::new()).await.unwrap();
            server.respond(&response(1, 24)).unwrap();
            server
        };
        let responses = poll_fn(|cx| client.poll_answered(cx));
        let (answered, mut server) = tokio::join!(responses, answering);
        answered.unwrap();
        server.send_event(&response(2, 24)).unwrap();
        poll_fn(|cx| client.poll_announced(cx)).await.unwrap();
        drop(server);
        while poll_fn(|cx| client.poll_announced(cx)).await.is_ok() {}
    }
}
