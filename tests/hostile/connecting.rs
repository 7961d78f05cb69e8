//! Servers that are no corosync, or one gone wrong, before a client is in.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use quorate_codec::qb::auth::{
    AUTH_REQUEST_LEN, AUTH_RESPONSE_LEN, Accepted, AuthResponse, ConnectionType,
};
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use votequorum::{Builder, ErrorKind};

use crate::leaks::{Holdings, alone};
use crate::votequorum::LONG;

/// How long a client waits where it is to be kept waiting; [`LONG`] where it is not.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the server does with a client that has sent its request to connect.
#[derive(Clone, Debug)]
enum Manner {
    /// Sends this, and closes.
    Closes(Vec<u8>),
    /// Sends this, and nothing more.
    FallsSilent(Vec<u8>),
}

fn manners(service: &str) -> Vec<(&'static str, Manner, ErrorKind, bool)> {
    let good = |connection_type| {
        let path = |name: &str| format!("/dev/shm/qb-1-2-3-x/qb-{name}-{service}").into_bytes();
        let (request, response, event) = match connection_type {
            ConnectionType::Shm => (path("request"), path("response"), path("event")),
            _ => (path("control"), path("x"), Vec::new()),
        };
        Accepted { connection_type, max_msg_size: 65536, request, response, event }
    };
    let answer = |accepted| encode(&AuthResponse::Accepted(accepted));
    let refusal = |errno| encode(&AuthResponse::Refused { errno });
    let shm = || good(ConnectionType::Shm);
    let whole = answer(shm());
    let half = whole[..AUTH_RESPONSE_LEN / 2].to_vec();
    let positive = {
        let mut answer = whole.clone();
        answer[16] = 1;
        answer
    };
    let endless = {
        let mut answer = whole.clone();
        answer[40..40 + 4096].fill(b'x');
        answer
    };
    let elsewhere = Accepted { request: b"/dev/shm/qb-1/../../etc/x".to_vec(), ..shm() };
    use ErrorKind::{AccessDenied, NotSupported, Protocol, SharedMemory, Timeout, Unavailable};
    use Manner::{Closes, FallsSilent};
    vec![
        ("no answer", FallsSilent(Vec::new()), Timeout, true),
        ("the end", Closes(Vec::new()), Unavailable, true),
        ("half an answer", FallsSilent(half.clone()), Timeout, true),
        ("half an answer, the end", Closes(half), Unavailable, true),
        ("garbage", Closes(vec![0xff; AUTH_RESPONSE_LEN]), Protocol, false),
        ("zeros", Closes(vec![0; AUTH_RESPONSE_LEN]), Protocol, false),
        ("a positive error number", Closes(positive), Protocol, false),
        ("a path without end", Closes(endless), Protocol, false),
        ("you may not", Closes(refusal(13)), AccessDenied, false),
        ("not now", Closes(refusal(11)), Timeout, true),
        ("message queues", Closes(answer(good(ConnectionType::PosixMq))), NotSupported, false),
        ("an unknown transport", Closes(answer(good(ConnectionType::from(99)))), Protocol, false),
        (
            "small messages",
            Closes(answer(Accepted { max_msg_size: 4096, ..shm() })),
            Protocol,
            false,
        ),
        (
            "messages of 4 GiB",
            Closes(answer(Accepted { max_msg_size: u32::MAX, ..good(ConnectionType::Socket) })),
            Protocol,
            false,
        ),
        ("a path elsewhere", Closes(answer(elsewhere)), SharedMemory, false),
        ("files that are not there", Closes(whole), SharedMemory, false),
        (
            "sockets that are not there",
            Closes(answer(good(ConnectionType::Socket))),
            SharedMemory,
            false,
        ),
    ]
}

#[test]
fn servers_that_say_nothing_or_nonsense() {
    let _alone = alone();
    on_runtime(async {
        let root = tempfile::tempdir().unwrap();
        let service = root.path().file_name().unwrap().to_str().unwrap();
        let before = Holdings::now(root.path());
        for (case, manner, kind, is_retryable) in manners(service) {
            let server = Server::start(listen(service), manner);
            let patience = if kind == ErrorKind::Timeout { PATIENCE } else { LONG };
            let options = options(service).connect_timeout(patience).server_uids([uid()]);
            let error = timeout(2 * LONG, options.connect()).await.expect(case).expect_err(case);
            assert_eq!(error.kind(), kind, "{case}: {error}");
            assert_eq!(error.is_retryable(), is_retryable, "{case}: {error}");
            // One that is starting is asked again every 20 ms, and not more often.
            let most = match kind {
                ErrorKind::Timeout => PATIENCE.as_millis() / 20 + 1,
                _ => 1,
            };
            assert!(server.end().await as u128 <= most, "{case}: asked too often");
            before.wait_until_back(root.path(), case).await;
        }
    });
}

/// It is told nothing, so it cannot name a file either.
#[test]
fn a_server_of_another_user_is_refused_before_a_word() {
    let _alone = alone();
    on_runtime(async {
        let root = tempfile::tempdir().unwrap();
        let service = root.path().file_name().unwrap().to_str().unwrap();
        let before = Holdings::now(root.path());
        // With us as the wrong user, and, where we may, with a server that really is another's.
        let mut servers = vec![(listen(service), vec![uid() + 1])];
        if uid() == 0 {
            let service = format!("{service}-nobody");
            let listening = std::thread::spawn(move || {
                become_nobody();
                listen(&service)
            });
            servers.push((listening.join().unwrap(), vec![0]));
        }
        for (listener, accepted_uids) in servers {
            let name = listener.local_addr().unwrap();
            let name = name.as_abstract_name().unwrap().split(|byte| *byte == 0).next().unwrap();
            let options = options(std::str::from_utf8(name).unwrap());
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::UnixListener::from_std(listener).unwrap();
            let error = options.server_uids(accepted_uids).connect().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Untrusted, "{error}");
            assert!(!error.is_retryable() && error.to_string().contains("server_uids"), "{error}");
            let (mut client, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            client.read_to_end(&mut heard).await.unwrap();
            assert_eq!(heard, b"", "it was told something");
        }
        before.wait_until_back(root.path(), "another user's").await;
    });
}

fn on_runtime(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(test);
}

fn options(service: &str) -> Builder {
    Builder::new().service(service).connect_timeout(LONG)
}

fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Makes the calling thread run as a user without privileges.
fn become_nobody() {
    let (uid, gid) = (Uid::from_raw(65534), Gid::from_raw(65534));
    set_thread_groups(&[]).unwrap();
    set_thread_res_gid(gid, gid, gid).unwrap();
    set_thread_res_uid(uid, uid, uid).unwrap();
}

fn encode(response: &AuthResponse) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    response.encode(&mut bytes);
    bytes.into()
}

fn listen(service: &str) -> UnixListener {
    let mut padded = service.as_bytes().to_vec();
    padded.resize(107, 0);
    UnixListener::bind_addr(&SocketAddr::from_abstract_name(padded).unwrap()).unwrap()
}

/// A server of one manner for everybody.
struct Server {
    serving: JoinHandle<()>,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn start(listener: UnixListener, manner: Manner) -> Self {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::UnixListener::from_std(listener).unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            loop {
                let (setup, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                serve(setup, &manner).await;
            }
        });
        Self { serving, asked }
    }

    /// Returns how many clients there were.
    async fn end(self) -> usize {
        self.serving.abort();
        // It ends by being aborted.
        let _ = self.serving.await;
        self.asked.load(Ordering::Relaxed)
    }
}

async fn serve(mut setup: UnixStream, manner: &Manner) {
    // Whether the client stays to the end is its own affair.
    let _ = setup.read_exact(&mut [0; AUTH_REQUEST_LEN]).await;
    let (Manner::Closes(answer) | Manner::FallsSilent(answer)) = manner;
    let _ = setup.write_all(answer).await;
    if matches!(manner, Manner::FallsSilent(_)) {
        let _ = setup.read_to_end(&mut Vec::new()).await;
    }
}
