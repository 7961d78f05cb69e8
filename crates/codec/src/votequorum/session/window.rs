use std::num::NonZeroU8;

/// How many requests may be owed a reply at a time.
///
/// A daemon drops a reply without a word when the response channel is full, and replies could not
/// be matched any more. A window keeps far below that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    size: NonZeroU8,
    /// As long as no reply has come.
    first: Option<NonZeroU8>,
}

impl Window {
    /// A window of `size` requests.
    pub const fn new(size: NonZeroU8) -> Self {
        Self { size, first: None }
    }

    /// Allows at most `first` requests until the first reply has come.
    ///
    /// On the socket transport the kernel queues no more than that before the daemon has connected
    /// back, which it does to reply (`net.unix.max_dgram_qlen`).
    #[must_use]
    pub const fn until_first_reply(self, first: NonZeroU8) -> Self {
        Self { first: Some(first), ..self }
    }

    pub(super) fn size(self) -> usize {
        let size = self.first.map_or(self.size, |first| first.min(self.size));
        usize::from(size.get())
    }

    pub(super) fn reply_came(&mut self) {
        self.first = None;
    }
}
