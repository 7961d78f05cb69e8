//! libqb's own client as the judge of our server, over both transports.
//!
//! The cases are those of libqb's `tests/check_ipc.c`. They need gcc and libqb's headers; where
//! these are missing they say so and pass, unless `QUORATE_LIVE=required` is in the environment.

mod judge;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use qbipc::server::{FlowControl, Incoming, ListenOptions, ServerConnection};
use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::qb::header::RESPONSE_LEN;
use tokio::io::{AsyncBufReadExt, BufReader};

use self::judge::Judge;

/// What the server does when a client connects.
#[derive(Clone, Copy)]
enum Greeting {
    None,
    Event,
    Refusal,
}

/// Runs a case of the client against a server of ours.
async fn case(connection_type: ConnectionType, greeting: Greeting, args: &[&str]) -> ExitStatus {
    let judge = Judge::get().expect("asked before");
    run(tokio::process::Command::new(judge.client()), connection_type, greeting, args).await
}

/// Runs a case, by a client that may be run in a way of its own.
async fn run(
    mut client: tokio::process::Command,
    connection_type: ConnectionType,
    greeting: Greeting,
    args: &[&str],
) -> ExitStatus {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let service = format!("quorate-libqb-{}-{number}", std::process::id());
    let options = ListenOptions::new(&service).connection_type(connection_type);
    let mut listener = options.listen().unwrap();
    let serving = tokio::spawn(async move {
        loop {
            let incoming = listener.accept().await.unwrap();
            tokio::spawn(greet(incoming, greeting));
        }
    });
    let child = client.arg(args[0]).arg(&service).args(&args[1..]).kill_on_drop(true).status();
    let status = tokio::time::timeout(Duration::from_secs(60), child).await;
    serving.abort();
    status.expect("the client ends").unwrap()
}

async fn greet(incoming: Incoming, greeting: Greeting) {
    match greeting {
        Greeting::Refusal => incoming.refuse(13).await.unwrap(),
        Greeting::Event => {
            let mut connection = incoming.accept().await.unwrap();
            connection.send_event(&message(99, 64)).unwrap();
            serve(connection).await;
        }
        Greeting::None => serve(incoming.accept().await.unwrap()).await,
    }
}

/// Does what the id of each request says; see `client.c`.
async fn serve(mut connection: ServerConnection) {
    let mut request = Vec::new();
    while connection.recv(&mut request).await.is_ok() {
        let id = i32::from_ne_bytes(request[0..4].try_into().unwrap());
        match id {
            1 => {
                let mut answer = request.clone();
                answer.resize(answer.len().max(RESPONSE_LEN), 0);
                let header = message(1, answer.len());
                answer[..RESPONSE_LEN].copy_from_slice(&header[..RESPONSE_LEN]);
                // A client that was killed is not there for its answer.
                let _ = connection.respond(&answer);
            }
            2 => {}
            3 => {
                let count = i32::from_ne_bytes(request[16..20].try_into().unwrap());
                for number in 0..count {
                    connection.send_event(&message(number, 64)).unwrap();
                }
                connection.respond(&message(3, 24)).unwrap();
            }
            4 | 7 => return,
            8 => {
                let us = rustix::process::getpid();
                rustix::process::kill_process(us, rustix::process::Signal::KILL).unwrap();
            }
            5 => connection.set_flow_control(FlowControl::Stop),
            6 => {
                let mut len = 32;
                while len <= 65536 {
                    connection.send_event(&message(6, len)).unwrap();
                    len *= 2;
                }
            }
            other => panic!("request {other}"),
        }
    }
}

/// A response or event, with a success of 0.
fn message(id: i32, len: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..len).map(|index| u8::try_from(index % 251).unwrap()).collect();
    bytes[0..4].copy_from_slice(&id.to_ne_bytes());
    bytes[8..12].copy_from_slice(&u32::try_from(len).unwrap().to_ne_bytes());
    bytes[16..20].copy_from_slice(&0i32.to_ne_bytes());
    bytes
}

/// Defines a test that runs a case over both transports.
macro_rules! cases {
    ($($name:ident: $greeting:ident $(, $arg:expr)+;)+) => {$(
        #[tokio::test]
        async fn $name() {
            if Judge::get().is_none() {
                return;
            }
            for connection_type in [ConnectionType::Shm, ConnectionType::Socket] {
                let status = case(connection_type, Greeting::$greeting, &[$($arg),+]).await;
                assert!(status.success(), "over {connection_type:?}: {status}");
            }
        }
    )+};
}

cases! {
    connect_async: None, "async";
    txrx_getauth: None, "getauth";
    txrx_timeout: None, "timeout";
    txrx_block: None, "block";
    txrx_tmo: None, "tmo";
    txrx_in_parts: None, "parts";
    fc: None, "fc";
    dispatch: None, "dispatch", "500";
    dispatch_of_all_sizes: None, "sizes";
    stress: None, "events", "30000";
    bulk_events: None, "events", "1";
    event_on_created: Event, "created";
    disconnect_after_created: None, "closes";
    permissions: Refusal, "refused";
    stress_connections: None, "comeandgo", "1000";
}

/// A client that dies in the middle of requests: the server goes on, and nothing stays behind.
#[tokio::test]
async fn a_client_that_is_killed() {
    if Judge::get().is_none() {
        return;
    }
    for connection_type in [ConnectionType::Shm, ConnectionType::Socket] {
        for _ in 0..20 {
            let status = case(connection_type, Greeting::None, &["killed"]).await;
            assert_eq!(status.signal(), Some(9));
        }
        let status = case(connection_type, Greeting::None, &["block"]).await;
        assert!(status.success(), "{status}");
    }
    judge::wait_until_clean();
}

/// A client of another user, who cannot do what root can: what it needs is given to it.
#[tokio::test]
async fn permissions_of_another_user() {
    const NOBODY: u32 = 65534;
    let Some(judge) = Judge::get() else { return };
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED: only root can run clients of other users");
        return;
    }
    // Where our own programs are, others may not look.
    let dir = std::env::temp_dir().join(format!("quorate-libqb-{}", std::process::id()));
    std::fs::create_dir(&dir).unwrap();
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = dir.join("client");
    std::fs::copy(judge.client(), &program).unwrap();
    for connection_type in [ConnectionType::Shm, ConnectionType::Socket] {
        for args in [&["block"][..], &["sizes"], &["events", "1000"]] {
            let mut client = tokio::process::Command::new(&program);
            client.uid(NOBODY).gid(NOBODY).current_dir("/");
            let status = run(client, connection_type, Greeting::None, args).await;
            assert!(status.success(), "{args:?} over {connection_type:?}: {status}");
        }
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

/// Messages as large as a connection can carry.
#[tokio::test]
async fn the_largest_messages() {
    if Judge::get().is_none() {
        return;
    }
    let largest = quorate_codec::limits::MAX_MSG_SIZE.to_string();
    // How large a datagram can be is for the system to say.
    for (connection_type, size) in
        [(ConnectionType::Shm, largest.as_str()), (ConnectionType::Socket, "0")]
    {
        let status = case(connection_type, Greeting::None, &["largest", size]).await;
        assert!(status.success(), "over {connection_type:?}: {status}");
    }
}

/// In the environment of a process that is to serve one client: the name, and how.
const SERVE: &str = "QUORATE_LIBQB_SERVE";

/// Not a test, but the server of those below: this program runs itself.
#[tokio::test]
async fn serve_one_client() {
    let Some(serve_as) = std::env::var_os(SERVE) else { return };
    let serve_as = serve_as.into_string().unwrap();
    let (connection_type, service) = match serve_as.split_once(':').unwrap() {
        ("shm", service) => (ConnectionType::Shm, service),
        (_, service) => (ConnectionType::Socket, service),
    };
    let options = ListenOptions::new(service).connection_type(connection_type);
    let mut listener = options.listen().unwrap();
    // On a line of its own, whatever the harness has said.
    eprintln!("\nserving");
    serve(listener.accept().await.unwrap().accept().await.unwrap()).await;
}

/// Runs a server in a process of its own and a client that outlives it.
async fn outlived(how: &str, kind: &str) {
    let service = format!("quorate-libqb-{}-outlived-{how}-{kind}", std::process::id());
    let mut server = tokio::process::Command::new(std::env::current_exe().unwrap());
    server.args(["--exact", "serve_one_client", "--nocapture"]);
    server.env(SERVE, format!("{kind}:{service}")).kill_on_drop(true);
    server.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = server.spawn().unwrap();
    let pid = server.id().unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    while lines.next_line().await.unwrap().expect("it serves") != "serving" {}
    let mut client = tokio::process::Command::new(Judge::get().unwrap().client());
    let client = client.args(["outlive", &service, how]).kill_on_drop(true).status();
    let status = tokio::time::timeout(Duration::from_secs(60), client).await;
    let status = status.expect("the client ends").unwrap();
    assert!(status.success(), "{how} over {kind}: {status}");
    let end = server.wait().await.unwrap();
    assert_eq!(end.signal(), (how == "8").then_some(9), "{end}");
    if how == "8" {
        // libqb's client removes the files if it finds in time that the server is dead, and not
        // their directory.
        judge::remove_remains_of(pid);
    }
    judge::wait_until_clean_of(pid);
}

#[tokio::test]
async fn server_exit() {
    if Judge::get().is_none() {
        return;
    }
    outlived("7", "shm").await;
    outlived("7", "socket").await;
}

#[tokio::test]
async fn server_failure() {
    if Judge::get().is_none() {
        return;
    }
    outlived("8", "shm").await;
    outlived("8", "socket").await;
}
