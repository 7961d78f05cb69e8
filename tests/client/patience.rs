//! Daemons that answer late, readers with hardly any room, and services started before corosync.

use std::sync::Arc;
use std::time::Duration;

use quorate_fixtures::corosync::Fault;
use rustix::process::Signal;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use votequorum::{ErrorKind, QuorumDevice, QuorumState, Reconnect, Vote};

use crate::support::{
    Config, Fake, Namespace, Node, QbIpcType, available, connect, over_both_transports, shm_dirs,
    wait_until,
};

/// Longer than anything takes on the slowest machine.
const LONG: Duration = Duration::from_secs(60);

fn on_runtime<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be built").block_on(future)
}

/// A watch that has missed events while the daemon did not answer goes on.
#[test]
fn a_watch_survives_replies_that_come_too_late() {
    over_both_transports(|qb_ipc_type| {
        let fake = Fake::start(qb_ipc_type);
        on_runtime(async {
            let options = fake.options().event_capacity(8);
            let client = connect(options.call_timeout(Duration::from_millis(100))).await;
            let mut watch = client.watch().await.unwrap();
            fake.inject(Fault::DelayReplies(Duration::from_secs(2)));
            fake.inject(Fault::Flood(1000));
            let unknown = watch.wait_for(|state| *state == QuorumState::Unknown);
            timeout(LONG, unknown).await.expect("nothing is known meanwhile").unwrap();
            fake.inject(Fault::DelayReplies(Duration::ZERO));
            let known = watch.wait_for(QuorumState::is_quorate);
            timeout(2 * LONG, known).await.expect("it is asked again").unwrap();
        });
    });
}

/// The least room there can be, and the shortest interval.
#[test]
fn a_device_and_a_watch_with_hardly_any_room() {
    over_both_transports(|qb_ipc_type| {
        let fake = Fake::with_qdevice(qb_ipc_type, 300_000);
        on_runtime(async {
            let client = connect(fake.options().event_capacity(1)).await;
            assert!(client.watch().await.unwrap().now().known().is_some());
            let (votes, mut voted) = mpsc::unbounded_channel();
            let (stop, stopped) = oneshot::channel::<()>();
            let device = QuorumDevice::new("D").timeout(Duration::ZERO);
            let run = device.run(&client, async { drop(stopped.await) }, |_| {
                votes.send(tokio::time::Instant::now()).unwrap();
                async { Vote::Yes }
            });
            let watch = async {
                let mut times = Vec::new();
                while times.len() < 4 {
                    times.push(timeout(LONG, voted.recv()).await.unwrap().unwrap());
                }
                fake.inject(Fault::Flood(1000));
                timeout(LONG, voted.recv()).await.expect("it goes on voting").unwrap();
                drop(stop);
                times
            };
            let (ended, times) = tokio::join!(run, watch);
            ended.unwrap();
            // The first two may be of two memberships.
            let pause = times[3] - times[2];
            assert!(pause >= Duration::from_millis(40), "votes without a pause: {pause:?}");
        });
    });
}

/// A device whose calls time out goes on when the daemon does.
#[test]
fn a_device_survives_replies_that_come_too_late() {
    over_both_transports(|qb_ipc_type| {
        let fake = Fake::with_qdevice(qb_ipc_type, 300_000);
        on_runtime(async {
            let options = fake.options().event_capacity(8).reconnect(Reconnect::new());
            let client = connect(options.call_timeout(Duration::from_millis(100))).await;
            let (votes, mut voted) = mpsc::unbounded_channel();
            let (stop, stopped) = oneshot::channel::<()>();
            let device = QuorumDevice::new("D").timeout(Duration::from_millis(150));
            let run = device.run(&client, async { drop(stopped.await) }, |_| {
                votes.send(()).unwrap();
                async { Vote::Yes }
            });
            let disturb = async {
                timeout(LONG, voted.recv()).await.unwrap().unwrap();
                fake.inject(Fault::DelayReplies(Duration::from_millis(400)));
                fake.inject(Fault::Flood(1000));
                for _ in 0..2 {
                    timeout(LONG, voted.recv()).await.expect("it tries again").unwrap();
                }
                fake.inject(Fault::DelayReplies(Duration::ZERO));
                for _ in 0..8 {
                    timeout(LONG, voted.recv()).await.expect("it votes again").unwrap();
                }
                drop(stop);
            };
            let (ended, ()) = tokio::join!(run, disturb);
            // Unregistering has one deadline, which a slow machine may miss.
            assert!(ended.as_ref().err().is_none_or(votequorum::Error::is_timeout), "{ended:?}");
        });
    });
}

#[test]
fn a_service_that_is_started_before_corosync() {
    if !available() {
        return;
    }
    over_both_transports(|qb_ipc_type| {
        let node = Node::new(&Config::single(qb_ipc_type), Arc::new(Namespace::new()));
        node.in_namespace(|options| {
            on_runtime(async {
                let error = options.clone().reconnect(Reconnect::new()).connect().await;
                assert_eq!(error.unwrap_err().kind(), ErrorKind::Unavailable, "attempted once");
                let pauses = Reconnect::new().first_pause(Duration::from_millis(1));
                let patient = options.reconnect(pauses.including_first());
                let start = async {
                    tokio::task::yield_now().await;
                    node.spawn();
                };
                let (client, ()) = tokio::join!(timeout(LONG, patient.connect()), start);
                client.expect("it is found").unwrap().local_info().await.unwrap();
            });
        });
    });
}

/// How a client learns that its daemon is dead, and goes.
#[test]
fn what_a_killed_daemon_leaves_is_removed_on_every_way_out() {
    if !available() {
        return;
    }
    over_both_transports(|qb_ipc_type| {
        for way in ["closed", "dropped", "with its runtime"] {
            let node = Node::start(&Config::single(qb_ipc_type));
            let pid = node.pid();
            node.in_namespace(|options| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.unwrap();
                let client = runtime.block_on(connect(options));
                assert_eq!(shm_dirs(pid).len(), 1);
                node.end(Signal::KILL);
                match way {
                    "closed" => drop(runtime.block_on(client.closed())),
                    "dropped" => runtime.block_on(async { drop(client) }),
                    _ => {}
                }
                drop(runtime);
            });
            wait_until(way, || shm_dirs(pid).is_empty());
        }
    });
}

/// Over sockets a daemon that was not read yet needs the client a while; no other client waits for it.
#[test]
fn a_runtime_that_ends_keeps_no_other_client_waiting() {
    let fake = Fake::start(QbIpcType::Socket);
    on_runtime(async {
        let other = connect(fake.options()).await;
        let client = std::thread::scope(|scope| {
            let thread = scope.spawn(|| on_runtime(async { connect(fake.options()).await }));
            thread.join().unwrap()
        });
        assert!(client.is_closed(), "its driver is gone");
        let error = client.local_info().await.unwrap_err();
        assert!(error.is_closed() && !error.is_retryable(), "{error}");
        other.local_info().await.unwrap();
    });
}
