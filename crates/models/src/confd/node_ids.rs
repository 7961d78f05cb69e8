//! Node ids, and nodes with their addresses.

use std::fmt::{Debug, Display};
use std::hint::black_box;

use bytes::{Bytes, BytesMut};

use crate::{Memory, Target, expect};
use quorate_codec::DecodeError;
use quorate_codec::confd_ha::NodeId;
use quorate_codec::confd_ha::term::{Dialect, RawTerm, TermReader, TermWriter};
use quorate_codec::confd_ha::{Address, Node};

/// A node id, an address, or both as a node, without the version byte.
pub const NODE_IDS: Target = Target {
    name: "confd_node_ids",
    check,
    decode: |bytes| {
        let bytes = &Bytes::copy_from_slice(bytes);
        drop(black_box(NodeId::read(&mut TermReader::bare("id", bytes), 0)));
        drop(black_box(Address::read(&mut TermReader::bare("address", bytes), 0)));
        drop(black_box(Node::read(&mut TermReader::bare("node", bytes), 0)));
    },
    memory: Memory { per_byte: 128, beside: 512 },
};

fn check(bytes: &[u8]) {
    let bytes = &Bytes::copy_from_slice(bytes);
    if let Some(id) = check_part(bytes, NodeId::read, NodeId::write) {
        shown(&id);
    }
    if let Some(address) = check_part(bytes, Address::read, Address::write) {
        shown(&address);
    }
    check_part(bytes, Node::read, Node::write);
}

/// What is read is one term, and is the same when it is written and read again.
fn check_part<T: Debug + PartialEq>(
    bytes: &Bytes,
    read: impl Fn(&mut TermReader<'_>, usize) -> Result<T, DecodeError>,
    write: impl Fn(&T, &mut TermWriter<'_>),
) -> Option<T> {
    let mut reader = TermReader::bare("part", bytes);
    let value = match read(&mut reader, 0) {
        Ok(value) => value,
        Err(error) => {
            expect::names_a_place(&error, bytes);
            return None;
        }
    };
    let mut whole = TermReader::bare("part", bytes);
    let term = whole.skip("part", 0).expect("what is read is a term");
    assert_eq!(term.len(), reader.offset(), "{value:?} is not all of its term");
    for dialect in [Dialect::Libconfd, Dialect::Erlang] {
        let mut again = BytesMut::new();
        write(&value, &mut TermWriter::new(&mut again, dialect));
        let again = again.freeze();
        RawTerm::from_bytes(again.clone()).expect("what is written is one term");
        let mut reader = TermReader::bare("part", &again);
        assert_eq!(read(&mut reader, 0).as_ref(), Ok(&value));
        assert_eq!(reader.left(), 0);
    }
    Some(value)
}

fn shown(value: &(impl Debug + Display)) {
    assert!(!format!("{value:?}").is_empty());
    black_box(value.to_string());
}
