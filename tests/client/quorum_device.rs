//! The quorum device driver, with two nodes and a device that decides between them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::oneshot;
use tokio::time::timeout;
use votequorum::{Client, NodeInfoFlags, QuorumDevice, QuorumState, Reconnect, Vote};

use crate::support::{Cluster, Config, Node, QbIpcType, available, connect};

/// How long a device may say nothing: it votes three times as often.
const TIMEOUT_MS: u32 = 10_000;

/// Waits for a state of the local node's quorum.
async fn wait_for(client: &Client, wanted: impl Fn(&QuorumState) -> bool) -> QuorumState {
    let mut watch = client.watch().await.unwrap();
    let waiting = timeout(Duration::from_secs(60), watch.wait_for(wanted));
    waiting.await.expect("in time").expect("the connection stands")
}

/// One of two nodes is lost. Whether the other stays quorate is up to the device.
fn one_of_two_is_lost(vote: Vote) {
    let cluster = Cluster::start(2, QbIpcType::Shm, |config| config.qdevice(TIMEOUT_MS, 30_000));
    cluster.node(1).run(async |options| {
        let client = connect(options.clone().reconnect(Reconnect::new())).await;
        let observer = connect(options).await;
        let votes = AtomicU32::new(0);
        let (stop, stopped) = oneshot::channel::<()>();
        let device = QuorumDevice::new("Decider").timeout(Duration::from_millis(TIMEOUT_MS.into()));
        let shutdown = async { drop(stopped.await) };
        let voting = device.run(&client, shutdown, |membership| {
            assert!(!membership.members.is_empty());
            votes.fetch_add(1, Ordering::Relaxed);
            async move { vote }
        });
        let story = async {
            wait_until_alive(&observer).await;
            cluster.cut(2);
            let lost =
                |state: &QuorumState| state.known().is_some_and(|view| view.members.len() == 1);
            let state = wait_for(&observer, lost).await;
            assert_eq!(state.is_quorate(), vote == Vote::Yes, "{state:?}");
            stop.send(()).unwrap();
        };
        let (ended, ()) = tokio::join!(voting, story);
        ended.unwrap();
        let info = observer.get_info(1).await.unwrap();
        assert!(!info.flags.contains(NodeInfoFlags::QDEVICE_REGISTERED), "it has unregistered");
        assert!(votes.load(Ordering::Relaxed) >= 2);
    });
}

/// Registering and polling cause no notification; so this asks.
async fn wait_until_alive(client: &Client) {
    let asking = async {
        while !client.get_info(1).await.unwrap().flags.contains(NodeInfoFlags::QDEVICE_ALIVE) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(60), asking).await.expect("in time");
}

#[test]
fn quorum_survives_with_the_devices_vote() {
    if available() {
        one_of_two_is_lost(Vote::Yes);
    }
}

#[test]
fn quorum_is_lost_without_it() {
    if available() {
        one_of_two_is_lost(Vote::No);
    }
}

/// A daemon that is restarted knows nothing of the device until it registers again.
#[test]
fn it_survives_a_restart_of_the_daemon() {
    if !available() {
        return;
    }
    let config = Config::single(QbIpcType::Shm).qdevice(TIMEOUT_MS, 30_000);
    let node = Node::start(&config);
    node.run(async |options| {
        let pauses = Reconnect::new().first_pause(Duration::from_millis(10));
        let client = connect(options.clone().reconnect(pauses)).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let device = QuorumDevice::new("Decider").timeout(Duration::from_millis(TIMEOUT_MS.into()));
        let voting = device.run(&client, async { drop(stopped.await) }, |_| async { Vote::Yes });
        let story = async {
            for signal in [Signal::KILL, Signal::TERM] {
                wait_until_alive(&connect(options.clone()).await).await;
                node.end(signal);
                node.restart();
            }
            wait_until_alive(&connect(options.clone()).await).await;
            stop.send(()).unwrap();
        };
        let (ended, ()) = tokio::join!(voting, story);
        ended.unwrap();
    });
}
