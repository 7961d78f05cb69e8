//! The tag bytes of the external term format.

/// Comes before a whole term.
pub(super) const VERSION: u8 = 131;

pub(super) const NEW_FLOAT: u8 = 70;
pub(super) const SMALL_INTEGER: u8 = 97;
pub(super) const INTEGER: u8 = 98;
pub(super) const FLOAT: u8 = 99;
pub(super) const ATOM: u8 = 100;
pub(super) const SMALL_TUPLE: u8 = 104;
pub(super) const LARGE_TUPLE: u8 = 105;
pub(super) const NIL: u8 = 106;
pub(super) const STRING: u8 = 107;
pub(super) const LIST: u8 = 108;
pub(super) const BINARY: u8 = 109;
pub(super) const SMALL_BIG: u8 = 110;
pub(super) const LARGE_BIG: u8 = 111;
pub(super) const SMALL_ATOM: u8 = 115;
pub(super) const ATOM_UTF8: u8 = 118;
pub(super) const SMALL_ATOM_UTF8: u8 = 119;

/// What a tag that exists, but has no place in this protocol, stands for.
pub(super) const fn refused(tag: u8) -> Option<&'static str> {
    match tag {
        68 => Some("a term without an atom cache"),
        77 => Some("a term that is not a bit string"),
        80 => Some("a term that is not compressed"),
        82 => Some("a term that is not an atom cache reference"),
        88 | 103 => Some("a term that is not a pid"),
        89 | 102 | 120 => Some("a term that is not a port"),
        90 | 101 | 114 => Some("a term that is not a reference"),
        112 | 113 | 117 => Some("a term that is not a fun"),
        116 => Some("a term that is not a map"),
        121 => Some("a term that is not in a local format"),
        _ => None,
    }
}
