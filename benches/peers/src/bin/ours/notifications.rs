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
    for _ in 0..rounds {
        let count = u32::try_from(n)?;
        // On a thread of its own, so that nothing is taken out here meanwhile.
        std::thread::spawn(move || trigger(count)).join().map_err(|_| "the trigger panicked")??;
        meter.start();
        let missed = take(&mut track, n).await?;
        meter.stop();
        if missed > 0 {
            return Err(format!("{missed} of {n} notifications were missed").into());
        }
    }
    Ok(meter.line(n * rounds))
}

/// Asks our server for notifications; returns when they are queued.
fn trigger(count: u32) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async { Options::new().connect().await?.set_expected(count).await })?)
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
