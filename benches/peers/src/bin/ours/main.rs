//! What a program does that uses our clients: `ours CASE N [ROUNDS | WHERE]`.
//!
//! Prints one line of JSON, with the same keys as the C client prints.

mod calls;
mod confd;
mod meter;
mod notifications;
mod tracked;

use std::time::Duration;

use votequorum::Options;

/// Whatever goes wrong ends the program.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [case, n, rest @ ..] = arguments.as_slice() else { return Err(USAGE.into()) };
    let n: u64 = n.parse()?;
    let rounds = || rest.first().map_or(Ok(1), |rounds| rounds.parse::<u64>());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let options = Options::new();
    let parking = options.clone().spin(Duration::ZERO);
    let line = match *case {
        "rtt" => runtime.block_on(calls::rtt(&options, n))?,
        "rtt-parking" => runtime.block_on(calls::rtt(&parking, n))?,
        "pipeline" => runtime.block_on(calls::pipeline(&options, n))?,
        "connect" => runtime.block_on(calls::connect(&options, n))?,
        "drain" => runtime.block_on(notifications::drain(n, rounds()?))?,
        "flood" => runtime.block_on(notifications::flood(&options, n))?,
        "tracked" => runtime.block_on(tracked::tracked(&options, n, rounds()?))?,
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

const USAGE: &str = "usage: ours rtt|rtt-parking|pipeline|connect|flood|confd-decode N
       ours drain|tracked N ROUNDS
       ours confd-rtt N ADDRESS";
