//! Status, order 4: which role the node has, and the nodes it is connected to.

use std::fmt;

use bytes::{Bytes, BytesMut};

use super::frame::write_frame;
use super::term::{Dialect, Head, RawTerm, TermReader, TermWriter, VersionByte};
use super::{Address, Node, NodeId, Refusal};
use crate::DecodeError;
use crate::wire_enum::wire_enum;

wire_enum! {
    /// The role of a node.
    pub enum HaState(i32) {
        /// Neither primary nor secondary. Every daemon starts here.
        #[doc(alias("STATE_NONE"))]
        None = 1 => "none",
        /// Follows a primary. Formerly slave.
        #[doc(alias("STATE_SLAVE", "STATE_SECONDARY"))]
        Secondary = 2 => "secondary",
        /// Has secondaries, or waits for them. Formerly master.
        #[doc(alias("STATE_MASTER", "STATE_PRIMARY"))]
        Primary = 3 => "primary",
        /// A secondary that has secondaries of its own. Formerly slave relay.
        #[doc(alias("STATE_SLAVE_RELAY", "STATE_SECONDARY_RELAY"))]
        SecondaryRelay = 4 => "relay",
    }
}

impl fmt::Display for HaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "state {}", self.code()),
        }
    }
}

/// The state of a node: `{State, Nodes}`.
#[doc(alias = "confd_ha_status")]
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// Its role.
    pub state: HaState,
    /// Of a secondary: its primary, or none. Of a primary: its secondaries. Of a relay: its
    /// primary, then its secondaries. Any number of them, unlike libconfd's 255.
    pub nodes: Vec<Node>,
}

/// The answer to a status order.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StatusReply {
    /// The status.
    Status(Status),
    /// An error. libconfd crashes on it.
    Refused(Refusal),
    /// Any other term.
    Unexpected(RawTerm),
}

impl Status {
    /// A status, for a daemon to send.
    pub fn new(state: HaState, nodes: Vec<Node>) -> Self {
        Self { state, nodes }
    }

    fn write(&self, writer: &mut TermWriter<'_>) {
        writer.tuple(2);
        writer.integer(self.state.code().into());
        if !self.nodes.is_empty() {
            writer.list(self.nodes.len());
        }
        for node in &self.nodes {
            node.write(writer);
        }
        writer.nil();
    }

    fn read(reader: &mut TermReader<'_>) -> Result<Self, DecodeError> {
        reader.rename("status");
        let more = reader.tuple_of("status", 2)?;
        let state: i32 = reader.integer("state", "an integer of 32 bits")?;
        let nodes = read_nodes(reader)?;
        reader.skip_elements("status", more, 1)?;
        Ok(Self { state: state.into(), nodes })
    }
}

impl StatusReply {
    /// Reads the content of a frame.
    ///
    /// Bytes after the term are not looked at, as libconfd does not.
    ///
    /// # Errors
    ///
    /// If it is not a term, or a malformed status.
    pub fn decode(frame: &Bytes, version: VersionByte) -> Result<Self, DecodeError> {
        let mut reader = TermReader::new("status reply", frame, version)?;
        let mut ahead = reader.clone();
        if let Head::Tuple(2..) = ahead.head("status reply")? {
            if let Head::Integer(_) = ahead.head("state")? {
                return Status::read(&mut reader).map(Self::Status);
            }
        }
        match Refusal::read(&mut reader)? {
            Some(refusal) => Ok(Self::Refused(refusal)),
            None => RawTerm::read(&mut reader, "status reply", 0).map(Self::Unexpected),
        }
    }

    /// Appends the reply as a frame to `out`, as a daemon sends it.
    pub fn encode(&self, out: &mut BytesMut) {
        write_frame(out, |out| {
            let mut writer = TermWriter::new(out, Dialect::Erlang);
            writer.version();
            match self {
                Self::Status(status) => status.write(&mut writer),
                Self::Refused(refusal) => refusal.write(&mut writer),
                Self::Unexpected(term) => writer.raw(term),
            }
        });
    }
}

fn read_nodes(reader: &mut TermReader<'_>) -> Result<Vec<Node>, DecodeError> {
    let offset = reader.offset();
    let count = match reader.head("nodes")? {
        Head::Nil => return Ok(Vec::new()),
        Head::List(count) => count,
        _ => return Err(reader.form("nodes", offset, "a list of nodes")),
    };
    // Room for as many nodes as the bytes can hold, if each is as short as nodes are.
    let likely = reader.left() / TYPICAL_NODE;
    let mut nodes = Vec::with_capacity(likely.min(usize::try_from(count).unwrap_or(likely)));
    for _ in 0..count {
        if !push_typical(&mut nodes, reader) {
            nodes.push(Node::read(reader, 2)?);
        }
    }
    reader.nil("end of nodes")?;
    Ok(nodes)
}

/// Bytes of a node with a name of two letters and an IPv4 address.
const TYPICAL_NODE: usize = 19;

/// Reads a node as most are, a pair of a string and an IPv4 address, if the next one is that; the
/// reader stays where it is otherwise.
///
/// The node is built in one expression, of plain numbers and the slice: each further move of a
/// `Bytes` takes longer than reading it.
#[inline(always)]
fn push_typical(nodes: &mut Vec<Node>, reader: &mut TermReader<'_>) -> bool {
    let mut ahead = reader.clone();
    let Some(id) = ahead.take_pair_of_binary() else { return false };
    let Some(octets) = ahead.take_octets() else { return false };
    *reader = ahead;
    nodes.push(Node { id: NodeId::Buf(reader.slice(id)), address: Address::V4(octets.into()) });
    true
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn encoded(reply: &StatusReply) -> BytesMut {
        let mut out = BytesMut::new();
        reply.encode(&mut out);
        out.split_off(4)
    }

    fn decode(frame: &[u8]) -> Result<StatusReply, DecodeError> {
        StatusReply::decode(&Bytes::copy_from_slice(frame), VersionByte::Optional)
    }

    fn status(state: HaState, count: u32) -> StatusReply {
        let node = |i: u32| Node::new(format!("node{i}"), Ipv4Addr::from(0x0a00_0000 + i));
        StatusReply::Status(Status::new(state, (0..count).map(node).collect()))
    }

    #[test]
    fn any_number_of_nodes() {
        for count in [0, 1, 2, 255, 256, 300, 5000] {
            let reply = status(HaState::Primary, count);
            assert_eq!(decode(&encoded(&reply)), Ok(reply), "{count}");
        }
        assert_eq!(encoded(&status(HaState::None, 0)), &b"\x83h\x02a\x01j"[..]);
    }

    #[test]
    fn unknown_states_survive() {
        let reply = status(HaState::Unknown(9), 1);
        assert_eq!(decode(&encoded(&reply)), Ok(reply));
        assert_eq!(HaState::Unknown(9).to_string(), "state 9");
    }

    #[test]
    fn errors_and_other_terms_are_no_status() {
        let refused = StatusReply::Refused(Refusal::new(17));
        assert_eq!(decode(&encoded(&refused)), Ok(refused));
        assert!(matches!(decode(b"\x83d\0\x02ok"), Ok(StatusReply::Unexpected(_))));
        assert!(matches!(decode(b"\x83h\x01a\x01"), Ok(StatusReply::Unexpected(_))));
    }

    #[test]
    fn every_prefix_is_refused() {
        let bytes = encoded(&status(HaState::Primary, 3));
        for len in 0..bytes.len() {
            assert!(decode(&bytes[..len]).is_err(), "prefix of {len}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (frame, message) in [
            (&b"\x83h\x02a\x02a\x05"[..], "status: nodes at offset 5: expected a list of nodes"),
            (b"\x83h\x02a\x02l\0\0\0\x01a\x05j", "status: node at offset 10: expected a tuple"),
            (
                b"\x83h\x02a\x02l\0\0\0\x01h\x02m\0\0\0\x01mh\x03a\x01a\x01a\x01j",
                "status: address at offset 18: found 3, expected a tuple of 4 or 8 elements",
            ),
            (
                b"\x83h\x02a\x02l\xff\xff\xff\xff",
                "status: node at offset 10: 1 bytes needed, 0 left",
            ),
        ] {
            assert_eq!(decode(frame).unwrap_err().to_string(), message);
        }
    }
}
