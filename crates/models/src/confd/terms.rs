//! Terms: the tree, the raw bytes, and passing over them.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};

use crate::{Memory, Target, expect};
use quorate_codec::confd_ha::term::{Dialect, RawTerm, Term, TermReader};

/// One term, with or without its version byte.
pub const TERMS: Target = Target {
    name: "confd_terms",
    check,
    decode: |bytes| {
        let bytes = Bytes::copy_from_slice(bytes);
        drop(black_box(Term::decode(&bytes)));
        drop(black_box(RawTerm::from_bytes(bytes)));
    },
    memory: Memory { per_byte: 96, beside: 512 },
};

/// What a term starts with, unless it is bare.
const VERSION: u8 = 131;

fn check(frame: &[u8]) {
    let frame = &Bytes::copy_from_slice(frame);
    let bare = &frame.slice(usize::from(frame.first() == Some(&VERSION))..);
    let (mut tree, mut flat) = (TermReader::bare("term", bare), TermReader::bare("term", bare));
    let term = Term::read(&mut tree, "term", 0);
    let raw = RawTerm::read(&mut flat, "term", 0);
    let (term, raw) = match (term, raw) {
        (Ok(term), Ok(raw)) => (term, raw),
        (Err(error), Err(same)) => {
            assert_eq!(error, same, "a tree and raw bytes are refused for different reasons");
            return expect::names_a_place(&error, bare);
        }
        (term, raw) => panic_apart(&term, &raw),
    };
    assert_eq!(tree.offset(), flat.offset());
    assert_eq!(raw.as_bytes().len(), flat.offset());
    assert_eq!(RawTerm::from_bytes(raw.as_bytes().clone()).as_ref(), Ok(&raw));
    assert_eq!(raw.term(), term);
    assert_eq!(Term::decode(frame).as_ref(), Ok(&term));
    let shown = term.to_string();
    assert_eq!(raw.to_string(), shown);
    for dialect in [Dialect::Libconfd, Dialect::Erlang] {
        let mut again = BytesMut::new();
        term.encode(dialect, &mut again);
        let again = again.freeze();
        assert_eq!(Term::decode(&again).as_ref(), Ok(&term));
        let raw = term.to_raw(dialect).expect("a term that was read can be written");
        assert_eq!(raw.term(), term);
        assert_eq!(Some(&raw.as_bytes()[..]), again.strip_prefix(&[VERSION]));
        assert_eq!(raw.to_string(), shown);
    }
}

fn panic_apart(term: &dyn std::fmt::Debug, raw: &dyn std::fmt::Debug) -> ! {
    unreachable!("as a tree {term:?}, as raw bytes {raw:?}")
}
