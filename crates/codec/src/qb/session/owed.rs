use std::collections::VecDeque;

use super::keys::Ticket;
use crate::qb::service::{Answer, Class};

/// How much the daemon may owe at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// How many replies.
    pub requests: u32,
    /// How many bytes they may take of the response channel.
    pub reply_space: u32,
    /// How many replies until the first has come. Over sockets the daemon connects back when it
    /// first answers; for every reply to a client that is gone by then it blocks for a second.
    pub first: Option<u32>,
}

/// The replies the daemon owes, in order.
///
/// Of a call that is over, only its void ticket is kept here, until the reply comes and is swallowed.
#[derive(Debug)]
pub(super) struct Owed {
    replies: VecDeque<Reply>,
    /// What they may take of the response channel.
    bytes: u32,
    late: bool,
    window: Window,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    pub(super) answer: Answer,
    late: bool,
    pub(super) call: Ticket,
}

impl Owed {
    pub(super) fn new(window: Window) -> Self {
        Self { replies: VecDeque::new(), bytes: 0, late: false, window }
    }

    /// Whether a request of this class may go out now.
    pub(super) fn allows(&self, class: Class) -> bool {
        // A request without a reply does not disturb the order.
        let Some(answer) = class.answer() else { return true };
        let most = self.window.first.map_or(self.window.requests, |n| n.min(self.window.requests));
        let room = self.bytes.saturating_add(cost(answer)) <= self.window.reply_space;
        let inside = self.replies.is_empty() || (room && self.len() < most.max(1));
        inside && !self.late
    }

    /// Whether its reply can ever have room.
    pub(super) fn can_be_answered(&self, class: Class) -> bool {
        class.answer().is_none_or(|answer| cost(answer) <= self.window.reply_space)
    }

    /// A request was sent.
    #[inline]
    pub(super) fn push(&mut self, answer: Answer, late: bool, call: Ticket) {
        self.bytes = self.bytes.saturating_add(cost(answer));
        self.late |= late;
        self.replies.push_back(Reply { answer, late, call });
    }

    /// The reply that comes next.
    #[inline]
    pub(super) fn front(&self) -> Option<&Reply> {
        self.replies.front()
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Reply> {
        let reply = self.replies.pop_front()?;
        self.bytes = self.bytes.saturating_sub(cost(reply.answer));
        self.late &= !reply.late;
        self.window.first = None;
        Some(reply)
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.replies.len()).unwrap_or(u32::MAX)
    }

    /// Whether the reply to a late request is owed.
    pub(super) fn is_late(&self) -> bool {
        self.late
    }
}

/// What a reply takes of the response channel: two words before it, and whole words.
fn cost(answer: Answer) -> u32 {
    answer.max_len.checked_next_multiple_of(4).unwrap_or(u32::MAX).saturating_add(8)
}
