//! What a server may not name, and what must not be where it does.

use std::fs::{self, OpenOptions};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{FileExt, chown, symlink};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;

use bytes::BytesMut;
use qbipc::server::ListenOptions;
use qbipc::{ConnectError, ConnectOptions};
use quorate_codec::qb::auth::{AUTH_REQUEST_LEN, Accepted, AuthResponse, ConnectionType};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::rings::file_of;
use crate::support::{BOTH, our_uid, overwrite, service_name};

/// What a client makes of a server whose files are spoilt before it looks at them.
async fn connect(connection_type: ConnectionType, spoil: impl Fn(&Path)) -> ConnectError {
    let root = std::env::temp_dir().join(service_name());
    fs::create_dir(&root).unwrap();
    let name = service_name();
    let options = ListenOptions::new(&name).shm_root(&root).connection_type(connection_type);
    let mut listener = options.listen().unwrap();
    let client = ConnectOptions::new(&name).server_uids([our_uid()]).shm_root(&root);
    let connecting = tokio::spawn(async move { client.connect().await });
    // The client's task runs only when this one waits: what it is going to open is there when
    // the answer is, and is spoilt before it can look.
    let mut server = listener.accept().await.unwrap().accept().await.unwrap();
    let dir = server.dir().to_owned();
    // So that it does not hit itself.
    let _server = server.unmap();
    spoil(&dir);
    let outcome = connecting.await.unwrap();
    fs::remove_dir_all(&root).unwrap();
    outcome.expect_err("must not be used")
}

/// Puts something else in the place of every kind of file there is, over both transports.
async fn each_file(put: impl Fn(&Path)) -> Vec<ConnectError> {
    let mut errors = Vec::new();
    for (connection_type, channel, suffix) in [
        (ConnectionType::Shm, "qb-request-", "-header"),
        (ConnectionType::Shm, "qb-event-", "-data"),
        (ConnectionType::Socket, "qb-control-", ""),
    ] {
        errors.push(connect(connection_type, |dir| put(&file_of(dir, channel, suffix))).await);
    }
    errors
}

fn all_unusable(errors: Vec<ConnectError>) {
    for error in errors {
        assert!(matches!(error, ConnectError::UnusableFile { .. }), "{error}");
    }
}

fn all_not_opened(errors: Vec<ConnectError>) {
    for error in errors {
        assert!(matches!(error, ConnectError::File { .. }), "{error}");
    }
}

#[tokio::test]
async fn files_that_are_missing() {
    all_not_opened(each_file(|file| fs::remove_file(file).unwrap()).await);
}

#[tokio::test]
async fn files_that_are_symbolic_links() {
    let link = |file: &Path| {
        // Even to what would be a good one.
        let elsewhere = file.with_extension("moved");
        fs::rename(file, &elsewhere).unwrap();
        symlink(elsewhere, file).unwrap();
    };
    all_not_opened(each_file(link).await);
}

#[tokio::test]
async fn a_directory_that_is_a_symbolic_link() {
    for connection_type in BOTH {
        let error = connect(connection_type, |dir| {
            let elsewhere = dir.with_extension("moved");
            fs::rename(dir, &elsewhere).unwrap();
            symlink(elsewhere, dir).unwrap();
        })
        .await;
        all_not_opened(vec![error]);
    }
}

#[tokio::test]
async fn files_that_have_another_name_as_well() {
    all_unusable(each_file(|file| fs::hard_link(file, file.with_extension("2")).unwrap()).await);
}

#[tokio::test]
async fn files_that_are_too_short() {
    let cut = |file: &Path| {
        let file = OpenOptions::new().write(true).open(file).unwrap();
        let len = file.metadata().unwrap().len();
        file.set_len(len.min(8244) - 1).unwrap();
    };
    all_unusable(each_file(cut).await);
    let empty =
        |file: &Path| OpenOptions::new().write(true).open(file).unwrap().set_len(0).unwrap();
    all_unusable(each_file(empty).await);
}

#[tokio::test]
async fn files_that_are_not_regular() {
    let fifo = |file: &Path| {
        fs::remove_file(file).unwrap();
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, file, FileType::Fifo, mode, 0).unwrap();
    };
    all_unusable(each_file(fifo).await);
    let dir = |file: &Path| {
        fs::remove_file(file).unwrap();
        fs::create_dir(file).unwrap();
    };
    all_not_opened(each_file(dir).await);
}

/// Only root can give files away.
#[tokio::test]
async fn files_of_somebody_else() {
    if our_uid() != 0 {
        println!("SKIPPED: this takes root");
        return;
    }
    all_unusable(each_file(|file| chown(file, Some(12345), None).unwrap()).await);
}

#[tokio::test]
async fn a_word_size_that_lies() {
    for word_size in [0u32, 1, 1024, 0x4000_0000, u32::MAX] {
        let spoil = |dir: &Path| overwrite(&file_of(dir, "qb-event-", "-header"), 8, word_size);
        all_unusable(vec![connect(ConnectionType::Shm, spoil).await]);
    }
}

#[tokio::test]
async fn a_header_that_names_another_data_file() {
    let error = connect(ConnectionType::Shm, |dir| {
        let header = OpenOptions::new().write(true).open(file_of(dir, "qb-event-", "-header"));
        header.unwrap().write_all_at(b"/etc/passwd\0", 4108).unwrap();
    })
    .await;
    assert!(matches!(error, ConnectError::Path { .. }), "{error}");
}

/// Names are looked at before anything is opened: none of these exists.
#[tokio::test]
async fn paths_that_no_server_has() {
    for connection_type in BOTH {
        for (root, dir) in [
            ("/dev/shm", ".."),
            ("/dev/shm", "../etc"),
            ("/dev/shm", "qb-1-2-3-x/.."),
            ("/dev/shm", "qb-1-2-3-x/../../../etc"),
            ("/dev/shm", "x"),
            ("/dev/shm/..", "qb-1-2-3-x"),
        ] {
            let error = named(|name| paths(connection_type, root, dir, name)).await;
            assert!(matches!(error, ConnectError::Path { .. }), "{root}/{dir}: {error}");
        }
        // As libqb names them that makes no directory.
        let error = named(|name| paths(connection_type, ".", "qb-1-2-3-x", name)).await;
        assert!(matches!(error, ConnectError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains("1.0.4") && error.remedy().is_some(), "{error}");
        // Another service's files.
        let error = named(|_| paths(connection_type, "/dev/shm", "qb-1-2-3-x", "another")).await;
        assert!(matches!(error, ConnectError::Path { .. }), "{error}");
    }
}

/// The paths a server with its files there would give.
fn paths(connection_type: ConnectionType, root: &str, dir: &str, service: &str) -> Accepted {
    let path = |file: &str| format!("{root}/{dir}/{file}{service}").into_bytes();
    let (request, response, event) = match connection_type {
        ConnectionType::Shm => (path("qb-request-"), path("qb-response-"), path("qb-event-")),
        _ => (path("qb-control-"), path("qb-"), Vec::new()),
    };
    Accepted { connection_type, max_msg_size: 65536, request, response, event }
}

/// All files have to be in the directory of the first.
#[tokio::test]
async fn files_in_several_directories() {
    let dir = Path::new("/dev/shm").join(format!("qb-{}", service_name()));
    fs::create_dir(&dir).unwrap();
    let here = dir.file_name().unwrap().to_str().unwrap();
    for connection_type in BOTH {
        let error = named(|name| {
            let good = paths(connection_type, "/dev/shm", here, name);
            let bad = paths(connection_type, "/dev/shm", "qb-elsewhere", name);
            Accepted { response: bad.response, ..good }
        })
        .await;
        assert!(matches!(error, ConnectError::Path { .. }), "{error}");
    }
    fs::remove_dir(&dir).unwrap();
}

/// What a client makes of a server with a control file, whose datagram sockets are out of reach.
pub(crate) async fn named_with_a_control_file() -> ConnectError {
    let dir = Path::new("/dev/shm").join(format!("qb-{}", service_name()));
    fs::create_dir(&dir).unwrap();
    let here = dir.file_name().unwrap().to_str().unwrap();
    let error = named(|name| {
        fs::write(dir.join(format!("qb-control-{name}")), [0; 24]).unwrap();
        paths(ConnectionType::Socket, "/dev/shm", here, name)
    })
    .await;
    fs::remove_dir_all(&dir).unwrap();
    error
}

/// What a client makes of a server that answers this.
async fn named(answer: impl Fn(&str) -> Accepted) -> ConnectError {
    let name = service_name();
    let mut padded = name.clone().into_bytes();
    padded.resize(107, 0);
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(padded).unwrap());
    let listener = listener.unwrap();
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::UnixListener::from_std(listener).unwrap();
    let client = ConnectOptions::new(&name).server_uids([our_uid()]);
    let serve = async {
        let (mut setup, _) = listener.accept().await.unwrap();
        setup.read_exact(&mut [0; AUTH_REQUEST_LEN]).await.unwrap();
        let mut bytes = BytesMut::new();
        AuthResponse::Accepted(answer(&name)).encode(&mut bytes);
        setup.write_all(&bytes).await.unwrap();
        setup
    };
    let (client, _setup) = tokio::join!(client.connect(), serve);
    client.expect_err("must not be used")
}
