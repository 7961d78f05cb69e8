//! How fast it is here: against corosync, or against a fake.

mod common;
#[path = "common/embedded.rs"]
mod embedded;

use std::num::NonZeroU8;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, value_parser};
use quorate_fixtures::corosync::Fault;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use votequorum::{Builder, Client, CsError, Error, Event, TrackFlags};

use crate::common::{Failure, print};
use crate::embedded::{Cluster, Source};

/// Measures calls, connections and notifications; prints one line of JSON.
#[derive(Debug, Parser)]
struct Args {
    /// The largest message to ask for, in bytes.
    #[arg(long, value_name = "B", global = true, value_parser = value_parser!(u32).range(12_328..=8_388_608))]
    max_msg_size: Option<u32>,
    /// How long a call may spin for its reply, in microseconds.
    #[arg(long, value_name = "US", global = true, value_parser = value_parser!(u64).range(..=1_000_000))]
    spin_us: Option<u64>,
    /// Uses the runtime that has a thread per processor.
    #[arg(long, global = true)]
    multi_thread: bool,
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Command {
    /// N calls, one after the other.
    Rtt {
        #[arg(value_parser = value_parser!(u64).range(1..))]
        n: u64,
    },
    /// N calls, D at a time.
    Pipeline {
        #[arg(value_parser = value_parser!(u64).range(1..))]
        n: u64,
        #[arg(long, value_name = "D", default_value_t = 64, value_parser = value_parser!(u8).range(1..))]
        in_flight: u8,
    },
    /// N connections, one after the other, opened and closed.
    Connect {
        #[arg(value_parser = value_parser!(u64).range(1..))]
        n: u64,
    },
    /// Tracks, waits, then takes N notifications. Only a fake sends them: use --embedded, or a
    /// fake-corosync whose script has `fault flood`.
    Drain {
        #[arg(value_parser = value_parser!(u32).range(1..))]
        n: u32,
        /// How long to wait first: an hour at most.
        #[arg(long, value_name = "MS", default_value_t = 0, value_parser = value_parser!(u64).range(..=3_600_000))]
        delay_ms: u64,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let mut builder = if args.multi_thread {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    match builder.enable_all().build() {
        Ok(runtime) => common::exit(runtime.block_on(async { run(&args).await }), true),
        Err(error) => {
            eprintln!("no runtime: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Failure> {
    let mut cluster = args.source.open()?;
    if cluster.is_corosync && matches!(args.command, Command::Drain { .. }) {
        return Err(Failure::new(
            CsError::NotSupported,
            "corosync sends no flood of notifications, only a fake does: use --embedded, or \
             --service or --socket-dir for a fake-corosync",
        ));
    }
    cluster.builder = adjusted(args, cluster.builder);
    let measured = match args.command {
        Command::Rtt { n } => rtt(&cluster.connect().await?, n).await?,
        Command::Pipeline { n, in_flight } => {
            let window = NonZeroU8::new(in_flight).unwrap_or(NonZeroU8::MIN);
            cluster.builder = cluster.builder.window(window);
            pipeline(cluster.connect().await?, n, in_flight.into()).await?
        }
        Command::Connect { n } => connect(&cluster, n).await?,
        Command::Drain { n, delay_ms } => {
            let client = cluster.connect().await?;
            let flood = || match &cluster.embedded {
                Some(embedded) => embedded.fake.inject(Fault::Flood(n)),
                None => eprintln!("waiting for {n} notifications: it takes `fault flood`"),
            };
            drain(&client, n.into(), Duration::from_millis(delay_ms), flood).await?
        }
    };
    print(measured)
}

fn adjusted(args: &Args, mut builder: Builder) -> Builder {
    if let Some(bytes) = args.max_msg_size {
        builder = builder.max_msg_size(bytes);
    }
    if let Some(us) = args.spin_us {
        builder = builder.spin(Duration::from_micros(us));
    }
    builder
}

async fn rtt(client: &Client, n: u64) -> Result<serde_json::Value, Error> {
    client.local_info().await?;
    let meter = Meter::start();
    for _ in 0..n {
        client.local_info().await?;
    }
    Ok(meter.stop("rtt", n))
}

async fn pipeline(client: Client, n: u64, in_flight: u64) -> Result<serde_json::Value, Error> {
    client.local_info().await?;
    let meter = Meter::start();
    let mut tasks = JoinSet::<Result<(), Error>>::new();
    for worker in 0..in_flight {
        let client = client.clone();
        let share = n / in_flight + u64::from(worker < n % in_flight);
        tasks.spawn(async move {
            for _ in 0..share {
                client.local_info().await?;
            }
            Ok(())
        });
    }
    while let Some(worker) = tasks.join_next().await {
        worker.expect("no worker panics or is cancelled")?;
    }
    Ok(meter.stop("pipeline", n))
}

async fn connect(cluster: &Cluster, n: u64) -> Result<serde_json::Value, Failure> {
    let meter = Meter::start();
    for _ in 0..n {
        cluster.connect().await?.close().await?;
    }
    Ok(meter.stop("connect", n))
}

async fn drain(
    client: &Client,
    n: u64,
    delay: Duration,
    flood: impl Fn(),
) -> Result<serde_json::Value, Error> {
    let mut track = client.track(TrackFlags::CURRENT | TrackFlags::CHANGES, 0).await?;
    flood();
    sleep(delay).await;
    let meter = Meter::start();
    let (mut taken, mut missed) = (0, 0);
    while taken + missed < n {
        match track.next().await {
            Some(Ok(Event::Lagged { missed: more })) => missed += more,
            Some(event) => drop(event.map(|_| taken += 1)?),
            None => break,
        }
    }
    let mut measured = meter.stop("drain", taken + missed);
    measured["missed"] = missed.into();
    Ok(measured)
}

/// Wall-clock and processor time.
struct Meter {
    wall: Instant,
    cpu: Duration,
}

impl Meter {
    fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu_time() }
    }

    fn stop(self, what: &str, ops: u64) -> serde_json::Value {
        let wall = self.wall.elapsed().as_secs_f64();
        let cpu = cpu_time().saturating_sub(self.cpu).as_secs_f64();
        let ops_f64 = ops as f64;
        json!({
            "load": what,
            "ops": ops,
            "ops_per_s": ops_f64 / wall,
            "us_per_op": wall * 1e6 / ops_f64,
            "cpu_us_per_op": cpu * 1e6 / ops_f64,
        })
    }
}

/// The processor time of this process, all threads, user and system.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
