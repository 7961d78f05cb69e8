//! A user who does not read what a track tells.
//!
//! Nothing piles up, neither with the daemon nor with us; and when the user reads, it is told how
//! much it has missed. Memory is measured, which is the process's: these tests run one at a time, and
//! the fake daemon is a process of its own.

#[expect(dead_code, unused_imports, unused_macros, reason = "other tests use the rest")]
#[path = "../client/support/mod.rs"]
mod support;

mod fake;
mod live;
mod memory;

use std::sync::{Mutex, MutexGuard, PoisonError};

use votequorum::{Event, Track};

/// Waits until no other test of this process runs.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a reader finds that comes late: how much it has missed, and the expected votes it is told
/// after that.
fn read_late(track: &mut Track) -> (u64, Vec<u32>) {
    let mut events = track.take_all().unwrap().into_iter();
    let Some(Event::Lagged { missed }) = events.next() else { panic!("it says what is missing") };
    let votes = |event| match event {
        Event::ExpectedVotes(expected) => expected.expected_votes,
        other => panic!("{other:?}"),
    };
    (missed, events.map(votes).collect())
}
