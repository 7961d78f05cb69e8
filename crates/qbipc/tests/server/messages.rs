//! What goes in comes out.

use std::time::Duration;

use qbipc::server::FlowControl;
use qbipc::{ChannelError, TransmitError};
use quorate_codec::qb::auth::ConnectionType;
use tokio::time::timeout;

use crate::support::{BOTH, From, connected, next, request, response, send};

#[tokio::test]
async fn every_size_both_ways() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        assert_eq!(client.connection_type(), connection_type);
        let mut received = Vec::new();
        let mut len = 16;
        while len <= 65536 {
            let sent = request(7, len);
            send(&mut client, &sent);
            server.recv(&mut received).await.unwrap();
            assert_eq!(received, sent, "{len} bytes");
            let answer = response(8, len);
            server.respond(&answer).unwrap();
            assert_eq!(next(&mut client, From::Responses).await, answer);
            server.send_event(&answer).unwrap();
            assert_eq!(next(&mut client, From::Events).await, answer);
            len = if len < 65536 { (len * 2).min(65536) } else { len + 1 };
        }
        let error = client.transmit().push(&request(7, 65537)).unwrap_err();
        assert!(matches!(error, TransmitError::TooLong { len: 65537, most: 65536 }), "{error}");
        let error = server.respond(&response(8, 65537)).unwrap_err();
        assert!(matches!(error, TransmitError::TooLong { .. }), "{error}");
        let error = server.send_event(&response(8, 65537)).unwrap_err();
        assert!(matches!(error, TransmitError::TooLong { .. }), "{error}");
    }
}

/// A server that floods a client which does not read: nothing is lost, and in order.
#[tokio::test]
async fn bulk_events_are_not_lost() {
    const EVENTS: i32 = 30_000;
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        for id in 0..EVENTS {
            server.send_event(&response(id, 60)).unwrap();
        }
        assert!(server.queued_events() > 0, "the channel is smaller than that");
        let serving = tokio::spawn(async move {
            let mut request = Vec::new();
            let ended = server.recv(&mut request).await;
            assert_eq!(server.queued_events(), 0);
            ended
        });
        for id in 0..EVENTS {
            let event = next(&mut client, From::Events).await;
            assert_eq!(event, response(id, 60));
        }
        drop(client);
        assert!(matches!(serving.await.unwrap(), Err(ChannelError::Closed)));
    }
}

#[tokio::test]
async fn events_in_batches() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        let events: Vec<_> = (0..200).map(|id| response(id, 64)).collect();
        server.send_events(events.iter().map(Vec::as_slice)).unwrap();
        let serving = tokio::spawn(async move { server.recv(&mut Vec::new()).await });
        for event in &events {
            assert_eq!(&next(&mut client, From::Events).await, event);
        }
        drop(client);
        assert!(matches!(serving.await.unwrap(), Err(ChannelError::Closed)));
    }
}

/// An event that was sent before the client has asked anything.
#[tokio::test]
async fn an_event_on_creation() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        server.send_event(&response(1, 24)).unwrap();
        assert_eq!(next(&mut client, From::Events).await, response(1, 24));
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        let serving = tokio::spawn(async move {
            let mut request = Vec::new();
            while server.recv(&mut request).await.is_ok() {
                server.respond(&response(request[0].into(), 320)).unwrap();
            }
        });
        for round in 0..100 {
            let mut transmit = client.transmit();
            for id in 0..10 {
                transmit.push(&request(id, 24)).unwrap();
            }
            transmit.finish().unwrap();
            for id in 0..10 {
                let answer = next(&mut client, From::Responses).await;
                assert_eq!(answer, response(id, 320), "round {round}");
            }
        }
        drop(client);
        serving.await.unwrap();
    }
}

#[tokio::test]
async fn flow_control_holds_requests_back() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        send(&mut client, &request(1, 24));

        server.set_flow_control(FlowControl::Stop);
        let error = client.transmit().push(&request(2, 24)).unwrap_err();
        assert!(matches!(error, TransmitError::Busy));
        let mut received = Vec::new();
        let held = timeout(Duration::from_millis(50), server.recv(&mut received)).await;
        assert!(held.is_err(), "what was sent before is held back too");

        server.set_flow_control(FlowControl::SoftStop);
        send(&mut client, &request(3, 24));

        server.set_flow_control(FlowControl::Open);
        for id in [1, 3] {
            server.recv(&mut received).await.unwrap();
            assert_eq!(received, request(id, 24));
        }
    }
}

/// A client that sends and never reads its responses: the server is told, and goes on.
#[tokio::test]
async fn responses_that_nobody_reads() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 12328).await;
        let mut received = Vec::new();
        let mut refused = 0;
        for id in 0..2000 {
            send(&mut client, &request(id, 24));
            server.recv(&mut received).await.unwrap();
            match server.respond(&response(id, 320)) {
                Ok(()) => assert_eq!(refused, 0, "none gets in after one that did not"),
                Err(TransmitError::Busy) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert!(refused > 0, "over {connection_type:?}");
    }
}

#[tokio::test]
async fn the_other_side_is_known() {
    for connection_type in [ConnectionType::Shm, ConnectionType::Socket] {
        let (client, server) = connected(connection_type, 65536).await;
        for peer in [client.peer(), server.peer()] {
            assert_eq!(peer.uid(), rustix::process::geteuid().as_raw());
            assert_eq!(peer.gid(), rustix::process::getegid().as_raw());
            assert_eq!(peer.pid(), Some(i32::try_from(std::process::id()).unwrap()));
        }
    }
}
