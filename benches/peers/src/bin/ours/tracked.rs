use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use tokio::sync::Notify;
use votequorum::{Builder, Event, Track, TrackFlags};

use crate::Outcome;
use crate::meter::Meter;

/// N connections that track, told of a change so many times.
pub(crate) async fn tracked(builder: &Builder, n: u64, rounds: u64) -> Outcome<Value> {
    let control = builder.connect().await?;
    let told = Arc::new(Told { left: AtomicU64::new(n), all: Notify::new() });
    let before = Memory::now()?;
    for context in 0..n {
        let track = builder.connect().await?.track(TrackFlags::CHANGES, context).await?;
        tokio::spawn(follow(track, Arc::clone(&told)));
    }
    let after = Memory::now()?;
    let mut meter = Meter::new();
    for _ in 0..rounds {
        told.left.store(n, Ordering::Relaxed);
        meter.start();
        control.set_expected(1).await?;
        told.all.notified().await;
        meter.stop();
        if told.left.load(Ordering::Relaxed) > 0 {
            return Err("a track has ended".into());
        }
    }
    let mut line = meter.line(rounds);
    line["rss_anon_kib"] = (after.anon - before.anon).into();
    line["rss_shmem_kib"] = (after.shmem - before.shmem).into();
    line["daemon_kib"] = daemon_kib()?.into();
    line["threads"] = after.threads.into();
    Ok(line)
}

/// How many were not told of a change yet.
struct Told {
    left: AtomicU64,
    all: Notify,
}

/// Counts every change of the expected votes.
async fn follow(mut track: Track, told: Arc<Told>) {
    while let Some(Ok(event)) = track.next().await {
        let is_change = matches!(event, Event::ExpectedVotes(_));
        if is_change && told.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            told.all.notify_one();
        }
    }
    told.all.notify_one();
}

/// What the daemon keeps in shared memory for this process, in KiB.
fn daemon_kib() -> Outcome<u64> {
    let script = format!("du -skc /dev/shm/qb-*-{}-* | tail -1", std::process::id());
    let output = Command::new("sh").args(["-c", &script]).output()?;
    let output = String::from_utf8(output.stdout)?;
    Ok(output.split_whitespace().next().ok_or("no answer from du")?.parse()?)
}

/// Numbers of `/proc/self/status`, in KiB.
struct Memory {
    anon: i64,
    shmem: i64,
    threads: i64,
}

impl Memory {
    fn now() -> Outcome<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let word = line.and_then(|line| line.split_whitespace().next());
            word.and_then(|word| word.parse().ok()).ok_or("a line of /proc/self/status is missing")
        };
        Ok(Self {
            anon: number("RssAnon:")?,
            shmem: number("RssShmem:")?,
            threads: number("Threads:")?,
        })
    }
}
