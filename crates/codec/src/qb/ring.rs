//! The arithmetic of libqb's shared-memory ring: where chunks are and how much room is left.
//!
//! A ring is a circle of 32-bit words. A message in it is a **chunk**:
//!
//! | word | content |
//! |---|---|
//! | p | payload length in bytes |
//! | p + 1 | a [`Magic`] word |
//! | p + 2 .. | payload, padded to a whole word |
//!
//! A chunk may start at any word and wrap around the end, even between its first two words.
//! Nothing here touches memory; indices that came from the peer go through [`RingSize::index`].

use crate::limits::{MAX_RING_BYTES, MIN_RING_WORDS};
use crate::wire_enum::wire_enum;

/// Bytes of a ring word.
pub const WORD: u32 = 4;

/// Words a chunk has before its payload.
pub const CHUNK_HEADER_WORDS: u32 = 2;

/// Bytes that have to be free beyond the payload for a chunk to be written: its header and one
/// word, so that a full ring never looks like an empty one.
const CHUNK_MARGIN: u32 = 12;

/// Bytes a ring has beyond the largest message before it is rounded up to whole pages.
const RING_MARGIN: u64 = 13;

/// Offsets in the header file of a ring, for 64-bit glibc.
pub mod file {
    /// `write_pt` u32: the word where the writer puts its next chunk.
    pub const WRITE_PT: usize = 0;
    /// `read_pt` u32: the word of the reader's next chunk.
    pub const READ_PT: usize = 4;
    /// `word_size` u32: length of the ring in words.
    pub const WORD_SIZE: usize = 8;
    /// `hdr_path`: NUL-terminated in 4096 bytes.
    pub const HDR_PATH: usize = 12;
    /// `data_path`: NUL-terminated in 4096 bytes.
    pub const DATA_PATH: usize = 4108;
    /// `ref_count` i32: 2 while both sides are there.
    pub const REF_COUNT: usize = 8204;
    /// `sem_t` of glibc: chunks in the ring in the low half of a u64, waiters in the high half.
    pub const SEMAPHORE: usize = 8208;
    /// `private` i32 of the semaphore: 0x80 for one that processes share.
    pub const SEMAPHORE_SHARED: usize = 8216;
    /// The flow-control value i32; used in the request ring only.
    pub const FLOW_CONTROL: usize = 8240;
    /// Least length of the file that has every field.
    pub const MIN_LEN: usize = 8244;
    /// Length a libqb server gives the file; a libqb client cuts it to 8248.
    pub const LEN: usize = 8252;
}

wire_enum! {
    /// The state of a chunk.
    pub enum Magic(u32) {
        /// The writer has taken the place and is filling it.
        Alloc = 0xA110_CED0 => "allocated",
        /// The message is complete.
        Committed = 0xA1A1_A1A1 => "committed",
        /// The reader is done with it.
        Dead = 0xD0D0_D0D0 => "reclaimed",
    }
}

/// The number of words of a ring; checked to be one that a libqb server makes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RingSize(u32);

impl RingSize {
    /// A ring of `words` words, if that is a length a ring can have.
    pub const fn from_words(words: u32) -> Option<Self> {
        if words < MIN_RING_WORDS || words > MAX_RING_BYTES / WORD || words % MIN_RING_WORDS != 0 {
            return None;
        }
        Some(Self(words))
    }

    /// A ring of any length, for model checkers, which cannot explore a real one.
    #[doc(hidden)]
    pub const fn model(words: u32) -> Self {
        Self(words)
    }

    /// The ring a server makes for messages of up to `max_msg_size` bytes.
    pub fn for_message(max_msg_size: u32, page_size: u32) -> Option<Self> {
        let bytes = (u64::from(max_msg_size) + RING_MARGIN)
            .checked_next_multiple_of(u64::from(page_size))?;
        Self::from_words(u32::try_from(bytes / u64::from(WORD)).ok()?)
    }

    /// Words.
    pub const fn words(self) -> u32 {
        self.0
    }

    /// Bytes.
    pub const fn bytes(self) -> u32 {
        self.0 * WORD
    }

    /// Takes an index the peer wrote, if it is one of this ring.
    pub const fn index(self, word: u32) -> Option<Index> {
        if word < self.0 { Some(Index(word)) } else { None }
    }

    /// The index `words` words further on.
    pub const fn advance(self, index: Index, words: u32) -> Index {
        // A division costs more than all the rest of a message's way through a ring.
        let words = if words < self.0 { words } else { words % self.0 };
        // Both operands are below 2^30, so the sum cannot overflow.
        let end = index.0 + words;
        Index(if end < self.0 { end } else { end - self.0 })
    }

    /// How many words lie from `from` up to `to`, going forward.
    pub const fn distance(self, from: Index, to: Index) -> u32 {
        if to.0 >= from.0 { to.0 - from.0 } else { self.0 - from.0 + to.0 }
    }

    /// Words the writer may fill, one being kept free.
    ///
    /// When the pointers meet, the ring is empty or full; `tokens`, the value of the semaphore,
    /// tells which.
    pub const fn free_words(self, write: Index, read: Index, tokens: u32) -> u32 {
        if write.0 == read.0 {
            return if tokens > 0 { 0 } else { self.0 };
        }
        self.distance(write, read) - 1
    }

    /// Whether a chunk of `len` payload bytes may be written into `free_words`.
    pub const fn fits(self, free_words: u32, len: u32) -> bool {
        free_words as u64 * WORD as u64 >= len as u64 + CHUNK_MARGIN as u64
    }

    /// Largest payload the ring can ever hold, in bytes.
    pub const fn max_payload(self) -> u32 {
        self.bytes() - CHUNK_MARGIN
    }
}

/// A word of a ring; always inside it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Index(u32);

impl Index {
    /// The first word.
    pub const ZERO: Self = Self(0);

    /// As the number that is written to shared memory.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Words a chunk with `len` payload bytes takes.
pub const fn chunk_words(len: u32) -> u32 {
    CHUNK_HEADER_WORDS + len.div_ceil(WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: u32 = 4096;

    fn ring(words: u32) -> RingSize {
        RingSize::from_words(words).unwrap()
    }

    fn at(size: RingSize, word: u32) -> Index {
        size.index(word).unwrap()
    }

    #[test]
    fn sizes_that_corosync_was_seen_to_make() {
        for (max_msg_size, bytes) in [
            (0, 4096),
            (4083, 4096),
            (4084, 8192),
            (12328, 16384),
            (1 << 20, 1_052_672),
            ((1 << 20) + 1, 1_052_672),
        ] {
            assert_eq!(RingSize::for_message(max_msg_size, PAGE).unwrap().bytes(), bytes);
        }
        assert_eq!(RingSize::for_message(1 << 20, PAGE).unwrap().words(), 263_168);
    }

    #[test]
    fn limits_at_the_edge() {
        assert_eq!(RingSize::from_words(MIN_RING_WORDS - 1), None);
        assert_eq!(ring(MIN_RING_WORDS).words(), MIN_RING_WORDS);
        assert_eq!(RingSize::from_words(MIN_RING_WORDS + 1), None);
        let most = MAX_RING_BYTES / WORD;
        assert_eq!(ring(most).bytes(), MAX_RING_BYTES);
        assert_eq!(RingSize::from_words(most + MIN_RING_WORDS), None);
        assert_eq!(RingSize::from_words(u32::MAX), None);
        assert_eq!(RingSize::for_message(u32::MAX, PAGE), None);
    }

    #[test]
    fn indices_outside_are_refused() {
        let size = ring(1024);
        assert!(size.index(1023).is_some());
        assert!(size.index(1024).is_none());
        assert!(size.index(u32::MAX).is_none());
    }

    #[test]
    fn advancing_wraps() {
        let size = ring(1024);
        assert_eq!(size.advance(at(size, 1023), 1).get(), 0);
        assert_eq!(size.advance(at(size, 1000), 48).get(), 24);
        assert_eq!(size.advance(at(size, 5), u32::MAX).get(), (5 + u32::MAX % 1024) % 1024);
    }

    #[test]
    fn free_words_keep_one_apart() {
        let size = ring(1024);
        assert_eq!(size.free_words(at(size, 7), at(size, 7), 0), 1024);
        assert_eq!(size.free_words(at(size, 7), at(size, 7), 1), 0);
        assert_eq!(size.free_words(at(size, 8), at(size, 7), 1), 1022);
        assert_eq!(size.free_words(at(size, 7), at(size, 8), 1), 0);
        assert_eq!(size.free_words(at(size, 0), at(size, 1023), 1), 1022);
    }

    #[test]
    fn a_written_chunk_never_closes_the_circle() {
        let size = ring(1024);
        for free in 0..64 {
            for len in 0..256 {
                if size.fits(free, len) {
                    assert!(chunk_words(len) <= free, "free {free} len {len}");
                }
            }
        }
        assert!(size.fits(size.words(), size.max_payload()));
        assert!(!size.fits(size.words(), size.max_payload() + 1));
    }

    #[test]
    fn payload_is_padded_to_words() {
        for (len, words) in [(0, 2), (1, 3), (4, 3), (5, 4), (24, 8)] {
            assert_eq!(chunk_words(len), words);
        }
    }
}
