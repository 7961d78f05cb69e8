//! The events of a fake, which is a process of its own.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::votequorum::{ExpectedVotesNotification, Notification};
use quorate_fixtures::corosync::FakeCorosync;
use quorate_fixtures::corosync::engine::Config;
use rustix::process::Pid;
use votequorum::{Builder, TrackFlags};

use crate::memory::Memory;
use crate::{alone, read_late};

/// How many events are sent as fast as they can.
const EVENTS: u32 = 200_000;

/// How many events are sent if they are to take their time.
const MANY_EVENTS: u32 = 1_000_000;

/// So many are sent at once; the next follow when there was room for all of them.
const BATCH: u32 = 500;

/// Longer than a client needs to make room for them.
const STUCK: Duration = Duration::from_secs(30);

/// A line is written whenever so many were sent.
const STEP: u32 = 10_000;

const CAPACITY: usize = 1000;

/// Says to a process of ours that it is to be the daemon: with the service, the directory for shared
/// memory, and the transport.
const DAEMON: &str = "QUORATE_FAKE_DAEMON";

/// For how long the events are to come at least, in seconds; as fast as they can otherwise.
const SECONDS: &str = "QUORATE_SLOW_SECONDS";

#[test]
fn events_unread_over_shm() {
    events_unread("shm");
}

#[test]
fn events_unread_over_sockets() {
    events_unread("socket");
}

fn events_unread(transport: &str) {
    let _alone = alone();
    let events = if seconds() == 0 { EVENTS } else { MANY_EVENTS };
    let root = tempfile::Builder::new().prefix("qs-").tempdir().unwrap();
    let service = root.path().file_name().unwrap().to_str().unwrap();
    let mut daemon = Daemon::start(service, root.path().to_str().unwrap(), transport);
    let options = Builder::new()
        .service(service)
        .shm_root(root.path())
        .server_uids([rustix::process::geteuid().as_raw()])
        .event_capacity(CAPACITY);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (client, mut track) = runtime.block_on(async {
        let client = options.connect().await.unwrap();
        let track = client.track(TrackFlags::CHANGES_ONLY, 7).await.unwrap();
        (client, track)
    });
    let start = Instant::now();
    daemon.send_events();
    // The first of them bring memory to what it needs.
    for _ in 0..5 {
        daemon.wait_for_step();
    }
    let mut memory = Memory::of(daemon.pid());
    for _ in 5..events / STEP {
        daemon.wait_for_step();
        memory.look();
    }
    // Whatever came before an answer has been taken in when the answer is there.
    runtime.block_on(client.get_info(1)).unwrap();
    memory.look();
    println!("{events} events in {:?}", start.elapsed());
    memory.assert_flat();

    let (missed, newest) = read_late(&mut track);
    assert_eq!(missed + newest.len() as u64, u64::from(events));
    // Before the newest comes what those that were dropped told of the current state: the last one.
    let first = events - u32::try_from(CAPACITY).unwrap() - 1;
    assert!(newest.into_iter().eq(first..events), "they are the newest, and in order");
}

/// A fake in a process of its own; ended when this is dropped.
struct Daemon {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Daemon {
    fn start(service: &str, root: &str, transport: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "fake::the_daemon", "--nocapture", "--quiet"])
            .env(DAEMON, format!("{service} {root} {transport}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be run");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut daemon = Self { process, lines };
        daemon.wait_for("ready");
        daemon
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    fn send_events(&mut self) {
        writeln!(self.process.stdin.as_ref().unwrap(), "send").unwrap();
    }

    fn wait_for_step(&mut self) {
        self.wait_for("step");
    }

    /// Skips what the test harness has to say.
    fn wait_for(&mut self, wanted: &str) {
        for line in self.lines.by_ref() {
            if line.unwrap() == wanted {
                return;
            }
        }
        panic!("the daemon ended before it said {wanted:?}");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The process that is the daemon; on its own it does nothing.
#[test]
fn the_daemon() {
    let Ok(description) = std::env::var(DAEMON) else { return };
    let [service, root, transport] = description.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{description}")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let fake = FakeCorosync::builder(Config::new([1]))
            .service(service)
            .shm_root(root)
            .connection_type(match transport {
                "socket" => ConnectionType::Socket,
                _ => ConnectionType::Shm,
            })
            .start()
            .unwrap();
        println!("ready");
        next_line().await;
        send_events(&fake, Duration::from_secs(seconds())).await;
        // Until it is killed, or whoever started it is gone.
        next_line().await;
    });
}

fn seconds() -> u64 {
    std::env::var(SECONDS).map_or(0, |seconds| seconds.parse().unwrap())
}

async fn next_line() {
    let line = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    line.await.unwrap().unwrap();
}

async fn send_events(fake: &FakeCorosync, time: Duration) {
    let events = if time.is_zero() { EVENTS } else { MANY_EVENTS };
    let (start, before) = (Instant::now(), fake.delivered());
    for number in 0..events {
        let event = ExpectedVotesNotification::new(0, number);
        fake.notify(&Notification::ExpectedVotes(event));
        let sent = number + 1;
        if sent % BATCH == 0 {
            let deadline = Instant::now() + time + STUCK;
            while fake.delivered() - before < sent.into() || start.elapsed() < time * sent / events
            {
                assert!(Instant::now() < deadline, "the client takes nothing out");
                tokio::time::sleep(Duration::from_micros(50)).await;
            }
        }
        if sent % STEP == 0 {
            println!("step");
        }
    }
}
