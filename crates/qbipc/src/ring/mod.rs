//! The shared-memory ring: one writer, one reader, in different processes.
//!
//! The logic here is safe code over [`RingMemory`], whatever that is: the mapping of a ring's two
//! files (`src/shm`), plain memory ([`HeapRing`]), or loom's model of memory. Where things
//! are is computed by [`quorate_codec::qb::ring`].
//!
//! # The protocol
//!
//! | writer | reader |
//! |---|---|
//! | length 0, magic *allocated* | |
//! | payload, length | |
//! | write pointer | |
//! | magic *committed* (release) | |
//! | semaphore += 1 (release) | semaphore -= 1 (acquire) |
//! | | magic (acquire) has to be *committed* |
//! | | length, payload: copied out |
//! | | length 0, magic *reclaimed* (release) |
//! | read pointer (acquire) | read pointer (release) |
//!
//! A chunk is there when a semaphore token says so, never because the pointers differ: the write
//! pointer is published before the magic. And no chunk is consumed without its token: a ring whose
//! pointers meet while tokens are left looks full to the writer, for ever.
//!
//! # Trust
//!
//! The other side can write anything anywhere at any time. A side's own pointer is kept in private
//! memory and only published; the other's is checked each time it is read; a length is read once
//! and checked; the payload is copied out before it is looked at.

mod buffer;
mod chunk;
mod error;
mod heap;
mod memory;
mod reader;
mod semaphore;
mod writer;

#[cfg(test)]
mod tests;

pub use buffer::Buffer;
pub use error::{PushError, RingError};
pub use heap::HeapRing;
pub use memory::{DoubleWord, RingMemory, Word};
pub use reader::RingReader;
pub use writer::RingWriter;
