//! EXPECTEDVOTES_NOTIFICATION: the number of expected votes has changed.

use bytes::BufMut;

use super::message::{Message, NotificationId};
use crate::{DecodeError, Fields};

/// The number of expected votes has changed.
///
/// EXPECTEDVOTES_NOTIFICATION, id 4.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 24 | `context` u64 |
/// | 32 | `expected_votes` u32 |
/// | 36 | padding |
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct ExpectedVotesNotification {
    /// The context of the TRACKSTART.
    pub context: u64,
    /// The votes now expected.
    pub expected_votes: u32,
}

impl ExpectedVotesNotification {
    /// A notification, as a daemon sends it.
    pub const fn new(context: u64, expected_votes: u32) -> Self {
        Self { context, expected_votes }
    }
}

impl Message for ExpectedVotesNotification {
    const ID: i32 = NotificationId::ExpectedVotes.code();
    const NAME: &'static str = "EXPECTEDVOTES_NOTIFICATION";

    #[inline]
    fn body_len(&self) -> usize {
        16
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u64_ne(self.context);
        out.put_u32_ne(self.expected_votes);
        out.put_u32_ne(0);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let mut body = fields.fixed::<16>("body")?;
        let context = body.u64_ne("context")?;
        let expected_votes = body.u32_ne("expected_votes")?;
        Ok(Self { context, expected_votes })
    }
}
