//! Every call that changes something in the cluster's quorum.
//!
//! With `--json` it prints one line: `{"ok":true}`, or an error. Errors have the keys `ok` (false),
//! `code` and `name` (of corosync's C library), and `error` (text). What
//! `qdevice-get-extra-info` prints has `ok` (true) and:
//!
//! | key | value |
//! |---|---|
//! | `node` | the node |
//! | `info` | the extra information, or null if it is not text |
//! | `info_hex` | the same in hexadecimal |

mod common;
#[path = "common/extra_info.rs"]
mod extra_info;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;
use votequorum::{
    Client, Corosync3, CsError, Error, Event, ExtraInfo, MasterWins, RingId, TrackFlags, Vote,
};

use crate::common::{Failure, print};

/// Changes votes, and calls what a quorum device calls.
#[derive(Debug, Parser)]
struct Args {
    /// Prints one line of JSON.
    #[arg(long, global = true)]
    json: bool,
    /// Says that this corosync is 3.0 or later (see `corosync -v`), which the two commands for extra
    /// information need: corosync 2 aborts on these requests.
    #[arg(long = "corosync-3", global = true)]
    corosync_3: bool,
    #[command(flatten)]
    target: common::Target,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sets how many votes a complete cluster has.
    SetExpected { votes: u32 },
    /// Sets how many votes a node has.
    SetVotes { node: u32, votes: u32 },
    /// Sets how many votes the quorum device has.
    SetQdeviceVotes { votes: u32 },
    /// Registers a quorum device.
    QdeviceRegister { name: String },
    /// Unregisters a quorum device.
    QdeviceUnregister { name: String },
    /// Renames a quorum device.
    QdeviceUpdate { old: String, new: String },
    /// Reports that a quorum device is alive, and casts its vote. The vote lapses after the
    /// device's timeout.
    QdevicePoll {
        name: String,
        vote: YesNo,
        /// The ring it votes for, as 1.14. Defaults to the current one.
        #[arg(long, value_name = "NODE.SEQ")]
        ring: Option<RingId>,
    },
    /// Sets whether a quorum device's vote alone makes a partition quorate.
    QdeviceMasterWins { name: String, allow: YesNo },
    /// Sets the extra information of this node's quorum device (corosync after 3.1.10). Needs
    /// --corosync-3.
    QdeviceSetExtraInfo {
        /// Up to 4096 bytes; empty to remove it.
        info: String,
        /// INFO is hexadecimal.
        #[arg(long)]
        hex: bool,
    },
    /// Prints the extra information of a node's quorum device (corosync after 3.1.10). Needs
    /// --corosync-3.
    QdeviceGetExtraInfo { node: u32 },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    common::exit(run(&args).await, args.json)
}

async fn run(args: &Args) -> Result<(), Failure> {
    let connect = async || args.target.builder().connect().await;
    match &args.command {
        Command::SetExpected { votes } => connect().await?.set_expected(*votes).await?,
        Command::SetVotes { node: 0, .. } => {
            return Err(Failure::new(
                CsError::InvalidParam,
                "node 0 is the quorum device: name a node, or use set-qdevice-votes",
            ));
        }
        Command::SetVotes { node, votes } => connect().await?.set_votes(*node, *votes).await?,
        Command::SetQdeviceVotes { votes } => connect().await?.set_qdevice_votes(*votes).await?,
        Command::QdeviceRegister { name } => connect().await?.qdevice_register(name).await?,
        Command::QdeviceUnregister { name } => connect().await?.qdevice_unregister(name).await?,
        Command::QdeviceUpdate { old, new } => connect().await?.qdevice_update(old, new).await?,
        Command::QdevicePoll { name, vote, ring } => {
            let client = connect().await?;
            let ring = match ring {
                Some(ring) => *ring,
                None => current_ring(&client).await?,
            };
            let vote = match vote {
                YesNo::Yes => Vote::Yes,
                YesNo::No => Vote::No,
            };
            client.qdevice_poll(name, vote, ring).await?;
        }
        Command::QdeviceMasterWins { name, allow } => {
            let allow = match allow {
                YesNo::Yes => MasterWins::Allow,
                YesNo::No => MasterWins::Deny,
            };
            connect().await?.qdevice_master_wins(name, allow).await?;
        }
        Command::QdeviceSetExtraInfo { info, hex } => {
            let version = version(args)?;
            let info = if *hex { parse_hex(info)? } else { info.clone().into_bytes() };
            connect().await?.extra_info(version).set(info).await?;
        }
        Command::QdeviceGetExtraInfo { node } => {
            let version = version(args)?;
            let client = connect().await?;
            return print_extra_info(args, client.extra_info(version), *node).await;
        }
    }
    if args.json { print(json!({ "ok": true })) } else { Ok(()) }
}

/// The ring id comes in notifications only.
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

/// Whoever runs this has to know the daemon's version, since it cannot be asked for it.
fn version(args: &Args) -> Result<Corosync3, Failure> {
    args.corosync_3.then_some(Corosync3).ok_or_else(|| {
        Failure::new(
            CsError::InvalidParam,
            "corosync 2 aborts on requests for extra information, and its node leaves the cluster. \
             If this corosync is 3.0 or later (`corosync -v`), say --corosync-3",
        )
    })
}

async fn print_extra_info(args: &Args, all: ExtraInfo<'_>, node: u32) -> Result<(), Failure> {
    let info = all.get(node).await?;
    if args.json {
        let mut json = extra_info::as_json(node, &info);
        json["ok"] = true.into();
        return print(json);
    }
    print(extra_info::as_text(&info))
}

fn parse_hex(digits: &str) -> Result<Vec<u8>, Failure> {
    let malformed =
        || Failure::new(CsError::InvalidParam, "INFO is not hexadecimal, two digits for each byte");
    let digits: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0).ok_or_else(malformed)?;
    let byte = |pair: &[u32]| pair.iter().fold(0, |byte, digit| byte << 4 | digit);
    digits.chunks(2).map(|pair| u8::try_from(byte(pair)).map_err(|_| malformed())).collect()
}
