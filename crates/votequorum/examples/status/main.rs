//! The state of the cluster's quorum, as `corosync-quorumtool -s` shows it, without corosync's
//! libraries.
//!
//! With `--json` it prints one line; its keys are those of [`json::of`]. An error has the keys `ok`
//! (false), `code` and `name` (of corosync's C library), and `error` (text).

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/embedded.rs"]
mod embedded;
#[path = "../common/extra_info.rs"]
mod extra_info;
mod json;
mod state;
mod text;

use std::process::ExitCode;

use clap::Parser;

use crate::common::{Failure, print};
use crate::embedded::Source;
use crate::state::State;

/// Shows the state of the local corosync's quorum.
#[derive(Debug, Parser)]
struct Args {
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
    /// The node to ask about; 0 is the local one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    node: u32,
    /// Says that this corosync is 3.0 or later (see `corosync -v`), and shows the extra information
    /// of quorum devices. corosync 2 aborts when it is asked for that.
    #[arg(long = "corosync-3")]
    corosync_3: bool,
    #[command(flatten)]
    source: Source,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    common::exit(run(&args).await, args.json)
}

async fn run(args: &Args) -> Result<(), Failure> {
    let cluster = args.source.open()?;
    let client = cluster.connect().await?;
    let mut state = State::ask(&client, args.node).await?;
    if args.corosync_3 {
        state.ask_extra_info(&client).await?;
    }
    if args.json { print(json::of(&state)) } else { print(text::of(&state).trim_end()) }
}
