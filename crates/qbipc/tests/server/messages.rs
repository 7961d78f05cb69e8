//! What goes in comes out.

use std::time::Duration;

use bytes::BytesMut;
use qbipc::server::{FlowControl, ListenOptions};
use qbipc::{ChannelError, ConnectOptions, TransmitError};
use quorate_codec::qb::auth::ConnectionType;
use tokio::time::timeout;

use crate::support::{BOTH, From, connected, next, our_uid, request, response, send, service_name};

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
        let error = client.transmit().push(&request(7, 65537), &[]).unwrap_err();
        assert!(matches!(error, TransmitError::TooLong { len: 65537, most: 65536 }), "{error}");
        let error = server.respond(&response(8, 65537)).unwrap_err();
        assert!(matches!(error, TransmitError::TooLong { .. }), "{error}");
        let error = server.send_event(&response(8, 65537)).unwrap_err();
        assert!(matches!(error, TransmitError::TooLong { .. }), "{error}");
    }
}

/// In any two parts, over either transport, out comes one message.
#[tokio::test]
async fn requests_in_two_parts() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        let mut received = Vec::new();
        for len in [16, 17, 30, 100, 4001, 65536] {
            for split in [0, 1, 2, 3, 7, 16, len / 2, len - 1, len] {
                let sent = request(7, len);
                let (head, body) = sent.split_at(split);
                let mut transmit = client.transmit();
                transmit.push(head, body).unwrap();
                transmit.finish().unwrap();
                server.recv(&mut received).await.unwrap();
                assert_eq!(received, sent, "{split} of {len} bytes");
                // Over sockets fewer fit in before the server has answered.
                server.respond(&response(8, 24)).unwrap();
                next(&mut client, From::Responses).await;
            }
        }
    }
}

/// One message of every size that is said to be possible is; one byte more is refused before
/// anything is sent, and harms nothing.
#[tokio::test]
async fn the_largest_request() {
    for connection_type in BOTH {
        for max_msg_size in [12328, 65536, 1 << 20, 8 << 20] {
            let (mut client, mut server) = connected(connection_type, max_msg_size).await;
            let most = client.largest_request();
            assert!(most <= usize::try_from(max_msg_size).unwrap());
            if connection_type == ConnectionType::Shm {
                assert_eq!(most, usize::try_from(max_msg_size).unwrap());
            }
            let (head, body) = (request(7, 16), vec![1; most - 16 + 1]);
            let error = client.transmit().push(&head, &body).unwrap_err();
            let TransmitError::TooLong { len, most: said } = error else { panic!("{error}") };
            assert_eq!((len, usize::try_from(said).unwrap()), (most + 1, most));
            let mut transmit = client.transmit();
            transmit.push(&head, &body[1..]).unwrap();
            transmit.finish().unwrap();
            let mut received = Vec::new();
            server.recv(&mut received).await.unwrap();
            assert_eq!(received.len(), most);
        }
    }
}

/// A response is received into a buffer that was split off, and one that was not.
#[tokio::test]
async fn buffers_that_are_split_off() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        let mut out = BytesMut::new();
        let mut kept = Vec::new();
        for id in 0..5 {
            let event = response(id, 100 + usize::try_from(id % 2).unwrap());
            server.send_event(&event).unwrap();
            assert!(client.pop_event(&mut out).unwrap());
            kept.push((out.split().freeze(), event));
            assert!(!client.pop_event(&mut out).unwrap());
        }
        server.send_event(&response(9, 24)).unwrap();
        out.extend_from_slice(b"what was there before is replaced");
        assert!(client.pop_event(&mut out).unwrap());
        assert_eq!(out, response(9, 24));
        for (bytes, event) in kept {
            assert_eq!(bytes, event);
        }
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

/// Events are queued up to a limit. What is queued stays in order, and there is room again when the
/// client has read.
#[tokio::test]
async fn the_queue_of_events_has_an_end() {
    for connection_type in BOTH {
        let name = service_name();
        let options = ListenOptions::new(&name).connection_type(connection_type);
        let mut listener = options.max_queued_bytes(10_000).listen().unwrap();
        let client = ConnectOptions::new(&name).server_uids([our_uid()]);
        let accept = async { listener.accept().await.unwrap().accept().await.unwrap() };
        let (client, mut server) = tokio::join!(client.connect(), accept);
        let mut client = client.unwrap();
        let mut sent = 0;
        let error = loop {
            match server.send_event(&response(sent, 60)) {
                Ok(()) => sent += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, TransmitError::Busy), "{error}");
        let queued = server.queued_events();
        assert!((10_000 / 100..10_000 / 60).contains(&queued), "{queued} events queued");
        // One that could never be sent does not get into the queue.
        let error = server.send_event(&response(0, 65537)).unwrap_err();
        assert!(matches!(error, TransmitError::TooLong { .. }), "{error}");
        let serving = tokio::spawn(async move {
            let ended = server.recv(&mut Vec::new()).await;
            (server, ended)
        });
        for id in 0..sent {
            assert_eq!(next(&mut client, From::Events).await, response(id, 60));
        }
        send(&mut client, &request(1, 24));
        let (mut server, received) = serving.await.unwrap();
        received.unwrap();
        assert_eq!(server.queued_events(), 0);
        server.send_event(&response(sent, 60)).unwrap();
        assert_eq!(next(&mut client, From::Events).await, response(sent, 60));
    }
}

/// Those before the one that cannot be sent are.
#[tokio::test]
async fn a_batch_with_an_event_that_is_too_long() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        let [good, long] = [response(1, 24), response(2, 65537)];
        let error = server.send_events([good.as_slice(), &long, &good]).unwrap_err();
        assert!(matches!(error, TransmitError::TooLong { .. }), "{error}");
        assert_eq!(next(&mut client, From::Events).await, good);
        assert!(!client.pop_event(&mut BytesMut::new()).unwrap());
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
                transmit.push(&request(id, 24), &[]).unwrap();
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
        assert!(!client.is_stopped());

        server.set_flow_control(FlowControl::Stop);
        assert!(client.is_stopped());
        let error = client.transmit().push(&request(2, 24), &[]).unwrap_err();
        assert!(matches!(error, TransmitError::Busy));
        let mut received = Vec::new();
        let held = timeout(Duration::from_millis(50), server.recv(&mut received)).await;
        assert!(held.is_err(), "what was sent before is held back too");

        server.set_flow_control(FlowControl::SoftStop);
        assert!(client.is_stopped());
        send(&mut client, &request(3, 24));

        server.set_flow_control(FlowControl::Open);
        assert!(!client.is_stopped());
        for id in [1, 3] {
            server.recv(&mut received).await.unwrap();
            assert_eq!(received, request(id, 24));
        }
    }
}

/// A client that sends and never reads its responses: the server gets an error, and goes on.
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
