//! NODELIST_NOTIFICATION: the membership has changed, and to what.

use std::sync::Arc;

use bytes::BufMut;

use super::message::{Message, NotificationId};
use super::{NodeId, RingId};
use crate::{DecodeError, Fields, Problem};

/// The membership has changed, and to what.
///
/// Comes first in every membership change. Until the
/// [QUORUM_NOTIFICATION](super::QuorumNotification) that ends it, a quorum device has to poll with
/// the new ring id.
///
/// NODELIST_NOTIFICATION, id 5.
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
    /// The context of the TRACKSTART.
    pub context: u64,
    /// The new membership's id.
    pub ring_id: RingId,
    /// The members, by id.
    pub nodes: Arc<[NodeId]>,
}

impl NodelistNotification {
    /// A notification, as a daemon sends it.
    pub fn new(context: u64, ring_id: RingId, nodes: impl Into<Arc<[NodeId]>>) -> Self {
        Self { context, ring_id, nodes: nodes.into() }
    }
}

impl Message for NodelistNotification {
    const ID: i32 = NotificationId::Nodelist.code();
    const NAME: &'static str = "NODELIST_NOTIFICATION";

    #[inline]
    fn body_len(&self) -> usize {
        32 + 4 * self.nodes.len()
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u64_ne(self.context);
        out.put_u32_ne(self.ring_id.node.get());
        out.put_u32_ne(0);
        out.put_u64_ne(self.ring_id.seq);
        out.put_u32_ne(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        out.put_u32_ne(0);
        for node in &*self.nodes {
            out.put_u32_ne(node.get());
        }
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let mut body = fields.fixed::<32>("body")?;
        let context = body.u64_ne("context")?;
        let node = NodeId::new(body.u32_ne("ring_id.nodeid")?);
        body.skip(4)?;
        let seq = body.u64_ne("ring_id.seq")?;
        let entries = Entries::announced(&mut body)?;
        let nodes = entries.read(fields, |&bytes| NodeId::new(u32::from_ne_bytes(bytes)))?;
        Ok(Self { context, ring_id: RingId { node, seq }, nodes })
    }
}

/// The field `node_list_entries`, before it is checked.
pub(super) struct Entries {
    announced: u32,
    offset: usize,
}

impl Entries {
    /// Reads the field and the padding behind it.
    #[inline(always)]
    pub(super) fn announced(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let offset = fields.offset();
        let announced = fields.u32_ne("node_list_entries")?;
        fields.skip(4)?;
        Ok(Self { announced, offset })
    }

    /// Reads the entries, of `LEN` bytes each; the rest of the message has to be exactly those that
    /// were announced.
    #[inline]
    pub(super) fn read<T, const LEN: usize>(
        self,
        fields: &mut Fields<'_>,
        entry: impl Fn(&[u8; LEN]) -> T,
    ) -> Result<Arc<[T]>, DecodeError> {
        let len = fields.rest().len();
        let count = usize::try_from(self.announced).unwrap_or(usize::MAX);
        if count.checked_mul(LEN) != Some(len) {
            let expected = "as many entries as the message has room for";
            let problem = Problem::Number { found: self.announced.into(), expected };
            return Err(fields.error_at("node_list_entries", self.offset, problem));
        }
        // The entries are there, so this allocates no more than the message holds; and it does so
        // once, because the length of the iterator is exact.
        let entries = fields.bytes("node_list", len)?.chunks_exact(LEN);
        Ok(entries.map(|bytes| entry(bytes.try_into().unwrap_or(&[0; LEN]))).collect())
    }
}
