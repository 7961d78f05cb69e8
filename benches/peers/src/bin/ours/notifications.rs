use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::Value;
use tokio::task::JoinSet;
use votequorum::{Builder, Client, Error, Event, Track, TrackFlags};

use crate::Outcome;
use crate::meter::Meter;

/// How many changes of the expected votes are under way at a time in [`changes`].
const CHANGES: usize = 64;

/// As large as the C library's.
const MAX_MSG_SIZE: u32 = 1 << 20;

/// N notifications that are there already, so many times.
pub(crate) async fn drain(n: u64, rounds: u64) -> Outcome<Value> {
    let builder = Client::builder().max_msg_size(MAX_MSG_SIZE);
    let mut track = builder.connect().await?.track(TrackFlags::CHANGES, 1).await?;
    let mut meter = Meter::new();
    let trigger = Trigger::start();
    for _ in 0..rounds {
        trigger.queue(u32::try_from(n)?)?;
        meter.start();
        let missed = take(&mut track, n).await?;
        meter.stop();
        if missed > 0 {
            return Err(format!("{missed} of {n} notifications were missed").into());
        }
    }
    Ok(meter.line(n * rounds))
}

/// Asks our server for notifications, over a connection of its own on a thread of its own, so that
/// nothing is taken out here meanwhile.
struct Trigger {
    counts: Sender<u32>,
    queued: Receiver<Outcome<()>>,
}

impl Trigger {
    fn start() -> Self {
        let (counts, wanted) = channel();
        let (done, queued) = channel();
        std::thread::spawn(move || {
            if let Err(error) = Self::run(&wanted, &done) {
                // The thread that asked may have ended.
                let _ = done.send(Err(error));
            }
        });
        Self { counts, queued }
    }

    fn run(wanted: &Receiver<u32>, done: &Sender<Outcome<()>>) -> Outcome<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = runtime.block_on(Client::builder().connect())?;
        for count in wanted {
            runtime.block_on(client.set_expected(count))?;
            done.send(Ok(()))?;
        }
        Ok(())
    }

    /// Returns when so many are queued.
    fn queue(&self, count: u32) -> Outcome<()> {
        self.counts.send(count)?;
        self.queued.recv()?
    }
}

/// N notifications of a daemon that [`changes`] keeps busy.
pub(crate) async fn stream(builder: &Builder, n: u64) -> Outcome<Value> {
    let builder = builder.clone().max_msg_size(MAX_MSG_SIZE);
    let mut track = builder.connect().await?.track(TrackFlags::CHANGES, 1).await?;
    take(&mut track, 1).await?;
    let mut meter = Meter::new();
    meter.start();
    let missed = take(&mut track, n).await?;
    meter.stop();
    Ok(meter.line(n - missed))
}

/// Changes the expected votes of the cluster, as often as the daemon takes it, until the process is
/// ended.
pub(crate) async fn changes(builder: &Builder) -> Outcome<Value> {
    let client = builder.connect().await?;
    let mut tasks = JoinSet::<Result<(), Error>>::new();
    for _ in 0..CHANGES {
        let client = client.clone();
        tasks.spawn(async move {
            loop {
                match client.set_expected(1).await {
                    // The cluster's queue of messages is full.
                    Err(error) if error.is_retryable() => tokio::task::yield_now().await,
                    changed => changed?,
                }
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Err("no task changes anything".into())
}

/// Waits until so many notifications have come. Returns how many of them were dropped.
async fn take(track: &mut Track, n: u64) -> Outcome<u64> {
    let (mut came, mut missed) = (0, 0);
    while came < n {
        match track.next().await.ok_or("the track has ended")?? {
            Event::Lagged { missed: more } => {
                missed += more;
                came += more;
            }
            _ => came += 1,
        }
    }
    Ok(missed)
}
