//! SETEXPECTED: how many votes a complete cluster has.

use bytes::BufMut;

use super::message::{Message, RequestId};
use crate::{DecodeError, Fields};

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

    #[inline]
    fn body_len(&self) -> usize {
        8
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u32_ne(self.expected_votes);
        out.put_u32_ne(0);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let expected_votes = fields.u32_ne("expected_votes")?;
        fields.skip(4)?;
        Ok(Self { expected_votes })
    }
}
