//! GETINFO: what the daemon knows of a node.

use super::message::{Message, RequestId, ResponseId};
use super::{NodeId, NodeInfoFlags, NodeState, QdeviceName};
use crate::{DecodeError, Reader, Writer};

/// GETINFO, request id 0: asks about a node.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `nodeid` u32; 0 for the daemon's own node |
/// | 20 | padding |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GetInfo {
    /// The node, or [`NodeId::LOCAL`].
    pub node: NodeId,
}

impl Message for GetInfo {
    const ID: i32 = RequestId::GetInfo.code();
    const NAME: &'static str = "GETINFO request";

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u32_ne(self.node.get());
        writer.pad_to(24);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let node = NodeId::new(reader.u32_ne("nodeid")?);
        reader.padding(4)?;
        Ok(Self { node })
    }
}

/// GETINFO, response id 1: what the daemon knows.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 24 | `nodeid` u32 |
/// | 28 | `state` u32 |
/// | 32 | `votes` u32 |
/// | 36 | `expected_votes` u32 |
/// | 40 | `highest_expected` u32 |
/// | 44 | `total_votes` u32 |
/// | 48 | `quorum` u32 |
/// | 52 | `flags` u32 |
/// | 56 | `qdevice_votes` u32 |
/// | 60 | `qdevice_name`, 255 bytes |
/// | 315 | padding to 320 |
///
/// In an error response the body is whatever was in the daemon's memory.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
#[doc(alias = "votequorum_info")]
pub struct NodeInfo {
    /// The node this is about.
    pub node_id: NodeId,
    /// What the node is to the cluster.
    pub state: NodeState,
    /// Votes of the node.
    pub votes: u32,
    /// Votes the node expects in a complete cluster.
    pub expected_votes: u32,
    /// The most that any member expects.
    pub highest_expected: u32,
    /// Votes that are there: of all members, and of the quorum device if this node has its vote.
    pub total_votes: u32,
    /// Votes needed for quorum. The daemon keeps 8 bits of it.
    pub quorum: u32,
    /// Properties of the cluster and of the node.
    pub flags: NodeInfoFlags,
    /// Votes of the quorum device, as configured.
    pub qdevice_votes: u32,
    /// The quorum device of the cluster, if one is registered.
    pub qdevice_name: Option<QdeviceName>,
}

impl Message for NodeInfo {
    const ID: i32 = ResponseId::GetInfo.code();
    const NAME: &'static str = "GETINFO response";

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u32_ne(self.node_id.get());
        writer.u32_ne(self.state.code());
        writer.u32_ne(self.votes);
        writer.u32_ne(self.expected_votes);
        writer.u32_ne(self.highest_expected);
        writer.u32_ne(self.total_votes);
        writer.u32_ne(self.quorum);
        writer.u32_ne(self.flags.bits());
        writer.u32_ne(self.qdevice_votes);
        QdeviceName::write(self.qdevice_name.as_ref(), writer);
        writer.pad_to(320);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let info = Self {
            node_id: NodeId::new(reader.u32_ne("nodeid")?),
            state: NodeState::from(reader.u32_ne("state")?),
            votes: reader.u32_ne("votes")?,
            expected_votes: reader.u32_ne("expected_votes")?,
            highest_expected: reader.u32_ne("highest_expected")?,
            total_votes: reader.u32_ne("total_votes")?,
            quorum: reader.u32_ne("quorum")?,
            flags: NodeInfoFlags::from_bits_retain(reader.u32_ne("flags")?),
            qdevice_votes: reader.u32_ne("qdevice_votes")?,
            qdevice_name: QdeviceName::read(reader, "qdevice_name")?,
        };
        reader.padding(5)?;
        Ok(info)
    }
}
