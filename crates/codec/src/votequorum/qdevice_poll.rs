//! QDEVICE_POLL: a quorum device is alive, and how it votes.

use super::message::{Message, RequestId};
use super::{NodeId, QdeviceName, RingId, Vote};
use crate::{DecodeError, Reader, Writer};

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

    fn write(&self, writer: &mut Writer<'_>) {
        QdeviceName::write(Some(&self.name), writer);
        writer.pad_to(272);
        writer.i32_ne(match self.vote {
            Vote::No => 0,
            Vote::Yes => 1,
        });
        writer.pad_to(280);
        writer.u32_ne(self.ring_id.node.get());
        writer.pad_to(288);
        writer.u64_ne(self.ring_id.seq);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let name = QdeviceName::read_required(reader, "name")?;
        reader.padding(1)?;
        let vote = match reader.i32_ne("cast_vote")? {
            0 => Vote::No,
            _ => Vote::Yes,
        };
        reader.padding(4)?;
        let node = NodeId::new(reader.u32_ne("ring_id.nodeid")?);
        reader.padding(4)?;
        let seq = reader.u64_ne("ring_id.seq")?;
        Ok(Self { name, vote, ring_id: RingId { node, seq } })
    }
}
