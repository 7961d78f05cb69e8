//! QUORUM_NOTIFICATION: whether the partition is quorate, and all nodes ever seen.

use std::sync::Arc;

use bytes::BufMut;

use super::message::{Message, NotificationId};
use super::nodelist_notification::Entries;
use super::{NodeId, NodeState};
use crate::{DecodeError, Fields};

/// Whether the partition is quorate, and all nodes ever seen.
///
/// Comes at the end of every membership change, whether or not `quorate` changed, and whenever
/// `quorate` flips for another reason.
///
/// The list on the wire mixes the cluster's nodes with the quorum device, as node 0.
/// [`nodes`](Self::nodes) and [`device`](Self::device) tell them apart.
///
/// ```
/// use quorate_codec::votequorum::{Node, NodeId, NodeState, QuorumNotification};
///
/// let node = Node::new(NodeId::new(1), NodeState::Member);
/// let device = Node::new(NodeId::QDEVICE, NodeState::Unknown(0));
/// let quorum = QuorumNotification::new(7, true, [node, device]);
/// assert_eq!(quorum.nodes().collect::<Vec<_>>(), [node]);
/// assert_eq!(quorum.device(), Some(NodeState::Unknown(0)));
/// ```
///
/// QUORUM_NOTIFICATION, id 3.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 24 | `quorate` u32; anything but 0 is yes |
/// | 28 | padding |
/// | 32 | `context` u64 |
/// | 40 | `node_list_entries` u32 |
/// | 44 | padding |
/// | 48 | per node: `nodeid` u32, `state` u32 |
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct QuorumNotification {
    /// The context of the TRACKSTART.
    pub context: u64,
    /// Whether the partition is quorate.
    pub quorate: bool,
    /// The list as the daemon sent it: every node it has ever seen, in an order of its own, then
    /// the quorum device as node 0, if the local node has one registered.
    pub node_list: Arc<[Node]>,
}

/// A node and what it is to the cluster.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
#[doc(alias = "votequorum_node_t")]
pub struct Node {
    /// Which node.
    pub id: NodeId,
    /// What it is.
    pub state: NodeState,
}

impl Node {
    /// A node in a state.
    pub const fn new(id: NodeId, state: NodeState) -> Self {
        Self { id, state }
    }
}

impl QuorumNotification {
    /// A notification, as a daemon sends it.
    pub fn new(context: u64, quorate: bool, node_list: impl Into<Arc<[Node]>>) -> Self {
        Self { context, quorate, node_list: node_list.into() }
    }

    /// The cluster's nodes, in the daemon's order, without the quorum device.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = Node> + '_ {
        self.node_list.iter().copied().filter(|node| node.id != NodeId::QDEVICE)
    }

    /// The state of the quorum device, or `None` if the local node has none registered.
    ///
    /// corosync 3.1.7 always sends state 0, which is no state of a node: that the device is listed
    /// says that it is registered, and nothing about its vote.
    pub fn device(&self) -> Option<NodeState> {
        self.node_list.iter().rfind(|node| node.id == NodeId::QDEVICE).map(|device| device.state)
    }
}

impl Message for QuorumNotification {
    const ID: i32 = NotificationId::Quorum.code();
    const NAME: &'static str = "QUORUM_NOTIFICATION";

    #[inline]
    fn body_len(&self) -> usize {
        24 + 8 * self.node_list.len()
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u32_ne(self.quorate.into());
        out.put_u32_ne(0);
        out.put_u64_ne(self.context);
        out.put_u32_ne(u32::try_from(self.node_list.len()).unwrap_or(u32::MAX));
        out.put_u32_ne(0);
        for node in &*self.node_list {
            out.put_u32_ne(node.id.get());
            out.put_u32_ne(node.state.code());
        }
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let mut body = fields.fixed::<24>("body")?;
        let quorate = body.u32_ne("quorate")? != 0;
        body.skip(4)?;
        let context = body.u64_ne("context")?;
        let entries = Entries::announced(&mut body)?;
        let node_list = entries.read(fields, |&[i0, i1, i2, i3, s0, s1, s2, s3]| {
            let id = NodeId::new(u32::from_ne_bytes([i0, i1, i2, i3]));
            let state = NodeState::from(u32::from_ne_bytes([s0, s1, s2, s3]));
            Node { id, state }
        })?;
        Ok(Self { context, quorate, node_list })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quorum(ids: &[u32]) -> QuorumNotification {
        let node = |&id: &u32| Node::new(NodeId::new(id), NodeState::from(id));
        QuorumNotification::new(1, true, ids.iter().map(node).collect::<Vec<_>>())
    }

    fn ids(quorum: &QuorumNotification) -> Vec<u32> {
        quorum.nodes().map(|node| node.id.get()).collect()
    }

    #[test]
    fn the_device_is_no_node() {
        let without = quorum(&[2, 3, 1]);
        assert_eq!((ids(&without), without.device()), (vec![2, 3, 1], None));
        let with = quorum(&[2, 3, 1, 0]);
        assert_eq!((ids(&with), with.device()), (vec![2, 3, 1], Some(NodeState::Unknown(0))));
        let nothing_else = quorum(&[0]);
        assert_eq!((ids(&nothing_else).len(), nothing_else.device().is_some()), (0, true));
    }
}
