//! Everything that changes something in the cluster's quorum.

mod common;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;
use votequorum::{Client, Error, Event, MasterWins, RingId, TrackFlags, Vote};

/// Changes votes, and plays a quorum device.
#[derive(Debug, Parser)]
struct Args {
    /// Prints one line of JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    target: common::Target,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// How many votes a complete cluster has.
    SetExpected { votes: u32 },
    /// How many votes a node has.
    SetVotes { node: u32, votes: u32 },
    /// Registers a quorum device.
    QdeviceRegister { name: String },
    /// Unregisters a quorum device.
    QdeviceUnregister { name: String },
    /// Gives a quorum device another name.
    QdeviceUpdate { old: String, new: String },
    /// Says that a quorum device is alive, and how it votes.
    QdevicePoll {
        name: String,
        vote: YesNo,
        /// The ring it votes for; the current one unless given.
        #[arg(long, value_name = "NODE:SEQ")]
        ring: Option<RingId>,
    },
    /// Says whether a quorum device's vote decides alone.
    QdeviceMasterWins { name: String, allow: YesNo },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = run(&args).await;
    if outcome.is_ok() && args.json {
        println!("{}", json!({ "ok": true }));
    }
    common::exit(outcome, args.json)
}

async fn run(args: &Args) -> Result<(), Error> {
    let client = args.target.options().connect().await?;
    match &args.command {
        Command::SetExpected { votes } => client.set_expected(*votes).await,
        Command::SetVotes { node, votes } => client.set_votes(*node, *votes).await,
        Command::QdeviceRegister { name } => client.qdevice_register(name).await,
        Command::QdeviceUnregister { name } => client.qdevice_unregister(name).await,
        Command::QdeviceUpdate { old, new } => client.qdevice_update(old, new).await,
        Command::QdevicePoll { name, vote, ring } => {
            let ring = match ring {
                Some(ring) => *ring,
                None => current_ring(&client).await?,
            };
            let vote = match vote {
                YesNo::Yes => Vote::Yes,
                YesNo::No => Vote::No,
            };
            client.qdevice_poll(name, vote, ring).await
        }
        Command::QdeviceMasterWins { name, allow } => {
            let allow = match allow {
                YesNo::Yes => MasterWins::Allow,
                YesNo::No => MasterWins::Deny,
            };
            client.qdevice_master_wins(name, allow).await
        }
    }
}

/// The ring id is told in notifications only.
async fn current_ring(client: &Client) -> Result<RingId, Error> {
    let mut current = client.track(TrackFlags::CURRENT, 0).await?;
    let mut ring_id = RingId::default();
    while let Some(event) = current.next().await {
        if let Event::Nodelist(nodelist) = event? {
            ring_id = nodelist.ring_id;
        }
    }
    Ok(ring_id)
}
