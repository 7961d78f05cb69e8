//! Either side leaves, or does what it should not.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::Duration;

use bytes::BytesMut;
use qbipc::server::ListenOptions;
use qbipc::{ChannelError, ConnectError, ConnectOptions, SocketNamespace};
use quorate_codec::qb::auth::ConnectionType;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::support::{
    BOTH, From, connected, listen, next, our_uid, request, response, send, service_name, shm_dirs,
};

#[tokio::test]
async fn a_server_that_leaves_is_noticed_and_leaves_nothing() {
    for connection_type in BOTH {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        let dir = server.dir().to_owned();
        server.send_event(&response(1, 24)).unwrap();
        drop(server);
        let closed = async {
            loop {
                let rung = std::future::poll_fn(|cx| client.poll_rung(cx)).await;
                if let Err(error) = rung {
                    return error;
                }
            }
        };
        let error = timeout(Duration::from_secs(5), closed).await.unwrap();
        assert!(matches!(error, ChannelError::Closed), "{error}");
        let mut event = BytesMut::new();
        assert!(client.pop_event(&mut event).unwrap(), "what came before that is there");
        assert!(!dir.exists());
        // Twice is harmless.
        client.remove_files();
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed_and_leaves_nothing() {
    for connection_type in BOTH {
        let (client, mut server) = connected(connection_type, 65536).await;
        let dir = server.dir().to_owned();
        assert!(dir.exists());
        drop(client);
        let error = timeout(Duration::from_secs(5), server.recv(&mut Vec::new())).await.unwrap();
        assert!(matches!(error.unwrap_err(), ChannelError::Closed));
        drop(server);
        assert!(!dir.exists());
    }
}

#[tokio::test]
async fn a_client_may_be_refused() {
    for connection_type in BOTH {
        let (mut listener, options) = listen(connection_type);
        let refuse = async { listener.accept().await.unwrap().refuse(13).await.unwrap() };
        let (client, ()) = tokio::join!(options.connect(), refuse);
        let error = client.unwrap_err();
        assert!(error.remedy().unwrap().contains("uidgid"), "{error}");
        let ConnectError::Refused { source, address } = error else { panic!("{error}") };
        assert_eq!(source.raw_os_error(), Some(13));
        assert!(address.starts_with("@quorate-test-"), "{address}");
    }
}

#[tokio::test]
async fn a_server_that_is_starting_is_asked_again() {
    let (mut listener, options) = listen(ConnectionType::Shm);
    let serve = async {
        for _ in 0..3 {
            listener.accept().await.unwrap().refuse(11).await.unwrap();
        }
        listener.accept().await.unwrap().accept().await.unwrap()
    };
    let (client, _server) = tokio::join!(options.connect(), serve);
    client.unwrap();

    let refuse = async {
        loop {
            listener.accept().await.unwrap().refuse(11).await.unwrap();
        }
    };
    // A slow machine may not get as far as the first refusal in the shortest of these.
    let attempts = async {
        for millis in [100, 1000, 10_000] {
            let options = options.clone().timeout(Duration::from_millis(millis));
            let error = options.connect().await.unwrap_err();
            let text = error.to_string();
            match error {
                ConnectError::Timeout { source: Some(source), .. } => {
                    assert!(matches!(*source, ConnectError::Refused { .. }), "{source}");
                    return assert!(text.contains("@quorate-test-"), "{text}");
                }
                ConnectError::Timeout { source: None, .. } => {}
                error => panic!("{error}"),
            }
        }
        panic!("it was never refused");
    };
    tokio::select! {
        () = attempts => {}
        () = refuse => {}
    }
}

/// Such a client keeps no other waiting.
#[tokio::test]
async fn clients_that_say_nothing_or_nonsense() {
    let dir = std::env::temp_dir().join(service_name());
    std::fs::create_dir(&dir).unwrap();
    let namespace = SocketNamespace::Directory(dir.clone());
    let name = service_name();
    let mut listener = ListenOptions::new(&name).namespace(namespace.clone()).listen().unwrap();
    let path = dir.join(&name);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o777);

    let silent = UnixStream::connect(&path).await.unwrap();
    let incoming = listener.accept().await.unwrap();
    let never = tokio::spawn(incoming.accept());

    for nonsense in [&[0u8; 24][..], &[0xff; 24], b"GET / HTTP/1.1\r\n\r\nxxxxxxx"] {
        let mut client = UnixStream::connect(&path).await.unwrap();
        client.write_all(nonsense).await.unwrap();
        let error = listener.accept().await.unwrap().accept().await.unwrap_err();
        assert!(matches!(error, ConnectError::Answer { .. }), "{error}");
        assert!(!matches!(client.read(&mut [0; 8]).await, Ok(1..)), "no answer");
    }

    let mut client = UnixStream::connect(&path).await.unwrap();
    client.write_all(&[0xff; 4]).await.unwrap();
    drop(client);
    let error = listener.accept().await.unwrap().accept().await.unwrap_err();
    assert!(matches!(error, ConnectError::Closed { .. }), "{error}");

    let options = ConnectOptions::new(&name).namespace(namespace).server_uids([our_uid()]);
    let accept = async { listener.accept().await.unwrap().accept().await.unwrap() };
    let (client, _server) = tokio::join!(options.connect(), accept);
    client.unwrap();

    drop(silent);
    assert!(matches!(never.await.unwrap().unwrap_err(), ConnectError::Closed { .. }));
    drop(listener);
    assert!(!path.exists(), "the socket's name goes with the listener");
    std::fs::remove_dir(&dir).unwrap();
}

#[tokio::test]
async fn files_belong_to_the_client_alone() {
    for connection_type in BOTH {
        let (_client, mut server) = connected(connection_type, 65536).await;
        let dir = server.dir();
        assert_eq!(dir.metadata().unwrap().permissions().mode() & 0o777, 0o770);
        let mut files = 0;
        for entry in dir.read_dir().unwrap() {
            let metadata = entry.unwrap().metadata().unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
            assert_eq!(metadata.uid(), our_uid());
            files += 1;
        }
        assert_eq!(files, if connection_type == ConnectionType::Shm { 6 } else { 1 });
    }
}

/// A server that is killed leaves its files; the client removes those it opened, whether or not
/// the server's process is still there (as here, where it is this one).
#[tokio::test]
async fn files_of_a_dead_server() {
    for (connection_type, files) in [(ConnectionType::Shm, 6), (ConnectionType::Socket, 1)] {
        let (mut client, mut server) = connected(connection_type, 65536).await;
        server.send_event(&response(1, 24)).unwrap();
        let dir = server.dir().to_owned();
        let left = server.leave_behind();
        assert_eq!(left.dir().read_dir().unwrap().count(), files);
        client.remove_files();
        assert!(!dir.exists());
        client.remove_files();
        // What came before is still there.
        let mut event = BytesMut::new();
        assert!(client.pop_event(&mut event).unwrap());
        assert_eq!(event, response(1, 24));
    }
}

/// A client that is dropped without having looked does the same, also if there are events that it
/// did not read.
#[tokio::test]
async fn files_of_a_server_that_died_unnoticed() {
    for connection_type in BOTH {
        let (client, mut server) = connected(connection_type, 65536).await;
        for id in 0..100 {
            server.send_event(&response(id, 24)).unwrap();
        }
        let dir = server.dir().to_owned();
        let left = server.leave_behind();
        assert!(dir.exists());
        drop(client);
        assert!(!dir.exists(), "over {connection_type:?}");
        drop(left);
    }
}

/// Over shared memory they stay while the server lives, which removes them itself.
#[tokio::test]
async fn files_of_a_server_that_lives() {
    let (client, mut server) = connected(ConnectionType::Shm, 65536).await;
    let dir = server.dir().to_owned();
    drop(client);
    assert_eq!(dir.read_dir().unwrap().count(), 6);
    drop(server);
    assert!(!dir.exists());
}

/// Only what was opened is removed, and a name that leads elsewhere is not followed.
#[tokio::test]
async fn only_the_connections_own_files_are_removed() {
    let (mut client, mut server) = connected(ConnectionType::Shm, 65536).await;
    let dir = server.dir().to_owned();
    std::fs::write(dir.join("another"), "x").unwrap();
    let left = server.leave_behind();
    client.remove_files();
    let names = || dir.read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names().collect::<Vec<_>>(), ["another"]);
    std::fs::remove_file(dir.join("another")).unwrap();
    drop(left);
    assert!(!dir.exists());
}

/// However a server's connection ends, what it made does not stay.
#[tokio::test]
async fn a_server_removes_its_files_on_every_way_out() {
    for connection_type in BOTH {
        for way in 0..4 {
            let (client, mut server) = connected(connection_type, 65536).await;
            let dir = server.dir().to_owned();
            assert!(dir.exists());
            match way {
                0 => drop(server),
                1 => drop(server.leave_behind()),
                2 => drop(server.unmap()),
                _ => {
                    let serving =
                        tokio::spawn(async move { server.recv(&mut Vec::new()).await.is_ok() });
                    tokio::task::yield_now().await;
                    serving.abort();
                    assert!(serving.await.unwrap_err().is_cancelled());
                }
            }
            assert!(!dir.exists(), "{connection_type:?}, way {way}");
            drop(client);
        }
    }
}

/// The client's side of a connection lingers only where the server would wait for it.
#[tokio::test]
async fn what_has_to_linger() {
    for connection_type in BOTH {
        let (client, _server) = connected(connection_type, 65536).await;
        assert_eq!(client.has_to_linger(1), connection_type == ConnectionType::Socket);
        assert!(!client.has_to_linger(0));
    }
}

#[tokio::test]
async fn connections_come_and_go_without_a_trace() {
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    for connection_type in BOTH {
        let (mut listener, options) = listen(connection_type);
        let before = descriptors();
        for round in 0..500 {
            let accept = async { listener.accept().await.unwrap().accept().await.unwrap() };
            let (client, mut server) = tokio::join!(options.connect(), accept);
            let mut client = client.unwrap();
            if round % 3 == 0 {
                send(&mut client, &request(1, 24));
                server.recv(&mut Vec::new()).await.unwrap();
                server.respond(&response(1, 24)).unwrap();
                next(&mut client, From::Responses).await;
            }
        }
        // Other tests of this process have descriptors and files of their own.
        let after = descriptors();
        assert!(after < before + 100, "{before} descriptors before, {after} after");
    }
    let dirs = shm_dirs();
    assert!(dirs.len() < 50, "{dirs:?}");
}
