//! How often the client allocates memory once its buffers have grown to their size.
//!
//! Counted are the allocations of one thread, on which a single-threaded runtime has the client,
//! its driver and whoever uses it. The fake corosync has a thread of its own.

use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use allocation_counter::measure;
use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::votequorum::{Node, NodeState, Notification, QuorumNotification};
use quorate_fixtures::corosync::FakeCorosync;
use quorate_fixtures::corosync::engine::Config;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use votequorum::{Builder, Client, Event, Track, TrackFlags};

/// What is done before anything is counted.
const WARM_UP: u32 = 300;

/// How many calls and notifications are counted.
const MANY: u32 = 3000;

/// What the runtime may allocate for itself when it starts to run a future.
const RUNTIME: u64 = 1;

/// The two queues between driver and reader grow with what comes at a time, to 1024 at most.
const QUEUES: u64 = 2 * 10;

/// Notifications may have so many nodes for this to hold; more make the same one allocation larger.
const NODES: u32 = 16;

#[test]
fn over_shared_memory() {
    let fake = Fake::start(ConnectionType::Shm);
    get_info_allocates_nothing(&fake);
    a_notification_allocates_its_nodes(&fake);
}

#[test]
fn over_sockets() {
    let fake = Fake::start(ConnectionType::Socket);
    get_info_allocates_nothing(&fake);
    a_notification_allocates_its_nodes(&fake);
}

/// A call is a future on the caller's stack, and its reply a value in it.
fn get_info_allocates_nothing(fake: &Fake) {
    for spin in [Duration::ZERO, Builder::DEFAULT_SPIN] {
        let runtime = runtime();
        let client = runtime.block_on(fake.builder().spin(spin).connect()).unwrap();
        runtime.block_on(get_info(&client, WARM_UP));
        let counted = measure(|| runtime.block_on(get_info(&client, MANY))).count_total;
        assert!(counted <= RUNTIME, "{counted} of {MANY}, {spin:?}");
    }
}

async fn get_info(client: &Client, count: u32) {
    for _ in 0..count {
        client.local_info().await.unwrap();
    }
}

/// The list of nodes, which the event owns.
fn a_notification_allocates_its_nodes(fake: &Fake) {
    let runtime = runtime();
    let client = runtime.block_on(fake.builder().connect()).unwrap();
    let mut track = runtime.block_on(client.track(TrackFlags::CHANGES_ONLY, 1)).unwrap();
    fake.notify(WARM_UP);
    runtime.block_on(take(&mut track, WARM_UP));
    fake.notify(MANY);
    let counted = measure(|| runtime.block_on(take(&mut track, MANY))).count_total;
    assert!(counted <= u64::from(MANY) + QUEUES + RUNTIME, "{counted} of {MANY}");
    idle(&runtime, &mut track);
}

async fn take(track: &mut Track, count: u32) {
    for _ in 0..count {
        match track.next().await {
            Some(Ok(Event::Quorum(event))) => assert_eq!(event.node_list.len(), 16),
            other => panic!("{other:?}"),
        }
    }
}

/// Nothing more has come than was counted.
fn idle(runtime: &Runtime, track: &mut Track) {
    let _guard = runtime.enter();
    let next = pin!(track.next()).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(next, Poll::Pending));
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A fake corosync on a thread of its own; ended when this is dropped.
struct Fake {
    fake: Option<Arc<FakeCorosync>>,
    shm_root: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    fn start(connection_type: ConnectionType) -> Self {
        let shm_root = tempfile::tempdir().unwrap();
        let builder = FakeCorosync::builder(Config::new([1]))
            .service(format!("qa-{}-{}", std::process::id(), connection_type.code()))
            .shm_root(shm_root.path())
            .connection_type(connection_type);
        let (stop, stopped) = oneshot::channel::<()>();
        let (started, is_started) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            runtime().block_on(async {
                started.send(Arc::new(builder.start().unwrap())).unwrap();
                let _ = stopped.await;
            });
        });
        let fake = Some(is_started.recv().unwrap());
        Self { fake, shm_root, stop: Some(stop), thread: Some(thread) }
    }

    fn fake(&self) -> &FakeCorosync {
        self.fake.as_ref().unwrap()
    }

    fn builder(&self) -> Builder {
        Client::builder()
            .service(self.fake().service())
            .shm_root(self.shm_root.path())
            .server_uids([rustix::process::geteuid().as_raw()])
    }

    /// Sends so many notifications of [`NODES`] nodes.
    fn notify(&self, count: u32) {
        let nodes: Vec<_> = (1..=NODES).map(|id| Node::new(id.into(), NodeState::Member)).collect();
        let notification = Notification::Quorum(QuorumNotification::new(1, true, nodes));
        for _ in 0..count {
            self.fake().notify(&notification);
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        drop(self.fake.take());
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
