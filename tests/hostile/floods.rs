//! Events that come without pause: none is lost, and what else happens is noticed as ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::votequorum::{ExpectedVotesNotification, Notification};
use quorate_fixtures::corosync::Fault;
use tokio::runtime::{self, Runtime};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, timeout};
use votequorum::{ErrorKind, Event, Track, TrackFlags};

use crate::leaks::alone;
use crate::votequorum::{Daemon, LONG};

/// So many events are on their way at most.
const UNDER_WAY: u64 = 200;

/// How often to look whether the client is woken by events, in events.
const LOOK_EVERY: u32 = 100;

/// A daemon that runs on a thread of its own.
struct Flooding {
    daemon: Arc<Daemon>,
    runtime: Runtime,
}

/// Events of which each is one more than the one before.
struct Flood {
    stop: Arc<AtomicBool>,
    sent: JoinHandle<u32>,
}

impl Flooding {
    fn new() -> Self {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let daemon = runtime.block_on(async { Arc::new(Daemon::start(ConnectionType::Shm)) });
        Self { daemon, runtime }
    }

    /// Sends events until it is stopped.
    fn start(&self, first: u32) -> Flood {
        let stop = Arc::new(AtomicBool::new(false));
        let (daemon, stopped) = (Arc::clone(&self.daemon), Arc::clone(&stop));
        let sent = self.runtime.spawn(async move {
            let before = daemon.fake.delivered();
            let mut number = first;
            while !stopped.load(Ordering::Relaxed) {
                if u64::from(number - first) < daemon.fake.delivered() - before + UNDER_WAY {
                    tell(&daemon, number);
                    number += 1;
                }
                yield_now().await;
            }
            number
        });
        Flood { stop, sent }
    }
}

impl Flood {
    /// The number that would have come next.
    async fn stop(self) -> u32 {
        self.stop.store(true, Ordering::Relaxed);
        self.sent.await.unwrap()
    }
}

fn tell(daemon: &Daemon, number: u32) {
    daemon.fake.notify(&Notification::ExpectedVotes(ExpectedVotesNotification::new(0, number)));
}

/// The descriptors of this process by which somebody is woken.
fn that_wake() -> usize {
    let infos = std::fs::read_dir("/proc/self/fdinfo").unwrap();
    // The one that lists them is gone when it is read.
    let texts = infos.filter_map(|info| std::fs::read_to_string(info.unwrap().path()).ok());
    texts.map(|text| text.lines().filter(|line| line.starts_with("tfd:")).count()).sum()
}

/// Reads events, and checks that they are all there.
struct Reader {
    track: Track,
    next: u32,
}

impl Reader {
    async fn read(&mut self) {
        match timeout(LONG, self.track.next()).await.expect("it hangs").unwrap().unwrap() {
            Event::ExpectedVotes(told) => {
                assert_eq!(told.expected_votes, self.next);
                self.next += 1;
            }
            Event::Lagged { missed } => self.next += u32::try_from(missed).unwrap(),
            event => panic!("{event:?}"),
        }
    }

    async fn read_to(&mut self, next: u32) {
        while self.next < next {
            self.read().await;
        }
    }

    /// Reads until events wake nobody.
    async fn read_until_muted(&mut self, that_woke: usize) {
        let deadline = Instant::now() + LONG;
        while that_wake() == that_woke {
            assert!(Instant::now() < deadline, "what comes is no flood");
            self.read_to(self.next + LOOK_EVERY).await;
        }
    }
}

fn test(test: impl AsyncFn(&Flooding)) {
    let _alone = alone();
    let flooding = Flooding::new();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test(&flooding));
}

#[test]
fn nothing_is_lost_in_a_flood() {
    test(async |flooding| {
        let client = flooding.daemon.options().connect().await.unwrap();
        let track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
        let mut reader = Reader { track, next: 0 };
        let that_woke = that_wake();
        for _ in 0..3 {
            let flood = flooding.start(reader.next);
            for _ in 0..3 {
                reader.read_until_muted(that_woke).await;
                client.get_info(1).await.unwrap();
            }
            reader.read_until_muted(that_woke).await;
            reader.read_to(flood.stop().await).await;
            let rings_again = async {
                while that_wake() != that_woke {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(LONG, rings_again).await.expect("a flood that is over");
            tell(&flooding.daemon, reader.next);
            reader.read().await;
        }
    });
}

#[test]
fn the_end_is_noticed_in_a_flood() {
    test(async |flooding| {
        let client = flooding.daemon.options().connect().await.unwrap();
        let track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
        let mut reader = Reader { track, next: 0 };
        let that_woke = that_wake();
        let flood = flooding.start(0);
        reader.read_until_muted(that_woke).await;
        flooding.daemon.fake.inject(Fault::Die);
        let ended = async { while let Some(Ok(_)) = reader.track.next().await {} };
        timeout(LONG, ended).await.expect("the end");
        assert!(client.get_info(1).await.unwrap_err().is_closed());
        flood.stop().await;
    });
}

#[test]
fn a_call_is_given_up_in_time_in_a_flood() {
    test(async |flooding| {
        let client = flooding.daemon.options().connect().await.unwrap();
        let track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
        let mut reader = Reader { track, next: 0 };
        let that_woke = that_wake();
        let flood = flooding.start(0);
        reader.read_until_muted(that_woke).await;
        flooding.daemon.fake.inject(Fault::DelayReplies(Duration::from_millis(200)));
        let hasty = client.with_timeout(Duration::from_millis(20));
        let calling = tokio::spawn(async move { hasty.get_info(1).await });
        while !calling.is_finished() {
            reader.read().await;
        }
        let error = calling.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        client.get_info(1).await.unwrap();
        flood.stop().await;
    });
}
