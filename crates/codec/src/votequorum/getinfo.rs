//! GETINFO: what the daemon knows of a node.

use bytes::BufMut;

use super::message::{Message, RequestId, ResponseId};
use super::{NodeId, NodeInfoFlags, NodeState, QdeviceName};
use crate::{DecodeError, Fields};

/// Asks about a node.
///
/// GETINFO, request id 0.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `nodeid` u32; 0 for the daemon's own node |
/// | 20 | padding |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GetInfo {
    /// The node, or `None` for the node the daemon runs on.
    ///
    /// On the wire `None` is node 0. The daemon has no node of that number to ask about: asked for
    /// [`NodeId::QDEVICE`], it answers for its own node, and the request is decoded as `None`.
    pub node: Option<NodeId>,
}

impl Message for GetInfo {
    const ID: i32 = RequestId::GetInfo.code();
    const NAME: &'static str = "GETINFO request";

    #[inline]
    fn body_len(&self) -> usize {
        8
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u32_ne(self.node.map_or(LOCAL, NodeId::get));
        out.put_u32_ne(0);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let node = match fields.u32_ne("nodeid")? {
            LOCAL => None,
            id => Some(NodeId::new(id)),
        };
        fields.skip(4)?;
        Ok(Self { node })
    }
}

/// What the request has in place of the id of the daemon's own node.
const LOCAL: u32 = 0;

/// What the daemon knows of a node.
///
/// GETINFO, response id 1.
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

    #[inline]
    fn body_len(&self) -> usize {
        NODE_INFO_LEN
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u32_ne(self.node_id.get());
        out.put_u32_ne(self.state.code());
        out.put_u32_ne(self.votes);
        out.put_u32_ne(self.expected_votes);
        out.put_u32_ne(self.highest_expected);
        out.put_u32_ne(self.total_votes);
        out.put_u32_ne(self.quorum);
        out.put_u32_ne(self.flags.bits());
        out.put_u32_ne(self.qdevice_votes);
        QdeviceName::write(self.qdevice_name.as_ref(), out);
        out.put_slice(&[0; 5]);
    }

    #[inline(always)]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let mut body = fields.fixed::<NODE_INFO_LEN>("body")?;
        Ok(Self {
            node_id: NodeId::new(body.u32_ne("nodeid")?),
            state: NodeState::from(body.u32_ne("state")?),
            votes: body.u32_ne("votes")?,
            expected_votes: body.u32_ne("expected_votes")?,
            highest_expected: body.u32_ne("highest_expected")?,
            total_votes: body.u32_ne("total_votes")?,
            quorum: body.u32_ne("quorum")?,
            flags: NodeInfoFlags::from_bits_retain(body.u32_ne("flags")?),
            qdevice_votes: body.u32_ne("qdevice_votes")?,
            qdevice_name: QdeviceName::read(&mut body, "qdevice_name")?,
        })
    }
}

/// Length of a [`NodeInfo`] without the header.
const NODE_INFO_LEN: usize = 296;
