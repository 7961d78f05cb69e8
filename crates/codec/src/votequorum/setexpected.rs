//! SETEXPECTED: how many votes a complete cluster has.

use super::message::{Message, RequestId};
use crate::{DecodeError, Reader, Writer};

/// SETEXPECTED, request id 1. Answered by [STATUS](super::status) before the change has gone round
/// the cluster.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `expected_votes` u32 |
/// | 20 | padding |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SetExpected {
    /// The votes to expect.
    pub expected_votes: u32,
}

impl Message for SetExpected {
    const ID: i32 = RequestId::SetExpected.code();
    const NAME: &'static str = "SETEXPECTED request";

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u32_ne(self.expected_votes);
        writer.pad_to(24);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let expected_votes = reader.u32_ne("expected_votes")?;
        reader.padding(4)?;
        Ok(Self { expected_votes })
    }
}
