//! SETVOTES: how many votes a node has.

use bytes::BufMut;

use super::NodeId;
use super::message::{Message, RequestId};
use crate::{DecodeError, Fields};

/// SETVOTES, request id 2. Answered by [STATUS](super::status) before the change has gone round
/// the cluster.
///
/// Mind the order of the fields.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `votes` u32 |
/// | 20 | `nodeid` u32; 0 for the quorum device |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SetVotes {
    /// The node, or [`NodeId::QDEVICE`].
    pub node: NodeId,
    /// Its votes from now on.
    pub votes: u32,
}

impl Message for SetVotes {
    const ID: i32 = RequestId::SetVotes.code();
    const NAME: &'static str = "SETVOTES request";

    #[inline]
    fn body_len(&self) -> usize {
        8
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u32_ne(self.votes);
        out.put_u32_ne(self.node.get());
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let votes = fields.u32_ne("votes")?;
        let node = NodeId::new(fields.u32_ne("nodeid")?);
        Ok(Self { node, votes })
    }
}
