use std::fmt;
use std::str::FromStr;

/// The id of a cluster node.
///
/// Ids of nodes are 1 and up. 0 stands for something else, and what depends on the call: for the
/// node itself when asking for information ([`NodeId::LOCAL`]), for the quorum device in the list
/// of a [`QuorumNotification`](super::QuorumNotification) and in SETVOTES.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NodeId(u32);

impl NodeId {
    /// The node the daemon runs on, where a call asks for information.
    pub const LOCAL: Self = Self(0);

    /// The quorum device, where a notification lists it (`VOTEQUORUM_QDEVICE_NODEID`).
    #[doc(alias = "VOTEQUORUM_QDEVICE_NODEID")]
    pub const QDEVICE: Self = Self(0);

    /// The node with this number.
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl From<u32> for NodeId {
    fn from(id: u32) -> Self {
        Self(id)
    }
}

impl From<NodeId> for u32 {
    fn from(id: NodeId) -> Self {
        id.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which membership the cluster has: it changes whenever a node joins or leaves.
///
/// Partitions of a split cluster can share the sequence number, so both parts have to be compared.
/// Written as `NODE:SEQ`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[doc(alias = "votequorum_ring_id_t")]
pub struct RingId {
    /// The node that represents the ring: usually the lowest id in it.
    pub node: NodeId,
    /// Grows with every change.
    pub seq: u64,
}

impl RingId {
    /// The ring of `node` with sequence number `seq`.
    pub const fn new(node: NodeId, seq: u64) -> Self {
        Self { node, seq }
    }
}

impl fmt::Display for RingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.node, self.seq)
    }
}

impl FromStr for RingId {
    type Err = InvalidRingId;

    fn from_str(text: &str) -> Result<Self, InvalidRingId> {
        let (node, seq) = text.split_once(':').ok_or(InvalidRingId)?;
        let node = node.parse().map_err(|_| InvalidRingId)?;
        let seq = seq.parse().map_err(|_| InvalidRingId)?;
        Ok(Self { node: NodeId(node), seq })
    }
}

/// Text that is not a ring id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a ring id is written NODE:SEQ, two decimal numbers")]
pub struct InvalidRingId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_ids_as_text() {
        let ring = RingId::new(NodeId::new(3), 22);
        assert_eq!(ring.to_string(), "3:22");
        assert_eq!("3:22".parse(), Ok(ring));
        for text in ["", "3", "3:", ":22", "3:22:1", "-1:2", "4294967296:1"] {
            assert_eq!(text.parse::<RingId>(), Err(InvalidRingId), "{text:?}");
        }
    }
}
