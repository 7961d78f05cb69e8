//! NODELIST_NOTIFICATION: the membership has changed, and to what.

use super::message::{Message, NotificationId};
use super::{NodeId, RingId};
use crate::{DecodeError, Problem, Reader, Writer};

/// NODELIST_NOTIFICATION, id 5.
///
/// Comes first in every membership change. Until the
/// [QUORUM_NOTIFICATION](super::QuorumNotification) that ends it, a quorum device has to poll with
/// the new ring id.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 24 | `context` u64 |
/// | 32 | `ring_id.nodeid` u32 |
/// | 36 | padding |
/// | 40 | `ring_id.seq` u64 |
/// | 48 | `node_list_entries` u32 |
/// | 52 | padding |
/// | 56 | per node: `nodeid` u32 |
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct NodelistNotification {
    /// What TRACKSTART gave.
    pub context: u64,
    /// The new membership's id.
    pub ring_id: RingId,
    /// The members, by id.
    pub nodes: Vec<NodeId>,
}

impl NodelistNotification {
    /// A notification, for those who play the daemon.
    pub fn new(context: u64, ring_id: RingId, nodes: Vec<NodeId>) -> Self {
        Self { context, ring_id, nodes }
    }
}

impl Message for NodelistNotification {
    const ID: i32 = NotificationId::Nodelist.code();
    const NAME: &'static str = "NODELIST_NOTIFICATION";

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u64_ne(self.context);
        writer.u32_ne(self.ring_id.node.get());
        writer.pad_to(40);
        writer.u64_ne(self.ring_id.seq);
        writer.u32_ne(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        writer.pad_to(56);
        for node in &self.nodes {
            writer.u32_ne(node.get());
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let context = reader.u64_ne("context")?;
        let node = NodeId::new(reader.u32_ne("ring_id.nodeid")?);
        reader.padding(4)?;
        let seq = reader.u64_ne("ring_id.seq")?;
        let nodes = read_entries(reader, |bytes| NodeId::new(u32::from_ne_bytes(bytes)))?;
        Ok(Self { context, ring_id: RingId { node, seq }, nodes })
    }
}

/// Reads `node_list_entries`, which has to be exactly how many entries of `LEN` bytes the message
/// holds, and the entries.
pub(super) fn read_entries<T, const LEN: usize>(
    reader: &mut Reader<'_>,
    entry: impl Fn([u8; LEN]) -> T,
) -> Result<Vec<T>, DecodeError> {
    let offset = reader.offset();
    let announced = reader.u32_ne("node_list_entries")?;
    reader.padding(4)?;
    let count = usize::try_from(announced).unwrap_or(usize::MAX);
    if count.checked_mul(LEN) != Some(reader.rest().len()) {
        let expected = "as many entries as the message has room for";
        let problem = Problem::Number { found: announced.into(), expected };
        return Err(reader.error_at("node_list_entries", offset, problem));
    }
    // The entries are there, so this allocates no more than the message holds.
    let entries = reader.bytes("node_list", reader.rest().len())?.chunks_exact(LEN);
    Ok(entries.map(|bytes| entry(bytes.try_into().unwrap_or([0; LEN]))).collect())
}
