//! What a program does that uses our clients: `ours CASE N [ROUNDS | WHERE]`.
//!
//! Prints one line of JSON, with the same keys as the C client prints.

mod calls;
mod confd;
mod meter;
mod notifications;
mod tracked;

use std::time::Duration;

use serde_json::Value;
use votequorum::Client;

/// Whatever goes wrong ends the program.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [case, n, rest @ ..] = arguments.as_slice() else { return Err(USAGE.into()) };
    let n: u64 = n.parse()?;
    let rounds = || rest.first().map_or(Ok(1), |rounds| rounds.parse::<u64>());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let builder = Client::builder();
    let parking = builder.clone().spin(Duration::ZERO);
    let of_size = |bytes| builder.clone().max_msg_size(bytes);
    let line = match *case {
        "rtt" => runtime.block_on(calls::rtt(&builder, n))?,
        "rtt-parking" => runtime.block_on(calls::rtt(&parking, n))?,
        "rtt-threads" => on_threads(async move { calls::rtt(&builder, n).await })?,
        "rtt-parking-threads" => on_threads(async move { calls::rtt(&parking, n).await })?,
        "pipeline" => runtime.block_on(calls::pipeline(&builder, n))?,
        "connect" => runtime.block_on(calls::connect(&builder, n))?,
        "connect-smallest" => runtime.block_on(calls::connect(&of_size(0), n))?,
        "connect-1m" => runtime.block_on(calls::connect(&of_size(1 << 20), n))?,
        "drain" => runtime.block_on(notifications::drain(n, rounds()?))?,
        "stream" => runtime.block_on(notifications::stream(&builder, n))?,
        "changes" => runtime.block_on(notifications::changes(&builder))?,
        "tracked" => runtime.block_on(tracked::tracked(&builder, n, rounds()?))?,
        "confd-decode" => confd::decode(n)?,
        "confd-rtt" => {
            let address = rest.first().ok_or(USAGE)?;
            runtime.block_on(confd::rtt(address, n))?
        }
        _ => return Err(USAGE.into()),
    };
    println!("{line}");
    Ok(())
}

/// Runs a future as a task of the runtime that has a thread per processor.
fn on_threads(future: impl Future<Output = Outcome<Value>> + Send + 'static) -> Outcome<Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(runtime.spawn(future))?
}

const USAGE: &str = "usage: ours rtt|rtt-parking|rtt-threads|rtt-parking-threads|pipeline N
       ours connect|connect-smallest|connect-1m|stream|changes|confd-decode N
       ours drain|tracked N ROUNDS
       ours confd-rtt N ADDRESS";
