//! QUORUM_NOTIFICATION: whether the partition is quorate, and all nodes ever seen.

use super::message::{Message, NotificationId};
use super::nodelist_notification::read_entries;
use super::{NodeId, NodeState};
use crate::{DecodeError, Reader, Writer};

/// QUORUM_NOTIFICATION, id 3.
///
/// Comes at the end of every membership change, whether or not `quorate` changed, and whenever
/// `quorate` flips for another reason.
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
    /// What TRACKSTART gave.
    pub context: u64,
    /// Whether the partition may work.
    pub quorate: bool,
    /// Every node the daemon has ever seen, in an order of its own; last the quorum device with
    /// node id 0, if the local node has one registered.
    pub nodes: Vec<Node>,
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
    /// A notification, for those who play the daemon.
    pub fn new(context: u64, quorate: bool, nodes: Vec<Node>) -> Self {
        Self { context, quorate, nodes }
    }
}

impl Message for QuorumNotification {
    const ID: i32 = NotificationId::Quorum.code();
    const NAME: &'static str = "QUORUM_NOTIFICATION";

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u32_ne(self.quorate.into());
        writer.pad_to(32);
        writer.u64_ne(self.context);
        writer.u32_ne(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        writer.pad_to(48);
        for node in &self.nodes {
            writer.u32_ne(node.id.get());
            writer.u32_ne(node.state.code());
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let quorate = reader.u32_ne("quorate")? != 0;
        reader.padding(4)?;
        let context = reader.u64_ne("context")?;
        let nodes = read_entries(reader, |[i0, i1, i2, i3, s0, s1, s2, s3]| {
            let id = NodeId::new(u32::from_ne_bytes([i0, i1, i2, i3]));
            let state = NodeState::from(u32::from_ne_bytes([s0, s1, s2, s3]));
            Node { id, state }
        })?;
        Ok(Self { context, quorate, nodes })
    }
}
