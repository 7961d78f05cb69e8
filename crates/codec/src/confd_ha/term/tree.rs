use std::fmt;

use bytes::{Bytes, BytesMut};

use super::{Dialect, Head, RawTerm, TermReader, TermWriter, VersionByte};
use crate::DecodeError;

/// A term as a tree, to look into what this library has no type for.
///
/// `Display` writes it in Erlang's own notation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Term {
    /// An integer.
    Integer(i128),
    /// A float; finite, if it was read.
    Float(f64),
    /// An atom.
    Atom(String),
    /// A binary.
    Binary(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A proper list.
    List(Vec<Self>),
    /// A list that ends in something else than nil.
    ImproperList(Vec<Self>, Box<Self>),
}

impl Term {
    /// Reads a frame that holds one term.
    ///
    /// # Errors
    ///
    /// If it does not start with a term this protocol has. Bytes after it are not looked at.
    pub fn decode(frame: &Bytes) -> Result<Self, DecodeError> {
        let mut reader = TermReader::new("term", frame, VersionByte::Optional)?;
        Self::read(&mut reader, "term", 0)
    }

    /// Appends the term, with its version byte, to `out`.
    ///
    /// An integer beyond 64 bits is written with as many bytes as it takes, in both dialects.
    pub fn encode(&self, dialect: Dialect, out: &mut BytesMut) {
        let mut writer = TermWriter::new(out, dialect);
        writer.version();
        writer.term(self);
    }

    /// The term as bytes.
    ///
    /// # Errors
    ///
    /// If it is nested too deep, holds an atom that is too long, or a float that is not finite.
    pub fn to_raw(&self, dialect: Dialect) -> Result<RawTerm, DecodeError> {
        let mut bytes = BytesMut::new();
        TermWriter::new(&mut bytes, dialect).term(self);
        RawTerm::from_bytes(bytes.freeze())
    }

    /// Reads the next term of `reader`, as the element `field` of a message, `depth` tuples and lists
    /// deep. [`RawTerm::read`] is cheaper where the term is only kept.
    ///
    /// # Errors
    ///
    /// If it is not a term this protocol has, or is nested too deep.
    pub fn read(
        reader: &mut TermReader<'_>,
        field: &'static str,
        depth: usize,
    ) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        Ok(match reader.head(field)? {
            Head::Integer(value) => Self::Integer(value),
            Head::Float(value) => Self::Float(value),
            Head::Atom(name) => Self::Atom(name.into_owned()),
            Head::Binary(bytes) => Self::Binary(bytes.to_vec()),
            Head::Nil => Self::List(Vec::new()),
            Head::Bytes(bytes) => {
                Self::List(bytes.iter().map(|&byte| Self::Integer(byte.into())).collect())
            }
            Head::Tuple(arity) => {
                reader.check_depth(field, offset, depth)?;
                Self::Tuple(Self::read_elements(reader, field, arity, depth + 1)?)
            }
            Head::List(count) => {
                reader.check_depth(field, offset, depth)?;
                let mut elements = Self::read_elements(reader, field, count, depth + 1)?;
                match Self::read(reader, field, depth + 1)? {
                    Self::List(tail) => {
                        elements.extend(tail);
                        Self::List(elements)
                    }
                    tail => Self::ImproperList(elements, Box::new(tail)),
                }
            }
        })
    }

    fn read_elements(
        reader: &mut TermReader<'_>,
        field: &'static str,
        count: u32,
        depth: usize,
    ) -> Result<Vec<Self>, DecodeError> {
        (0..count).map(|_| Self::read(reader, field, depth)).collect()
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Atom(name) if is_plain(name) => f.write_str(name),
            Self::Atom(name) => write!(f, "'{}'", name.escape_debug()),
            Self::Binary(bytes) => fmt_binary(bytes, f),
            Self::Tuple(elements) => {
                f.write_str("{")?;
                fmt_elements(elements, f)?;
                f.write_str("}")
            }
            Self::List(elements) => {
                f.write_str("[")?;
                fmt_elements(elements, f)?;
                f.write_str("]")
            }
            Self::ImproperList(elements, tail) => {
                f.write_str("[")?;
                fmt_elements(elements, f)?;
                write!(f, "|{tail}]")
            }
        }
    }
}

/// Whether an atom needs no quotes.
fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '@')
}

fn fmt_binary(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if !text.contains(char::is_control) {
            return write!(f, "<<\"{}\">>", text.escape_debug());
        }
    }
    f.write_str("<<")?;
    for (index, byte) in bytes.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        write!(f, "{comma}{byte}")?;
    }
    f.write_str(">>")
}

fn fmt_elements(elements: &[Term], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, element) in elements.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        write!(f, "{comma}{element}")?;
    }
    Ok(())
}
