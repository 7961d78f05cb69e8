//! glibc's 64-bit semaphore, by hand, so that the library's own libc does not matter.
//!
//! One `u64`: tokens in the low 32 bits, the number of waiters in the high ones. A side of this
//! library never waits, so it never counts itself as a waiter.

use std::sync::atomic::Ordering;

use super::{DoubleWord, RingMemory};

/// Adds `count` tokens.
pub(super) fn post<M: RingMemory>(memory: &M, count: u32) {
    // Release: pairs with the acquire in `take_all`, and with that of the other side's sem_wait.
    // What was written into the chunks is visible to whoever takes a token.
    let before = memory.semaphore().fetch_add(u64::from(count), Ordering::Release);
    if before >> 32 != 0 {
        memory.wake(count);
    }
}

/// Takes all tokens there are, and returns how many.
///
/// One look and one step, without a loop in which a peer that keeps changing the semaphore could
/// hold the caller. Only this side takes tokens away, so the semaphore has at least those that were
/// seen; if the peer has removed some, it has spoilt a count that is its own.
pub(super) fn take_all<M: RingMemory>(memory: &M) -> u32 {
    let tokens = count(memory);
    if tokens > 0 {
        // Acquire: pairs with the release of `post` and of the other side's sem_post.
        memory.semaphore().fetch_add(u64::from(tokens).wrapping_neg(), Ordering::Acquire);
    }
    tokens
}

/// The number of tokens there are.
pub(super) fn count<M: RingMemory>(memory: &M) -> u32 {
    tokens(memory.semaphore().load(Ordering::Relaxed))
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
fn tokens(value: u64) -> u32 {
    value as u32
}
