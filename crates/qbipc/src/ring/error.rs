/// The peer violated the ring protocol. The ring is unusable.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RingError {
    /// Its pointer lies outside the ring.
    #[error("{pointer} is {found}, beyond the ring's {words} words")]
    Pointer {
        /// `read_pt` or `write_pt`.
        pointer: &'static str,
        /// Its value.
        found: u32,
        /// Length of the ring, in words.
        words: u32,
    },
    /// A chunk that is announced is not committed.
    #[error("the chunk at word {word} has magic {found:#010x}, not that of a committed chunk")]
    Magic {
        /// Where the chunk starts.
        word: u32,
        /// What was found.
        found: u32,
    },
    /// A chunk is longer than what was written, or than any message may be.
    #[error("the chunk at word {word} announces {found} bytes where at most {most} can be")]
    Length {
        /// Where the chunk starts.
        word: u32,
        /// What was found.
        found: u32,
        /// The most that is possible, in bytes.
        most: u32,
    },
}

/// Why a message was not put into the ring.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The ring has no room for it now.
    #[error("the ring is full")]
    Full,
    /// The ring never has room for it.
    #[error("a message of {len} bytes is more than this connection carries: {most}")]
    TooLong {
        /// Its length, in bytes.
        len: usize,
        /// The length of the largest, in bytes.
        most: u32,
    },
    /// The ring is broken.
    #[error(transparent)]
    Ring(#[from] RingError),
}
