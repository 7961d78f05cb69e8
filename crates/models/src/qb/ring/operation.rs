//! What the first byte of an operation says, modulo their number.

/// The writer stages a message: its length, and what it is filled with.
pub const STAGE: u8 = 0;
/// The writer makes what it has staged visible.
pub const COMMIT: u8 = 1;
/// The reader takes a message out.
pub const POP: u8 = 2;
/// Somebody else writes a word of the ring: which, and the word.
pub const WORD: u8 = 3;
/// Somebody else writes the write pointer.
pub const WRITE_PT: u8 = 4;
/// Somebody else writes the read pointer.
pub const READ_PT: u8 = 5;
/// Somebody else writes the semaphore: the tokens, and the waiters.
pub const SEMAPHORE: u8 = 6;
/// Somebody else writes the reference count and the flow control.
pub const OTHERS: u8 = 7;
/// Somebody else forges a message: its length, the write pointer, and how many tokens.
pub const FORGE: u8 = 8;
/// How many there are.
pub const COUNT: u8 = 9;
