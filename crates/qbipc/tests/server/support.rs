use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use qbipc::server::{ListenOptions, Listener, ServerConnection};
use qbipc::{ConnectOptions, Connection};
use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::qb::header::{REQUEST_LEN, RESPONSE_LEN};
use tokio::time::timeout;

pub(crate) const BOTH: [ConnectionType; 2] = [ConnectionType::Shm, ConnectionType::Socket];

/// A name that no other test has.
pub(crate) fn service_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("quorate-test-{}-{number}", std::process::id())
}

pub(crate) fn our_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// A service, and how to connect to it.
pub(crate) fn listen(connection_type: ConnectionType) -> (Listener, ConnectOptions) {
    let name = service_name();
    let options = ListenOptions::new(&name).connection_type(connection_type);
    let client = ConnectOptions::new(&name).server_uids([our_uid()]);
    (options.listen().unwrap(), client)
}

/// A connection, both sides of it.
pub(crate) async fn connected(
    connection_type: ConnectionType,
    max_msg_size: u32,
) -> (Connection, ServerConnection) {
    let (mut listener, options) = listen(connection_type);
    let accept = async { listener.accept().await.unwrap().accept().await.unwrap() };
    let options = options.max_msg_size(max_msg_size);
    let (client, server) = tokio::join!(options.connect(), accept);
    (client.unwrap(), server)
}

/// A request of `len` bytes.
pub(crate) fn request(id: i32, len: usize) -> Vec<u8> {
    message(id, len.max(REQUEST_LEN))
}

/// A response or event of `len` bytes.
pub(crate) fn response(id: i32, len: usize) -> Vec<u8> {
    message(id, len.max(RESPONSE_LEN))
}

fn message(id: i32, len: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..len).map(|index| u8::try_from(index % 251).unwrap()).collect();
    bytes[0..4].copy_from_slice(&id.to_ne_bytes());
    bytes[8..12].copy_from_slice(&u32::try_from(len).unwrap().to_ne_bytes());
    bytes
}

pub(crate) fn send(connection: &mut Connection, message: &[u8]) {
    let mut transmit = connection.transmit();
    transmit.push(message, &[]).unwrap();
    transmit.finish().unwrap();
}

/// Which channel to read.
#[derive(Clone, Copy)]
pub(crate) enum From {
    Responses,
    Events,
}

/// Waits for the next message.
pub(crate) async fn next(connection: &mut Connection, from: From) -> BytesMut {
    let mut out = BytesMut::new();
    let wait = async {
        loop {
            let came = match from {
                From::Responses => connection.pop_response(&mut out).unwrap(),
                From::Events => connection.pop_event(&mut out).unwrap(),
            };
            if came {
                return;
            }
            std::future::poll_fn(|cx| connection.poll_rung(cx)).await.unwrap();
        }
    };
    timeout(Duration::from_secs(20), wait).await.expect("a message in time");
    out
}

/// Directories in shared memory that this process has made, for itself.
pub(crate) fn shm_dirs() -> Vec<PathBuf> {
    let pid = std::process::id();
    let prefix = format!("qb-{pid}-{pid}-");
    let entries = std::fs::read_dir("/dev/shm").unwrap();
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let ours = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
    };
    paths.filter(ours).collect()
}

/// Writes into a file, past the code that has it mapped.
pub(crate) fn overwrite(file: &Path, offset: u64, value: u32) {
    let file = std::fs::OpenOptions::new().write(true).open(file).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &value.to_ne_bytes(), offset).unwrap();
}
