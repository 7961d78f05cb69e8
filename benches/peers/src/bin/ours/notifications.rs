use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::Value;
use votequorum::{Event, Options, Track, TrackFlags};

use crate::Outcome;
use crate::meter::Meter;

/// The context that asks our server for notifications without pause.
const FLOOD: u64 = 2;

/// As large as the C library's.
const MAX_MSG_SIZE: u32 = 1 << 20;

/// N notifications that are there already, so many times.
pub(crate) async fn drain(n: u64, rounds: u64) -> Outcome<Value> {
    let options = Options::new().max_msg_size(MAX_MSG_SIZE);
    let mut track = options.connect().await?.track(TrackFlags::CHANGES, 1).await?;
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
                // Whoever does not listen any more has ended.
                let _ = done.send(Err(error));
            }
        });
        Self { counts, queued }
    }

    fn run(wanted: &Receiver<u32>, done: &Sender<Outcome<()>>) -> Outcome<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = runtime.block_on(Options::new().connect())?;
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

/// N notifications from a server that sends them without pause.
pub(crate) async fn flood(options: &Options, n: u64) -> Outcome<Value> {
    let options = options.clone().max_msg_size(MAX_MSG_SIZE);
    let mut track = options.connect().await?.track(TrackFlags::CHANGES, FLOOD).await?;
    let mut meter = Meter::new();
    meter.start();
    let missed = take(&mut track, n).await?;
    meter.stop();
    Ok(meter.line(n - missed))
}

/// Waits until so many notifications have come; gives how many of them were dropped.
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
