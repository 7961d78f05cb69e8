//! EXPECTEDVOTES_NOTIFICATION: how many votes a complete cluster has from now on.

use super::message::{Message, NotificationId};
use crate::{DecodeError, Reader, Writer};

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
    /// What TRACKSTART gave.
    pub context: u64,
    /// The votes now expected.
    pub expected_votes: u32,
}

impl ExpectedVotesNotification {
    /// A notification, for those who play the daemon.
    pub const fn new(context: u64, expected_votes: u32) -> Self {
        Self { context, expected_votes }
    }
}

impl Message for ExpectedVotesNotification {
    const ID: i32 = NotificationId::ExpectedVotes.code();
    const NAME: &'static str = "EXPECTEDVOTES_NOTIFICATION";

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u64_ne(self.context);
        writer.u32_ne(self.expected_votes);
        writer.pad_to(40);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let context = reader.u64_ne("context")?;
        let expected_votes = reader.u32_ne("expected_votes")?;
        reader.padding(4)?;
        Ok(Self { context, expected_votes })
    }
}
