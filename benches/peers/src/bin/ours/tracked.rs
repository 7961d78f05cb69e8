use std::fs;
use std::process::Command;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use votequorum::{Error, Event, Options, Track, TrackFlags};

use crate::Outcome;
use crate::meter::Meter;

/// N connections that track, told of a change so many times.
pub(crate) async fn tracked(options: &Options, n: u64, rounds: u64) -> Outcome<Value> {
    let control = options.connect().await?;
    let (sender, mut came) = unbounded_channel();
    let before = Memory::now()?;
    for context in 0..n {
        let track = options.connect().await?.track(TrackFlags::CHANGES, context).await?;
        tokio::spawn(follow(track, sender.clone()));
    }
    let after = Memory::now()?;
    let mut meter = Meter::new();
    for _ in 0..rounds {
        meter.start();
        control.set_expected(1).await?;
        for _ in 0..n {
            came.recv().await.ok_or("nobody follows")??;
        }
        meter.stop();
    }
    let mut line = meter.line(rounds);
    line["rss_anon_kib"] = (after.anon - before.anon).into();
    line["rss_shmem_kib"] = (after.shmem - before.shmem).into();
    line["daemon_kib"] = daemon_kib()?.into();
    line["threads"] = after.threads.into();
    Ok(line)
}

/// Tells of every change of the expected votes.
async fn follow(mut track: Track, told: UnboundedSender<Result<(), Error>>) {
    while let Some(event) = track.next().await {
        let news = match event {
            Ok(Event::ExpectedVotes(_)) => Ok(()),
            Ok(_) => continue,
            Err(error) => Err(error),
        };
        if told.send(news).is_err() {
            return;
        }
    }
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
