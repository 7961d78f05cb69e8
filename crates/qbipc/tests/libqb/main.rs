//! libqb's own client as the judge of our server, over both transports.
//!
//! The cases are those of libqb's `tests/check_ipc.c`. They need gcc and libqb's headers; where
//! these are missing they say so and pass, unless `QUORATE_LIVE=required` is in the environment.

mod judge;

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use qbipc::server::{FlowControl, Incoming, ListenOptions, ServerConnection};
use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::qb::header::RESPONSE_LEN;

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
    let mut client = tokio::process::Command::new(judge.client());
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
            4 => return,
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
