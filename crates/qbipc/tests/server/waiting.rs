//! What wakes a client that waits.

use std::future::poll_fn;
use std::task::Poll;

use qbipc::{ChannelError, Connection};

use crate::support::{BOTH, connected, request, response, send};

/// Whether it has rung already.
async fn has_rung(client: &Connection) -> bool {
    poll_fn(|cx| Poll::Ready(client.poll_rung(cx).is_ready())).await
}

async fn rings(client: &Connection) -> Result<(), ChannelError> {
    poll_fn(|cx| client.poll_rung(cx)).await
}

/// Waits until nothing rings any more on a connection.
async fn come_to_rest(client: &Connection) {
    while has_rung(client).await {}
}

#[tokio::test]
async fn a_response_rings_an_event_rings_and_so_does_the_end() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        come_to_rest(&client).await;
        send(&mut client, &request(1, 24));
        let answering = async {
            server.recv(&mut Vec::new()).await.unwrap();
            server.respond(&response(1, 24)).unwrap();
            server
        };
        let (rung, mut server) = tokio::join!(rings(&client), answering);
        rung.unwrap();
        come_to_rest(&client).await;
        server.send_event(&response(2, 24)).unwrap();
        rings(&client).await.unwrap();
        drop(server);
        while rings(&client).await.is_ok() {}
    }
}
