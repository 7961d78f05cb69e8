//! QDEVICE_POLL: a quorum device is alive, and how it votes.

use bytes::BufMut;

use super::message::{Message, RequestId};
use super::{NodeId, QdeviceName, RingId, Vote};
use crate::{DecodeError, Fields};

/// QDEVICE_POLL, request id 8. Answered by [STATUS](super::status):
/// [`MessageError`](crate::qb::CsError::MessageError) if the ring is not the current one.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `name`, 255 bytes |
/// | 271 | padding |
/// | 272 | `cast_vote` i32; anything but 0 is yes |
/// | 276 | padding |
/// | 280 | `ring_id.nodeid` u32 |
/// | 284 | padding |
/// | 288 | `ring_id.seq` u64 |
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QdevicePoll {
    /// The device.
    pub name: QdeviceName,
    /// How it votes.
    pub vote: Vote,
    /// The membership the vote is for.
    pub ring_id: RingId,
}

impl Message for QdevicePoll {
    const ID: i32 = RequestId::QdevicePoll.code();
    const NAME: &'static str = "QDEVICE_POLL request";

    #[inline]
    fn body_len(&self) -> usize {
        280
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        QdeviceName::write(Some(&self.name), out);
        out.put_u8(0);
        out.put_i32_ne(match self.vote {
            Vote::No => 0,
            Vote::Yes => 1,
        });
        out.put_u32_ne(0);
        out.put_u32_ne(self.ring_id.node.get());
        out.put_u32_ne(0);
        out.put_u64_ne(self.ring_id.seq);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let name = QdeviceName::read_required(fields, "name")?;
        fields.skip(1)?;
        let vote = match fields.i32_ne("cast_vote")? {
            0 => Vote::No,
            _ => Vote::Yes,
        };
        fields.skip(4)?;
        let node = NodeId::new(fields.u32_ne("ring_id.nodeid")?);
        fields.skip(4)?;
        let seq = fields.u64_ne("ring_id.seq")?;
        Ok(Self { name, vote, ring_id: RingId { node, seq } })
    }
}
