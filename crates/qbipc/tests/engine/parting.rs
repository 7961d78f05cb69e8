use std::fs;
use std::time::Instant;

use super::*;

/// How many threads look after connections that linger.
fn threads() -> usize {
    let names = fs::read_dir("/proc/self/task").unwrap();
    let names = names.filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.filter(|name| name.starts_with("qbipc-linger")).count()
}

/// A client that is gone, and whose one call was not answered.
async fn gone() -> Wire {
    let wire = Wire::idle_sockets();
    let client = connect::<Tracked>(&wire).await;
    assert!(poll_once(std::pin::pin!(get(&client, 1))).is_pending());
    assert_eq!(wire.with(|state| state.requests.len()), 1);
    drop(client);
    wire
}

fn wait_until(condition: impl Fn() -> bool) {
    let before = Instant::now();
    while !condition() {
        assert!(before.elapsed() < 60 * SECOND, "in vain");
        std::thread::yield_now();
    }
}

/// Over sockets a daemon that answers to one that is gone blocks.
#[tokio::test(start_paused = true)]
async fn connections_linger_until_they_are_answered_and_one_thread_looks_after_them() {
    let mut wires = Vec::new();
    for _ in 0..50 {
        wires.push(gone().await);
        wait_until(|| threads() == 1);
    }
    for wire in &wires {
        wire.serve();
    }
    wait_until(|| wires.iter().all(Wire::has_parted));
    // The daemon is there, and removes its files.
    assert!(wires.iter().all(|wire| wire.with(|state| state.removals) == 0));
    // A daemon that is stopped is not waited for any longer than a second.
    let stopped = gone().await;
    // One that is gone is not waited for at all.
    let daemon_gone = gone().await;
    daemon_gone.end();
    wait_until(|| daemon_gone.has_parted() && stopped.has_parted());
    wait_until(|| threads() == 0);

    let wire = Wire::idle_sockets();
    let client = connect::<Tracked>(&wire).await;
    assert!(poll_once(std::pin::pin!(get(&client, 1))).is_pending());
    wire.end();
    settle().await;
    assert!(client.is_closed() && wire.has_parted());
    assert_eq!(wire.with(|state| state.removals), 1);
}
