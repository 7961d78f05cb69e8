//! Everybody gets a turn on the single-threaded runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quorate_fixtures::corosync::Fault;
use votequorum::{Builder, Event, TrackFlags};

use crate::support::{Fake, QbIpcType, connect};

/// Far more than wait for a slow reader by default.
const MANY: u32 = 20_000;

#[test]
fn fake_shm() {
    others_run_while_a_call_waits(&Fake::start(QbIpcType::Shm));
    a_reader_outside_the_queue_of_tasks_keeps_up(&Fake::start(QbIpcType::Shm));
}

#[test]
fn fake_socket() {
    others_run_while_a_call_waits(&Fake::start(QbIpcType::Socket));
    a_reader_outside_the_queue_of_tasks_keeps_up(&Fake::start(QbIpcType::Socket));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be had").block_on(future)
}

/// However soon the reply comes: their requests are to go out together.
fn others_run_while_a_call_waits(fake: &Fake) {
    block_on(async {
        // So long a wait that no reply is too late for it.
        let patient = fake.options().spin(Builder::DEFAULT_CALL_TIMEOUT);
        let client = connect(patient).await;
        for _ in 0..100 {
            let other_ran = Arc::new(AtomicBool::new(false));
            let other = tokio::spawn({
                let other_ran = Arc::clone(&other_ran);
                async move { other_ran.store(true, Ordering::Relaxed) }
            });
            client.local_info().await.unwrap();
            assert!(other_ran.load(Ordering::Relaxed));
            other.await.unwrap();
        }
    });
}

/// The future `block_on` runs is none of the tasks that take turns.
fn a_reader_outside_the_queue_of_tasks_keeps_up(fake: &Fake) {
    block_on(async {
        let client = connect(fake.options()).await;
        let mut track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
        fake.inject(Fault::Flood(MANY));
        for number in 0..MANY {
            match track.next().await {
                Some(Ok(Event::ExpectedVotes(event))) => assert_eq!(event.expected_votes, number),
                other => panic!("{other:?} in place of {number}"),
            }
        }
    });
}
