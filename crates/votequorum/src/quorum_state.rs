use quorate_codec::votequorum::{
    Node, NodeId, NodeInfo, NodeState, NodelistNotification, QuorumNotification, RingId,
};

/// What is known of the cluster's quorum.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum QuorumState {
    /// Nothing: there is no connection, or the daemon does not answer. What was known before is out
    /// of date.
    #[default]
    Unknown,
    /// This, all of it of one membership.
    Known(QuorumView),
}

/// The quorum of one membership.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct QuorumView {
    /// The membership. Announced by the daemon.
    pub ring_id: RingId,
    /// Its members, by id. Announced by the daemon.
    pub members: Vec<NodeId>,
    /// Every node the daemon has ever seen, with its state. Announced by the daemon.
    pub nodes: Vec<Node>,
    /// The state of the local node's quorum device, if one is registered. Only told together with
    /// the nodes: registering a device is not announced by itself.
    pub device: Option<NodeState>,
    /// Whether the partition is quorate. Announced by the daemon.
    pub quorate: bool,
    /// The membership that is being formed, while the daemon has not decided on its quorum. The other
    /// fields are of the one before.
    pub forming: Option<RingId>,
    /// How many memberships lie between this one and the last this client saw before it, as far as
    /// sequence numbers tell: 0 for a change that was followed step by step.
    ///
    /// A node that was paused or cut off can come back without ever being told that it had lost its
    /// quorum; this tells. It is 0 for the first membership of a connection.
    pub missed_rings: u64,
    /// What the daemon knows of its own node: votes, expected votes, flags. The daemon does not
    /// announce a change of votes by `set_votes`, the registration of a device, or the end of a
    /// last-man-standing window; see [`Watch::refresh`](crate::Watch::refresh).
    ///
    /// `None` if an announcement came since it was asked for.
    pub info: Option<NodeInfo>,
}

impl QuorumView {
    pub(crate) fn new(
        nodelist: &NodelistNotification,
        quorum: &QuorumNotification,
        forming: Option<RingId>,
        info: Option<NodeInfo>,
    ) -> Self {
        Self {
            ring_id: nodelist.ring_id,
            members: nodelist.nodes.to_vec(),
            nodes: quorum.nodes().collect(),
            device: quorum.device(),
            quorate: quorum.quorate,
            forming,
            missed_rings: 0,
            info,
        }
    }

    /// Whether the partition is quorate.
    ///
    /// That is no proof of being alone: two partitions can both be quorate for a moment while the
    /// cluster splits.
    pub fn is_quorate(&self) -> bool {
        self.quorate
    }
}

impl QuorumState {
    /// What is known, if anything is.
    pub fn known(&self) -> Option<&QuorumView> {
        match self {
            Self::Unknown => None,
            Self::Known(view) => Some(view),
        }
    }

    /// Whether the partition is known to be quorate.
    pub fn is_quorate(&self) -> bool {
        self.known().is_some_and(QuorumView::is_quorate)
    }
}
