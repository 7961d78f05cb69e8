use std::num::NonZeroU8;

/// How many requests may be owed a reply at a time.
///
/// A daemon drops a reply without a word when the response channel is full, and replies could not
/// be matched any more. A window keeps far below that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    size: NonZeroU8,
    /// Room for replies, in bytes.
    reply_space: u32,
    /// As long as no reply has come.
    first: Option<NonZeroU8>,
}

impl Window {
    /// A window of `size` requests.
    pub const fn new(size: NonZeroU8) -> Self {
        Self { size, reply_space: u32::MAX, first: None }
    }

    /// Allows no more requests than the response channel has room for their longest replies.
    ///
    /// A single request is always allowed.
    #[must_use]
    pub const fn reply_space(self, bytes: u32) -> Self {
        Self { reply_space: bytes, ..self }
    }

    /// Allows at most `first` requests until the first reply has come.
    ///
    /// On the socket transport the kernel queues no more than that before the daemon has connected
    /// back, which it does to reply (`net.unix.max_dgram_qlen`).
    #[must_use]
    pub const fn until_first_reply(self, first: NonZeroU8) -> Self {
        Self { first: Some(first), ..self }
    }

    /// Whether a request may go out behind `owed` others whose replies take up to `owed_bytes`.
    pub(super) fn allows(self, reply_len: u32, owed: usize, owed_bytes: u32) -> bool {
        let size = self.first.map_or(self.size, |first| first.min(self.size));
        let has_room = owed_bytes.saturating_add(reply_len) <= self.reply_space;
        owed == 0 || (has_room && owed < usize::from(size.get()))
    }

    pub(super) fn reply_came(&mut self) {
        self.first = None;
    }
}
