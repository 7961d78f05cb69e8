use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::thread::gettid;
use votequorum::{Builder, Client};

use crate::support::{Node, connect};

/// How long an answer may take: half as long as a daemon waits for a client that is gone.
pub(super) const AT_MOST: Duration = Duration::from_millis(500);

/// A daemon that is blocked answers when it is no longer, or not at all.
const FOR_EVER: Duration = Duration::from_secs(30);

/// How often to ask. A daemon that is blocked for longer than this is found out.
const EVERY: Duration = Duration::from_millis(1);

/// How long answers took.
#[derive(Debug, Default)]
pub(super) struct Answers {
    count: usize,
    /// By the clock.
    slowest: Duration,
    /// Without the time in which the daemon or this process could have run, but no processor was
    /// free, here or of the host of this virtual machine.
    slowest_own: Duration,
}

/// Asks the daemon again and again, from a thread, a runtime and a connection of its own, while
/// something else is done; fails if an answer took as long as `limit`.
pub(super) fn while_watched<T: Send>(
    node: &Node,
    limit: Duration,
    act: impl FnOnce() -> T + Send,
) -> T {
    let over = AtomicBool::new(false);
    let (started, is_started) = mpsc::channel();
    std::thread::scope(|scope| {
        let watcher =
            scope.spawn(|| node.run(async |options| watch(node, options, &over, &started).await));
        is_started.recv().expect("the daemon answers while nothing is wrong yet");
        let end = EndWhenDropped(&over);
        let result = act();
        drop(end);
        let answers = watcher.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        println!("{answers}");
        answers.check(limit);
        result
    })
}

/// If what was done panics, the watcher has to end too.
struct EndWhenDropped<'a>(&'a AtomicBool);

impl Drop for EndWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn watch(
    node: &Node,
    options: Builder,
    over: &AtomicBool,
    started: &mpsc::Sender<()>,
) -> Answers {
    let client = other_client(options).await;
    let mut answers = Answers::default();
    while !over.load(Ordering::Relaxed) {
        answers.ask(node, &client).await;
        if answers.count == 1 {
            let _ = started.send(());
        }
        tokio::time::sleep(EVERY).await;
    }
    answers
}

/// A client that has nothing to do with the others, and has been answered before.
pub(super) async fn other_client(options: Builder) -> Client {
    let client = connect(options).await.with_timeout(FOR_EVER);
    client.get_info(1).await.expect("nothing is wrong yet");
    client
}

impl Answers {
    /// Makes a call and takes the time.
    pub(super) async fn ask(&mut self, node: &Node, client: &Client) {
        let (daemon, own) = (Waits::of_daemon(node), Waits::of_this_thread());
        let waited = || daemon.so_far() + own.so_far() + stolen_so_far();
        let (before, start) = (waited(), Instant::now());
        let answer = client.get_info(1).await;
        let took = start.elapsed();
        let waited = waited().saturating_sub(before);
        answer.unwrap_or_else(|error| panic!("the daemon is blocked: {error}; {self}"));
        self.count += 1;
        self.slowest = self.slowest.max(took);
        self.slowest_own = self.slowest_own.max(took.saturating_sub(waited));
    }

    /// Fails if one took as long as that.
    pub(super) fn check(&self, limit: Duration) {
        assert!(self.slowest_own < limit, "the daemon was blocked: {self}");
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, slowest, slowest_own } = self;
        write!(f, "{count} answers, the slowest after {slowest:?}, {slowest_own:?} of it its own")
    }
}

/// How long a thread could have run and did not, as no processor was free. A thread that is blocked
/// could not have run.
struct Waits(PathBuf);

impl Waits {
    fn of_daemon(node: &Node) -> Self {
        let pid = node.pid().as_raw_nonzero();
        // It serves its clients on its first thread.
        Self(format!("/proc/{pid}/task/{pid}/schedstat").into())
    }

    fn of_this_thread() -> Self {
        let (pid, thread) = (std::process::id(), gettid().as_raw_nonzero());
        Self(format!("/proc/{pid}/task/{thread}/schedstat").into())
    }

    fn so_far(&self) -> Duration {
        // A kernel that does not count it makes the test stricter.
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let waited = text.split_whitespace().nth(1).and_then(|field| field.parse().ok());
        Duration::from_nanos(waited.unwrap_or(0))
    }
}

/// How long the host of this virtual machine had other work for its processors.
fn stolen_so_far() -> Duration {
    const TICK: Duration = Duration::from_millis(10);
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    // cpu user nice system idle iowait irq softirq steal
    let stolen = text.split_whitespace().nth(8).and_then(|field| field.parse().ok());
    TICK * stolen.unwrap_or(0)
}
