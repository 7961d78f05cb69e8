//! The one fault that kills: a file is cut short while it is mapped.
//!
//! Whoever touches the lost part gets a `SIGBUS`, which is not caught (see SECURITY.md). So whoever
//! is to be hit is a process of its own: this test program, started again with a role.

use std::io::{Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixStream};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use quorate_codec::qb::auth::{
    AUTH_RESPONSE_LEN, Accepted, AuthRequest, AuthResponse, ConnectionType,
};
use quorate_fixtures::corosync::engine::Config;
use quorate_fixtures::corosync::{FakeCorosync, Fault};
use rustix::process::Signal;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use votequorum::{Builder, ErrorKind, TrackFlags};

use crate::leaks::{Holdings, alone};
use crate::mortal::{Mortal, read_line, role};
use crate::votequorum::{Bystander, Daemon, LONG};

/// How a client in a process of its own ends, if it does so by itself.
const LEFT: i32 = 50;
const WAS_TOLD: i32 = 51;

/// What the client does once its files were cut short.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Then {
    Calls,
    /// Lets go of the connection.
    Drops,
    /// Ends without another look at the connection.
    Exits,
}

#[test]
fn a_client_whose_files_are_cut_short_dies_alone() {
    if let Some((root, _)) = role() {
        mortal_client(&root);
    }
    let _alone = alone();
    let runtime = multi_thread();
    let nowhere = tempfile::tempdir().unwrap();
    let before = Holdings::now(nowhere.path());
    for connection_type in [ConnectionType::Shm, ConnectionType::Socket] {
        for then in [Then::Calls, Then::Drops, Then::Exits] {
            let case = format!("{then:?} over {connection_type:?}");
            let status = runtime.block_on(cut_client_short(connection_type, then, &case));
            match (connection_type, then) {
                (ConnectionType::Shm, Then::Calls | Then::Drops)
                | (ConnectionType::Socket, Then::Calls) => {
                    let signal = status.signal();
                    assert_eq!(signal, Some(Signal::BUS.as_raw()), "{case}: {status}");
                }
                // Nothing mapped is touched.
                _ => assert_eq!(status.code(), Some(LEFT), "{case}: {status}"),
            }
            runtime.block_on(before.wait_until_back(nowhere.path(), &case));
        }
    }
}

async fn cut_client_short(connection_type: ConnectionType, then: Then, case: &str) -> ExitStatus {
    let daemon = Daemon::start(connection_type);
    let bystander = Bystander::start(daemon.options()).await;
    let before = Holdings::now(daemon.root());
    let test = "truncated::a_client_whose_files_are_cut_short_dies_alone";
    let mut mortal = Mortal::start(test, daemon.root(), connection_type);
    mortal.wait_for("connected");
    // It is the newest only when the daemon knows of it.
    while daemon.fake.clients() < 2 {
        tokio::task::yield_now().await;
    }
    daemon.fake.inject_newest(Fault::Truncate);
    wait_until_cut_short(daemon.root(), case).await;
    mortal.tell(match then {
        Then::Calls => "call",
        Then::Drops => "drop",
        Then::Exits => "exit",
    });
    let status = mortal.wait(case);
    drop(mortal);
    before.wait_until_back(daemon.root(), case).await;
    bystander.end(case).await;
    status
}

async fn wait_until_cut_short(root: &Path, case: &str) {
    let is_cut_short = || {
        let mut dirs = root.read_dir().unwrap().map(|dir| dir.unwrap().path());
        dirs.any(|dir| {
            let mut files = dir.read_dir().unwrap().map(|file| file.unwrap().metadata().unwrap());
            files.all(|file| file.len() == 0)
        })
    };
    let deadline = Instant::now() + LONG;
    while !is_cut_short() {
        assert!(Instant::now() < deadline, "{case}: the files are as they were");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The client whose files are cut short.
fn mortal_client(root: &str) -> ! {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let code = runtime.block_on(async {
        let client = options(root).connect().await.unwrap();
        let track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
        println!("connected");
        match read_line().as_str() {
            "call" => match timeout(LONG, client.get_info(1)).await {
                Ok(Err(error)) if error.kind() == ErrorKind::Closed => WAS_TOLD,
                other => panic!("{other:?}"),
            },
            "drop" => {
                drop((track, client));
                LEFT
            }
            _ => std::process::exit(LEFT),
        }
    });
    // The last to have the connection is the runtime.
    drop(runtime);
    std::process::exit(code)
}

/// What a hostile client does to a server of this library, after it has cut its files short.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Hostile {
    Leaves,
    SendsRequest,
}

/// Whoever is let in can do that: the files are the client's as much as the server's.
#[test]
fn a_server_whose_client_cuts_its_files_short_dies() {
    if let Some((root, connection_type)) = role() {
        mortal_server(&root, connection_type);
    }
    let _alone = alone();
    let runtime = multi_thread();
    let nowhere = tempfile::tempdir().unwrap();
    let before = Holdings::now(nowhere.path());
    for connection_type in [ConnectionType::Shm, ConnectionType::Socket] {
        for hostile in [Hostile::Leaves, Hostile::SendsRequest] {
            let case = format!("{hostile:?} over {connection_type:?}");
            runtime.block_on(cut_server_short(connection_type, hostile, &case));
            runtime.block_on(before.wait_until_back(nowhere.path(), &case));
        }
    }
}

async fn cut_server_short(connection_type: ConnectionType, hostile: Hostile, case: &str) {
    let root = tempfile::Builder::new().prefix("qh-").tempdir().unwrap();
    let test = "truncated::a_server_whose_client_cuts_its_files_short_dies";
    let mut mortal = Mortal::start(test, root.path(), connection_type);
    mortal.wait_for("listening");
    let bystander = options(root.path().to_str().unwrap()).connect().await.unwrap();
    bystander.get_info(1).await.unwrap();

    let (setup, accepted) = let_in(&service_of(root.path()));
    let dir = Path::new(std::str::from_utf8(&accepted.request).unwrap()).parent().unwrap();
    for file in dir.read_dir().unwrap() {
        let file = std::fs::OpenOptions::new().write(true).open(file.unwrap().path()).unwrap();
        file.set_len(0).unwrap();
    }
    match hostile {
        Hostile::Leaves => drop(setup),
        Hostile::SendsRequest => {
            send_request(&setup, &accepted);
            // It stays until the server has seen the request.
            mortal.keep(setup);
        }
    }
    if (connection_type, hostile) == (ConnectionType::Socket, Hostile::Leaves) {
        // Nothing mapped is touched, and nobody else notices.
        bystander.get_info(1).await.unwrap_or_else(|error| panic!("{case}: {error}"));
        drop(bystander);
        mortal.tell("end");
        assert_eq!(mortal.wait(case).code(), Some(LEFT), "{case}");
        return;
    }
    let status = mortal.wait(case);
    assert_eq!(status.signal(), Some(Signal::BUS.as_raw()), "{case}: {status}");
    // To everybody else it is a daemon that has died.
    let error = timeout(LONG, bystander.closed()).await.expect(case);
    assert!(error.is_closed() && !error.is_retryable(), "{case}: {error}");
    assert!(bystander.get_info(1).await.unwrap_err().is_closed(), "{case}");
}

/// The server whose files are cut short.
fn mortal_server(root: &str, connection_type: ConnectionType) -> ! {
    let runtime = multi_thread();
    runtime.block_on(async {
        let builder = FakeCorosync::builder(Config::new([1]));
        let builder = builder.service(service_of(Path::new(root))).shm_root(root);
        let _fake = builder.connection_type(connection_type).start().unwrap();
        println!("listening");
        read_line();
    });
    std::process::exit(LEFT)
}

/// Shakes hands as a client does, and maps nothing.
fn let_in(service: &str) -> (UnixStream, Accepted) {
    let mut setup = UnixStream::connect_addr(&abstract_address(service.as_bytes())).unwrap();
    let mut request = BytesMut::new();
    AuthRequest { max_msg_size: 65536 }.encode(&mut request);
    setup.write_all(&request).unwrap();
    let mut answer = vec![0; AUTH_RESPONSE_LEN];
    setup.read_exact(&mut answer).unwrap();
    match AuthResponse::decode(&answer).unwrap() {
        AuthResponse::Accepted(accepted) => (setup, accepted),
        refused => panic!("{refused:?}"),
    }
}

/// Makes the server look for a request.
fn send_request(mut setup: &UnixStream, accepted: &Accepted) {
    match accepted.connection_type {
        // It may have looked already, and be gone.
        ConnectionType::Shm => drop(setup.write_all(&[0])),
        _ => {
            let to = [accepted.response.as_slice(), b"-request"].concat();
            let from = [accepted.response.as_slice(), b"-response"].concat();
            let socket = UnixDatagram::bind_addr(&abstract_address(&from)).unwrap();
            let mut request = [0; 24];
            request[8] = 24;
            socket.send_to_addr(&request, &abstract_address(&to)).unwrap();
        }
    }
}

/// As libqb has it: padded with NULs.
fn abstract_address(name: &[u8]) -> SocketAddr {
    let mut padded = name.to_vec();
    padded.resize(107, 0);
    SocketAddr::from_abstract_name(padded).unwrap()
}

fn multi_thread() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn service_of(root: &Path) -> String {
    root.file_name().unwrap().to_str().unwrap().to_owned()
}

fn options(root: &str) -> Builder {
    Builder::new()
        .service(service_of(Path::new(root)))
        .shm_root(root)
        .server_uids([rustix::process::geteuid().as_raw()])
}
