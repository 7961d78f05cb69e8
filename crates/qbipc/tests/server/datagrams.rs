//! What comes over the sockets of a connection and is no message of it.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::BytesMut;
use qbipc::ChannelError;
use qbipc::server::ServerConnection;
use quorate_codec::qb::auth::ConnectionType;

use crate::support::{From, connected, listen, next, request, response, send};

/// One of a connection's sockets, as libqb names it: padded with NULs.
fn socket_of(server: &mut ServerConnection, service: &str, suffix: &str) -> SocketAddr {
    let base = server.dir().join(format!("qb-{service}{suffix}"));
    let mut name = base.to_str().unwrap().as_bytes().to_vec();
    name.resize(107, 0);
    SocketAddr::from_abstract_name(name).unwrap()
}

fn service_of(server: &mut ServerConnection) -> String {
    let control = server.dir().read_dir().unwrap().next().unwrap().unwrap().file_name();
    control.to_str().unwrap().strip_prefix("qb-control-").unwrap().to_owned()
}

#[tokio::test]
async fn datagrams_that_are_too_short() {
    let (mut client, mut server) = connected(ConnectionType::Socket, 65536).await;
    let mut transmit = client.transmit();
    transmit.push(&[1; 15], &[]).unwrap();
    transmit.finish().unwrap();
    let error = server.recv(&mut Vec::new()).await.unwrap_err();
    assert!(matches!(error, ChannelError::Datagram { len: 15 }), "{error}");
    server.respond(&[1; 23]).unwrap();
    let error = client.pop_response(&mut BytesMut::new()).unwrap_err();
    assert!(matches!(error, ChannelError::Datagram { len: 23 }), "{error}");
    server.send_event(&[]).unwrap();
    let error = client.pop_event(&mut BytesMut::new()).unwrap_err();
    assert!(matches!(error, ChannelError::Datagram { len: 0 }), "{error}");
}

/// The names are for everybody to see; the sockets are not for everybody to use.
#[tokio::test]
async fn strangers_are_not_heard() {
    let (mut client, mut server) = connected(ConnectionType::Socket, 65536).await;
    let service = service_of(&mut server);
    let stranger = UnixDatagram::unbound().unwrap();
    for suffix in ["-response", "-event"] {
        let to = socket_of(&mut server, &service, suffix);
        let error = stranger.send_to_addr(&response(666, 24), &to).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(1), "{suffix}: {error}");
    }
    // The server is connected to nobody before it first answers.
    let to = socket_of(&mut server, &service, "-request");
    stranger.send_to_addr(&request(666, 24), &to).unwrap();
    send(&mut client, &request(1, 24));
    let mut out = Vec::new();
    server.recv(&mut out).await.unwrap();
    assert_eq!(out, request(1, 24));
    server.respond(&response(1, 24)).unwrap();
    next(&mut client, From::Responses).await;
    let error = stranger.send_to_addr(&request(666, 24), &to).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(1), "{error}");
}

/// Not even while the client makes its sockets.
#[tokio::test]
async fn strangers_are_not_heard_while_connecting() {
    let (mut listener, options) = listen(ConnectionType::Socket);
    for _ in 0..200 {
        let client = options.clone();
        let connecting = tokio::spawn(async move { client.connect().await });
        // The client's task runs only when this one waits.
        let mut server = listener.accept().await.unwrap().accept().await.unwrap();
        let service = service_of(&mut server);
        let to = socket_of(&mut server, &service, "-response");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let stranger = std::thread::spawn(move || {
            let stranger = UnixDatagram::unbound().unwrap();
            while !stopped.load(Ordering::Relaxed) {
                // Most of the time there is nobody, or it is not allowed.
                let _ = stranger.send_to_addr(&response(666, 24), &to);
            }
        });
        let client = connecting.await;
        stop.store(true, Ordering::Relaxed);
        stranger.join().unwrap();
        let mut client = client.unwrap().unwrap();
        assert!(!client.pop_response(&mut BytesMut::new()).unwrap(), "a stranger was heard");
    }
}
