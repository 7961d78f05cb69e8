//! What happens in the cluster, a line per event.

mod common;
#[path = "common/embedded.rs"]
mod embedded;

use std::future::pending;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use quorate_fixtures::corosync::{FakeCorosync, Script};
use serde_json::{Value, json};
use tokio::time::sleep;
use votequorum::{Client, Error, ErrorKind, Event, TrackFlags};

use crate::embedded::Embedded;

/// Shows every event of the local corosync's quorum, as it comes.
#[derive(Debug, Parser)]
struct Args {
    /// Prints a line of JSON per event.
    #[arg(long)]
    json: bool,
    /// What comes back in every event.
    #[arg(long, value_name = "N", default_value_t = 0)]
    context: u64,
    /// Ends after so many events.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Ends after so many seconds.
    #[arg(long, value_name = "S")]
    seconds: Option<f64>,
    /// Watches a fake cluster of three nodes inside this program, as it does where there is no
    /// corosync: one leaves, the rest falls apart and loses quorum, and all is mended. That ends
    /// after one time, or goes on until --count or --seconds.
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
    let (client, embedded) = connect(args).await?;
    let mut track = client.track(TrackFlags::CURRENT | TrackFlags::CHANGES, args.context).await?;
    let end = async {
        tokio::select! {
            () = time_is_up(args.seconds) => {}
            () = story_is_over(args, embedded.as_ref()) => {}
        }
    };
    tokio::pin!(end);
    let mut left = args.count;
    while left != Some(0) {
        let event = tokio::select! {
            biased;
            event = track.next() => event,
            () = &mut end => break,
        };
        let Some(event) = event else { break };
        let event = event?;
        if args.json {
            println!("{}", as_json(&event));
        } else {
            println!("{}", as_text(&event));
        }
        left = left.map(|left| left - 1);
    }
    track.stop().await
}

type Fake = (Embedded, Arc<FakeCorosync>);

/// Connects to corosync, or to a fake if that is asked for or there is no other.
async fn connect(args: &Args) -> Result<(Client, Option<Fake>), Error> {
    if !args.embedded {
        match args.target.options().connect().await {
            Err(error) if error.kind() == ErrorKind::NoServer => {
                eprintln!("no corosync here; watching a fake cluster instead ({error})");
            }
            connected => return Ok((connected?, None)),
        }
    }
    let (embedded, fake, options) = Embedded::start();
    Ok((options.connect().await?, Some((embedded, fake))))
}

async fn time_is_up(seconds: Option<f64>) {
    match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(time)) => sleep(time).await,
        _ => pending().await,
    }
}

/// Makes things happen in a fake cluster: once, or again and again if it is said when to end.
async fn story_is_over(args: &Args, fake: Option<&Fake>) {
    let Some((_, fake)) = fake else { return pending().await };
    let story = Script::short_story();
    let ends = args.count.is_none() && args.seconds.is_none();
    let story = if ends { story } else { story.repeated() };
    story.play(fake).await.expect("the story fits the nodes");
}

fn as_json(event: &Event) -> Value {
    match event {
        Event::Nodelist(nodelist) => json!({
            "event": "nodelist",
            "context": nodelist.context,
            "ring_id": { "node": nodelist.ring_id.node.get(), "seq": nodelist.ring_id.seq },
            "nodes": nodelist.nodes.iter().map(|node| node.get()).collect::<Vec<_>>(),
        }),
        Event::Quorum(quorum) => {
            let node = |node: &votequorum::Node| json!({ "id": node.id.get(), "state": node.state.to_string() });
            json!({
                "event": "quorum",
                "context": quorum.context,
                "quorate": quorum.quorate,
                "nodes": quorum.node_list.iter().map(node).collect::<Vec<_>>(),
            })
        }
        Event::ExpectedVotes(expected) => json!({
            "event": "expected_votes",
            "context": expected.context,
            "expected_votes": expected.expected_votes,
        }),
        Event::QdeviceExtraInfo(extra) => json!({
            "event": "qdevice_extra_info",
            "context": extra.context,
            "node": extra.node.get(),
            "info": String::from_utf8_lossy(&extra.info),
        }),
        Event::Unknown(unknown) => json!({
            "event": "unknown",
            "id": unknown.id,
            "bytes": unknown.body.len(),
        }),
        Event::Lagged { missed } => json!({ "event": "lagged", "missed": missed }),
        Event::Gap { .. } => json!({ "event": "gap" }),
        _ => json!({ "event": "other" }),
    }
}

fn as_text(event: &Event) -> String {
    match event {
        Event::Nodelist(nodelist) => {
            let nodes: Vec<_> = nodelist.nodes.iter().map(ToString::to_string).collect();
            format!("ring {}: members {}", nodelist.ring_id, nodes.join(" "))
        }
        Event::Quorum(quorum) => {
            let node = |node: &votequorum::Node| format!("{} {}", node.id, node.state);
            let nodes: Vec<_> = quorum.node_list.iter().map(node).collect();
            let quorate = if quorum.quorate { "quorate" } else { "NOT quorate" };
            format!("{quorate}: {}", nodes.join(", "))
        }
        Event::ExpectedVotes(expected) => {
            format!("expected votes: {}", expected.expected_votes)
        }
        Event::QdeviceExtraInfo(extra) => {
            format!("quorum device of node {}: {:?}", extra.node, extra.info)
        }
        Event::Unknown(unknown) => format!("unknown notification {}", unknown.id),
        Event::Lagged { missed } => format!("{missed} events missed"),
        other => format!("{other:?}"),
    }
}
