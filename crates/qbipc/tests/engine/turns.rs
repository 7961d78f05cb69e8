//! Calls that look for their replies, and the driver, let other tasks run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::spawn;
use tokio::time::Instant;

use super::*;

/// A task that counts its turns.
fn counter() -> Arc<AtomicUsize> {
    let turns = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&turns);
    spawn(async move {
        while Arc::strong_count(&counting) > 1 {
            counting.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    turns
}

async fn spinning(wire: &Wire) -> Client<Made<Tracked>> {
    let spin = Duration::from_millis(5);
    Port::accepting(wire).builder().spin(spin).connect().await.unwrap()
}

/// The daemon is a task too: it runs when the call gives way.
#[tokio::test(start_paused = true)]
async fn a_call_gives_way_before_it_spins() {
    let wire = Wire::idle();
    let client = spinning(&wire).await;
    let daemon = spawn({
        let wire = wire.clone();
        async move {
            for _ in 0..20 {
                while wire.with(|state| state.requests.is_empty()) {
                    tokio::task::yield_now().await;
                }
                // The call's reply rings for nobody: it has to look.
                wire.with(|state| {
                    state.requests.clear();
                    state.reply(id::GET, CsError::Ok, 5);
                });
            }
        }
    });
    let before = Instant::now();
    for _ in 0..20 {
        assert_eq!(get(&client, 5).await.unwrap().number, 5);
    }
    daemon.await.unwrap();
    // With a single processor no call spins. Otherwise the driver had to look for none of the replies,
    // which it does after a while.
    let spins = std::thread::available_parallelism().is_ok_and(|processors| processors.get() > 1);
    assert!(!spins || before.elapsed().is_zero(), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_answered_at_once_let_others_run() {
    let client = connect::<Tracked>(&Wire::served()).await;
    let turns = counter();
    for number in 0..1000 {
        get(&client, number).await.unwrap();
    }
    assert!(turns.load(Ordering::Relaxed) >= 10, "{turns:?}");
}

/// Those that call meanwhile are not kept waiting, and do not spin.
#[tokio::test(start_paused = true)]
async fn calls_that_are_made_while_one_gives_way_go_out_together() {
    let wire = Wire::idle();
    let client = spinning(&wire).await;
    let calls: Vec<_> = (0..8).map(|number| spawn(get(&client, number))).collect();
    settle().await;
    assert_eq!(wire.with(|state| state.writes.clone()), [1, 7]);
    wire.serve();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

/// The driver is woken before the last of them is ready to run.
#[tokio::test(start_paused = true)]
async fn the_driver_lets_calls_join_that_are_about_to_be_made() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let first = spawn(get(&client, 1));
    settle().await;
    let second = spawn(async move {
        let mut second = Box::pin(get(&client, 2));
        assert!(poll_once(second.as_mut()).is_pending());
        let third = spawn(get(&client, 3));
        (second.await.unwrap(), third.await.unwrap().unwrap())
    });
    settle().await;
    assert_eq!(wire.with(|state| state.writes.clone()), [1, 2]);
    wire.serve();
    first.await.unwrap().unwrap();
    second.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_events_lets_others_run() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let mut reader = client.subscribe_with(Topic::Follow, Begin::Now, 1).await.unwrap();
    let turns = counter();
    wire.with(|state| (0..100_000).for_each(|value| state.event(id::ADDED + 1, 1, value)));
    wire.ring();
    while wire.with(|state| !state.events.is_empty()) {
        tokio::task::yield_now().await;
    }
    assert!(turns.load(Ordering::Relaxed) >= 100, "{turns:?}");
    assert!(matches!(reader.next().await, Some(Ok(Item::Lagged { .. }))));
}
