use std::fmt;

use bytes::Bytes;

use super::{Term, TermReader};
use crate::DecodeError;

/// A term as its bytes, without the version byte: whatever it is, it survives a round trip.
///
/// Its bytes were checked to be one term; [`term`](Self::term) takes it apart, and `Display` writes
/// it in Erlang's own notation.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct RawTerm(Bytes);

impl RawTerm {
    /// Takes the bytes of one term, without a version byte.
    ///
    /// # Errors
    ///
    /// If they are not exactly one term, or one this protocol does not have.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, DecodeError> {
        let mut reader = TermReader::bare("term", &bytes);
        let raw = Self::read(&mut reader, "term", 0)?;
        if reader.left() > 0 {
            return Err(reader.form("end of term", reader.offset(), "no more bytes"));
        }
        Ok(raw)
    }

    /// Its bytes, which share the memory of the frame they came in.
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// The term as a tree.
    ///
    /// # Panics
    ///
    /// Never: the bytes were read as a term when this was made.
    pub fn term(&self) -> Term {
        Term::read(&mut TermReader::bare("term", &self.0), "term", 0)
            .expect("the bytes were read as a term when this was made")
    }

    /// Reads the next term of `reader`, as the element `field` of a message, `depth` tuples and lists
    /// deep. [`Term::read`] takes it apart.
    ///
    /// # Errors
    ///
    /// If it is not a term this protocol has, or is nested too deep.
    pub fn read(
        reader: &mut TermReader<'_>,
        field: &'static str,
        depth: usize,
    ) -> Result<Self, DecodeError> {
        reader.skip(field, depth).map(Self)
    }
}

impl fmt::Debug for RawTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawTerm({self})")
    }
}

impl fmt::Display for RawTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.term().fmt(f)
    }
}
