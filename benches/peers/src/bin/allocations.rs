//! How many heap allocations our client makes: `allocations get_info|drain N`.
//!
//! Prints one line of JSON. `drain` takes N notifications that are queued before, all that the
//! client's thread does between asking for the first and having the last.

use std::time::Duration;

use allocation_counter::measure;
use serde_json::json;
use votequorum::{Builder, Client, Event, Track, TrackFlags};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What is done before anything is counted: buffers grow to their size and stay.
const WARM_UP: u32 = 500;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let (case, n) = (arguments.next(), arguments.next());
    let n: u32 = n.and_then(|n| n.parse().ok()).ok_or(USAGE)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = runtime.block_on(builder().connect())?;
    let mut outcome = Ok(());
    // What a long run takes beyond a short one: not what the runtime takes to start.
    let counted = match case.as_deref() {
        Some("get_info") => {
            runtime.block_on(get_infos(&client, WARM_UP))?;
            let mut count =
                |n| measure(|| outcome = runtime.block_on(get_infos(&client, n))).count_total;
            count(2 * n) - count(n)
        }
        Some("drain") => {
            let mut track = runtime.block_on(client.track(TrackFlags::CHANGES, 1))?;
            for _ in 0..3 {
                queue(2 * n)?;
                runtime.block_on(take(&mut track, 2 * n))?;
            }
            let mut count = |n| {
                queue(n).map(|()| {
                    measure(|| outcome = runtime.block_on(take(&mut track, n))).count_total
                })
            };
            count(2 * n)? - count(n)?
        }
        _ => return Err(USAGE.into()),
    };
    outcome?;
    println!("{}", json!({ "ops": n, "allocations": counted }));
    Ok(())
}

const USAGE: &str = "usage: allocations get_info|drain N";

/// No call of one of these has a deadline to pass while it is being counted.
fn builder() -> Builder {
    Client::builder().call_timeout(Duration::from_secs(60))
}

async fn get_infos(client: &Client, n: u32) -> Outcome<()> {
    for _ in 0..n {
        client.local_info().await?;
    }
    Ok(())
}

/// Has our server queue notifications, on a thread of its own.
fn queue(n: u32) -> Outcome<()> {
    let trigger = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Outcome::Ok(runtime.block_on(async { builder().connect().await?.set_expected(n).await })?)
    };
    std::thread::spawn(trigger).join().map_err(|_| "the trigger panicked")?
}

async fn take(track: &mut Track, n: u32) -> Outcome<()> {
    for _ in 0..n {
        match track.next().await.ok_or("the track has ended")?? {
            Event::Quorum(_) => {}
            other => return Err(format!("{other:?} in place of a notification").into()),
        }
    }
    Ok(())
}
