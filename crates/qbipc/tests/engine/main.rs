//! The parts of the engine together, over connections that follow a script. Time is paused: it passes
//! when nothing else is to be done.

mod calls;
mod deadlines;
mod descriptor;
mod ending;
mod flow;
mod parting;
mod readers;
mod reconnecting;
mod runtimes;
mod turns;
mod wakers;

#[expect(dead_code, unused_imports, unreachable_pub, reason = "it is the library's")]
#[path = "../../src/engine/mod.rs"]
mod engine;
#[expect(dead_code, unreachable_pub, reason = "it is the library's")]
#[path = "../../src/error.rs"]
mod error;
#[expect(unreachable_pub, reason = "it is the library's")]
#[path = "../../src/remedy.rs"]
mod remedy;
#[expect(dead_code, reason = "the models use the rest")]
#[path = "../script/mod.rs"]
mod script;
#[path = "../../src/world.rs"]
mod world;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use qbipc::SocketNamespace;
use quorate_codec::Reconnect;
use quorate_codec::qb::CsError;
use quorate_models::session::service::{Made, Reply, Request, Topic, id};
use quorate_models::session::variant::{Group, Keyed, Tracked, Variant};
use tokio::time::sleep;

use crate::engine::{Begin, Client, Error, ErrorKind, Item, Reader};
use crate::error::{ChannelError, ConnectError, TransmitError};
use crate::script::{Attempt, ConnectOptions, Connection, Port, Transmit, Wire, ring};

const SECOND: Duration = Duration::from_secs(1);

/// Connects again at once.
const FAST: Reconnect = Reconnect::new().first_pause(Duration::ZERO).longest_pause(Duration::ZERO);

/// A client of a made-up service whose daemon is at the other end of a wire.
async fn connect<V: Variant>(wire: &Wire) -> Client<Made<V>> {
    Port::accepting(wire).builder().connect().await.unwrap()
}

fn get<V: Variant>(
    client: &Client<Made<V>>,
    number: u64,
) -> impl Future<Output = Result<Reply, Error>> + Send + use<V> {
    let client = client.clone();
    async move { client.call(Request::Get(number)).await }
}

fn say(number: u64, gated: bool) -> Request {
    Request::Say { number, gated, payload: Bytes::new() }
}

/// Polls a future that nothing wakes.
fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Lets every task do what it can without time passing.
async fn settle() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
}
