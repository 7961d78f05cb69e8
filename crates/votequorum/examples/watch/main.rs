//! What happens in the cluster, a line per event.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/embedded.rs"]
mod embedded;
#[path = "../common/extra_info.rs"]
mod extra_info;
mod json;
mod text;

use std::future::pending;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, value_parser};
use quorate_fixtures::corosync::Script;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use votequorum::{Client, CsError, Error, Reconnect, Track, TrackFlags};

use crate::common::{Failure, print};
use crate::embedded::{Cluster, Source};

/// Shows every event of the local corosync's quorum, as it comes.
///
/// With --embedded it shows a fake cluster: a node leaves, the others lose each other and quorum,
/// and everything is mended. That happens once, or again and again until --count or --seconds.
#[derive(Debug, Parser)]
#[command(after_help = json::HELP)]
struct Args {
    /// Prints a line of JSON per event.
    #[arg(long)]
    json: bool,
    /// What comes back in every event of the daemon.
    #[arg(long, value_name = "N", default_value_t = 0)]
    context: u64,
    /// Ends after N events.
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Ends after S seconds.
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    seconds: Option<Duration>,
    /// Waits for a corosync that does not run yet, and connects again when it is restarted.
    #[arg(long)]
    reconnect: bool,
    #[command(flatten)]
    source: Source,
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or("expected a number of seconds, 0 and up")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    common::exit(run(&args).await, args.json)
}

async fn run(args: &Args) -> Result<(), Failure> {
    let cluster = args.source.open()?;
    let mut end = pin!(end(args, &cluster));
    let mut track = tokio::select! {
        track = track(args, &cluster) => track?,
        ended = &mut end => {
            ended?;
            return Err(Failure::new(CsError::Timeout, "ended before there was a connection"));
        }
    };
    let mut left = args.count;
    // The end of this process ends the track.
    while left != Some(0) {
        let event = tokio::select! {
            biased;
            event = track.next() => event,
            ended = &mut end => return ended,
        };
        let Some(event) = event.transpose()? else { break };
        if args.json {
            print(json::of(&event))?;
        } else {
            print(text::of(&event))?;
        }
        left = left.map(|left| left - 1);
    }
    Ok(())
}

/// Connects, and starts tracking.
async fn track(args: &Args, cluster: &Cluster) -> Result<Track, Failure> {
    let client = connect(args, cluster).await?;
    loop {
        let flags = TrackFlags::CURRENT | TrackFlags::CHANGES;
        match client.track(flags, args.context).await {
            Err(error) if args.reconnect && error.is_retryable() => waits(&error),
            tracked => return Ok(tracked?),
        }
    }
}

async fn connect(args: &Args, cluster: &Cluster) -> Result<Client, Failure> {
    if !args.reconnect {
        return cluster.connect().await;
    }
    match cluster.builder.clone().reconnect(Reconnect::new()).connect().await {
        Err(error) if error.is_retryable() => waits(&error),
        connected => return connected.map_err(|error| cluster.failure(&error)),
    }
    let patient = cluster.builder.clone().reconnect(Reconnect::new().including_first());
    patient.connect().await.map_err(|error| cluster.failure(&error))
}

fn waits(error: &Error) {
    eprintln!("{error}; waiting for it");
}

/// Resolves when there is nothing more to show.
async fn end(args: &Args, cluster: &Cluster) -> Result<(), Failure> {
    let time_is_up = async {
        match args.seconds {
            Some(time) => sleep(time).await,
            None => pending().await,
        }
    };
    // A fake cluster removes its shared memory only if this program is not killed.
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        () = time_is_up => Ok(()),
        told = tell_a_story(args, cluster) => told,
        _ = interrupt.recv() => Ok(()),
        _ = terminate.recv() => Ok(()),
    }
}

/// Makes things happen in a fake cluster: once, or again and again if it is known when to end.
async fn tell_a_story(args: &Args, cluster: &Cluster) -> Result<(), Failure> {
    let Some(embedded) = &cluster.embedded else { return pending().await };
    let story = Script::short_story();
    let ends = args.count.is_none() && args.seconds.is_none();
    let story = if ends { story } else { story.repeated() };
    story.play(&embedded.fake).await.map_err(|error| Failure::new(CsError::Library, error))
}
