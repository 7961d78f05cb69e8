use std::fmt;
use std::str::FromStr;

use super::InvalidText;

/// The id of a cluster node.
///
/// Ids of nodes are 1 and up. 0 stands for the quorum device ([`NodeId::QDEVICE`]) in the list of a
/// [`QuorumNotification`](super::QuorumNotification) and in SETVOTES.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NodeId(u32);

impl NodeId {
    /// The quorum device (`VOTEQUORUM_QDEVICE_NODEID`).
    ///
    /// Only where a notification lists it and where votes are set. GETINFO has the same number for
    /// the daemon's own node; [`GetInfo::node`](super::getinfo::GetInfo::node) spells that `None`.
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

impl FromStr for NodeId {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        parse_digits(text, 10)
            .and_then(|id| u32::try_from(id).ok())
            .map(Self)
            .ok_or(InvalidText::new("a node id, a decimal number of 32 bits"))
    }
}

/// Which membership the cluster has: it changes whenever a node joins or leaves.
///
/// Partitions of a split cluster can share the sequence number, so both parts have to be compared.
///
/// Written as corosync's tools and logs print it: `NODE.SEQ`, both hexadecimal.
///
/// ```
/// use quorate_codec::votequorum::{NodeId, RingId};
///
/// let ring = RingId::new(NodeId::new(1), 20);
/// assert_eq!(ring.to_string(), "1.14");
/// assert_eq!("1.14".parse(), Ok(ring));
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[doc(alias = "votequorum_ring_id_t")]
pub struct RingId {
    /// The node that represents the ring: usually the lowest id in it.
    pub node: NodeId,
    /// Grows with every change, by 4 for each ring that is formed.
    pub seq: u64,
}

impl RingId {
    /// The ring of `node` with sequence number `seq`.
    pub const fn new(node: NodeId, seq: u64) -> Self {
        Self { node, seq }
    }

    /// How many rings were formed between `previous` and this one: memberships that a program has
    /// missed if it saw these two in a row. 0 if this one is the next after `previous`, or not newer.
    ///
    /// corosync numbers a new ring 4 above the highest number that any of its members has seen, so a
    /// jump by more shows that there were rings in between. A node that was frozen while the others
    /// went on without it receives no notification that it was out; this is how it can tell.
    ///
    /// It is a hint, not a proof:
    /// - The rings in between may have been those of other nodes: when a partition heals, one side
    ///   sees a jump if the other formed more rings than it did.
    /// - 0 does not prove that nothing was missed: if both sides of a partition formed as many rings,
    ///   neither sees a jump when they merge.
    /// - A ring that did not last until it was announced counts.
    /// - A daemon that restarts adds 1 of its own, which this rounds down. Where the numbers start
    ///   again, because corosync's state directory was removed, the result is 0.
    ///
    /// ```
    /// use quorate_codec::votequorum::RingId;
    ///
    /// # fn main() -> Result<(), quorate_codec::votequorum::InvalidRingId> {
    /// let before: RingId = "1.14".parse()?;
    /// assert_eq!("1.18".parse::<RingId>()?.missed_since(before), 0);
    /// assert_eq!("1.1c".parse::<RingId>()?.missed_since(before), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub const fn missed_since(self, previous: Self) -> u64 {
        (self.seq.saturating_sub(previous.seq) / SEQ_STEP).saturating_sub(1)
    }
}

/// By how much the sequence number grows for each ring.
const SEQ_STEP: u64 = 4;

impl fmt::Display for RingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}", self.node.get(), self.seq)
    }
}

impl FromStr for RingId {
    type Err = InvalidRingId;

    fn from_str(text: &str) -> Result<Self, InvalidRingId> {
        let (node, seq) = text.split_once('.').ok_or(InvalidRingId)?;
        let node = parse_digits(node, 16).ok_or(InvalidRingId)?;
        let node = u32::try_from(node).map_err(|_| InvalidRingId)?;
        let seq = parse_digits(seq, 16).ok_or(InvalidRingId)?;
        Ok(Self { node: NodeId(node), seq })
    }
}

/// A number without a sign, which the standard library would accept.
fn parse_digits(text: &str, radix: u32) -> Option<u64> {
    let digits = text.chars().all(|c| c.is_digit(radix));
    digits.then(|| u64::from_str_radix(text, radix).ok()).flatten()
}

/// Text that is not a ring id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a ring id is written NODE.SEQ, two hexadecimal numbers, as in 1.14")]
pub struct InvalidRingId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_ids_as_text() {
        for (ring, text) in [
            (RingId::new(NodeId::new(1), 20), "1.14"),
            (RingId::new(NodeId::new(11), 0x4a46b), "b.4a46b"),
            (RingId::default(), "0.0"),
            (RingId::new(NodeId::new(u32::MAX), u64::MAX), "ffffffff.ffffffffffffffff"),
        ] {
            assert_eq!(ring.to_string(), text);
            assert_eq!(text.parse(), Ok(ring));
        }
        assert_eq!("B.4A46B".parse(), Ok(RingId::new(NodeId::new(11), 0x4a46b)));
        let malformed =
            ["", "3", "3.", ".22", "3.22.1", "-1.2", "+1.2", "1:2", "0x1.2", "100000000.1", "1. 2"];
        for text in malformed {
            assert_eq!(text.parse::<RingId>(), Err(InvalidRingId), "{text:?}");
        }
    }

    #[test]
    fn rings_in_between() {
        let ring = |seq| RingId::new(NodeId::new(1), seq);
        for (before, now, missed) in [
            (13, 13, 0),
            (13, 17, 0),
            (13, 18, 0),
            (13, 21, 1),
            (14, 22, 1),
            (13, 25, 2),
            (17, 13, 0),
            (0, u64::MAX, u64::MAX / 4 - 1),
        ] {
            assert_eq!(ring(now).missed_since(ring(before)), missed, "{before} to {now}");
        }
    }

    #[test]
    fn node_ids_as_text() {
        for id in [0, 1, 384, u32::MAX] {
            assert_eq!(NodeId::new(id).to_string().parse(), Ok(NodeId::new(id)));
        }
        for text in ["", "+1", "-1", "a", "1 ", "4294967296"] {
            let error = text.parse::<NodeId>().unwrap_err();
            assert_eq!(error.to_string(), "expected a node id, a decimal number of 32 bits");
        }
    }
}
