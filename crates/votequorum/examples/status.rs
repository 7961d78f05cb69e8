//! What `corosync-quorumtool -s` says, without corosync's libraries.

mod common;
#[path = "common/embedded.rs"]
mod embedded;

use std::process::ExitCode;

use clap::Parser;
use serde_json::json;
use votequorum::{Client, Error, Event, NodeInfo, NodeInfoFlags, NodeState, RingId, TrackFlags};

use crate::embedded::Embedded;

/// Shows the state of the local corosync's quorum.
#[derive(Debug, Parser)]
struct Args {
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
    /// The node to ask about; defaults to the local one.
    #[arg(long, value_name = "N")]
    node: Option<u32>,
    /// Asks a fake cluster of three nodes inside this program.
    #[arg(long)]
    embedded: bool,
    #[command(flatten)]
    target: common::Target,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    common::exit(run(&args).await, args.json)
}

async fn run(args: &Args) -> Result<(), Error> {
    let embedded = args.embedded.then(Embedded::start);
    let options = match &embedded {
        Some((_, _, options)) => options.clone(),
        None => args.target.options(),
    };
    let client = options.connect().await?;
    let info = match args.node {
        Some(node) => client.get_info(node).await?,
        None => client.local_info().await?,
    };
    if args.json {
        println!("{}", as_json(&client, &info));
        return Ok(());
    }
    print_text(&client, &info).await
}

fn as_json(client: &Client, info: &NodeInfo) -> serde_json::Value {
    json!({
        "node_id": info.node_id.get(),
        "state": info.state.to_string(),
        "votes": info.votes,
        "expected_votes": info.expected_votes,
        "highest_expected": info.highest_expected,
        "total_votes": info.total_votes,
        "quorum": info.quorum,
        "quorate": info.flags.contains(NodeInfoFlags::QUORATE),
        "flags": flag_names(info.flags),
        "qdevice_votes": info.qdevice_votes,
        "qdevice_name": info.qdevice_name.as_ref().map(ToString::to_string),
        "transport": client.transport().to_string(),
    })
}

async fn print_text(client: &Client, info: &NodeInfo) -> Result<(), Error> {
    let (ring, members) = membership(client).await?;
    let quorate = info.flags.contains(NodeInfoFlags::QUORATE);
    println!("Quorum information");
    println!("------------------");
    println!("Node ID:          {}", info.node_id);
    println!("Ring ID:          {ring}");
    println!("Nodes:            {}", members.len());
    println!("Quorate:          {}", if quorate { "Yes" } else { "No" });
    println!("Transport:        {}", client.transport());
    println!();
    println!("Votequorum information");
    println!("----------------------");
    println!("Expected votes:   {}", info.expected_votes);
    println!("Highest expected: {}", info.highest_expected);
    println!("Total votes:      {}", info.total_votes);
    let blocked = if quorate { "" } else { " Activity blocked" };
    println!("Quorum:           {}{blocked}", info.quorum);
    println!("Flags:            {}", flag_names(info.flags).join(" "));
    println!();
    println!("Membership information");
    println!("----------------------");
    println!("    Nodeid      Votes  State");
    for node in &members {
        println!("{:>10} {:>10}  {}", node.node_id, node.votes, node.state);
    }
    if let Some(name) = &info.qdevice_name {
        println!("{:>10} {:>10}  {name}", 0, info.qdevice_votes);
    }
    Ok(())
}

/// The current ring, and what the daemon knows of its members.
async fn membership(client: &Client) -> Result<(RingId, Vec<NodeInfo>), Error> {
    let mut ring_id = RingId::default();
    let mut members = Vec::new();
    let mut current = client.track(TrackFlags::CURRENT, 0).await?;
    while let Some(event) = current.next().await {
        if let Event::Nodelist(nodelist) = event? {
            ring_id = nodelist.ring_id;
            for &node in &*nodelist.nodes {
                members.push(client.get_info(node).await?);
            }
        }
    }
    members.retain(|node| node.state == NodeState::Member);
    Ok((ring_id, members))
}

/// The names of the flags that are set, in lower case; bits without a name in hexadecimal.
fn flag_names(flags: NodeInfoFlags) -> Vec<String> {
    let mut unnamed = flags;
    let mut names = Vec::new();
    for (name, flag) in NodeInfoFlags::all().iter_names() {
        if flags.contains(flag) {
            names.push(name.to_lowercase());
            unnamed.remove(flag);
        }
    }
    if !unnamed.is_empty() {
        names.push(format!("{:#x}", unnamed.bits()));
    }
    names
}
