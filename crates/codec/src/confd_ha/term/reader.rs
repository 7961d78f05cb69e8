use std::borrow::Cow;

use super::super::short_bytes::ShortBytes;
use super::{number, tag};
use crate::limits::{MAX_ATOM_CHARS, MAX_TERM_DEPTH};
use crate::{DecodeError, Problem, Reader};

/// Takes one term apart, from its first byte to its last.
///
/// A tuple or a list is read as its [`Head`], then its elements, one after the other, then (a list
/// only) its tail. Nothing is allocated by what a head announces.
#[derive(Clone, Debug)]
pub struct TermReader<'a> {
    reader: Reader<'a>,
}

/// Whether the byte 131 has to come before a term.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum VersionByte {
    /// It has to.
    Required,
    /// It may be missing, as libconfd allows on an HA socket.
    Optional,
}

/// The start of a term: all of it, or what its elements are preceded by.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Head<'a> {
    /// An integer.
    Integer(i128),
    /// A float, always finite.
    Float(f64),
    /// An atom.
    Atom(Cow<'a, str>),
    /// A binary.
    Binary(&'a [u8]),
    /// A tuple of as many elements, which follow.
    Tuple(u32),
    /// The empty list.
    Nil,
    /// A list of integers from 0 to 255.
    Bytes(&'a [u8]),
    /// A list of as many elements, which follow, and then the tail: nil, unless it is improper.
    List(u32),
}

impl<'a> TermReader<'a> {
    /// Starts reading `frame` as the message called `message` in errors.
    ///
    /// # Errors
    ///
    /// If the version byte is missing and required.
    pub fn new(
        message: &'static str,
        frame: &'a [u8],
        version: VersionByte,
    ) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(message, frame);
        if frame.first() == Some(&tag::VERSION) {
            reader.u8("version")?;
        } else if version == VersionByte::Required {
            let problem = match frame.first() {
                None => Problem::Truncated { needed: 1, left: 0 },
                Some(&found) => {
                    Problem::Number { found: found.into(), expected: "131, the version byte" }
                }
            };
            return Err(reader.error("version", problem));
        }
        Ok(Self { reader })
    }

    /// Starts reading a term without a version byte.
    pub fn bare(message: &'static str, term: &'a [u8]) -> Self {
        Self { reader: Reader::new(message, term) }
    }

    /// How many bytes were read so far.
    pub fn offset(&self) -> usize {
        self.reader.offset()
    }

    /// How many bytes are left: no term has more elements than that.
    pub fn left(&self) -> usize {
        self.reader.rest().len()
    }

    /// Calls the message by another name in errors from here on.
    pub fn rename(&mut self, message: &'static str) {
        self.reader.rename(message);
    }

    /// Reads the start of the next term.
    ///
    /// # Errors
    ///
    /// If the bytes end, or are no term this protocol has.
    pub fn head(&mut self, field: &'static str) -> Result<Head<'a>, DecodeError> {
        let offset = self.offset();
        let reader = &mut self.reader;
        Ok(match reader.u8(field)? {
            tag::SMALL_INTEGER => Head::Integer(reader.u8(field)?.into()),
            tag::INTEGER => Head::Integer(i32::from_be_bytes(reader.array(field)?).into()),
            tag::SMALL_BIG => {
                let digits = reader.u8(field)?.into();
                Head::Integer(number::big(reader, field, digits)?)
            }
            tag::LARGE_BIG => {
                let digits = length(reader.u32_be(field)?);
                Head::Integer(number::big(reader, field, digits)?)
            }
            tag::FLOAT => Head::Float(number::float_text(reader, field)?),
            tag::NEW_FLOAT => {
                let number = f64::from_bits(reader.u64_be(field)?);
                if !number.is_finite() {
                    return Err(self.form(field, offset, "a finite float"));
                }
                Head::Float(number)
            }
            tag::ATOM => {
                let len = reader.u16_be(field)?.into();
                self.atom_latin1(field, len)?
            }
            tag::SMALL_ATOM => {
                let len = reader.u8(field)?.into();
                self.atom_latin1(field, len)?
            }
            tag::ATOM_UTF8 => {
                let len = reader.u16_be(field)?.into();
                self.atom_utf8(field, len)?
            }
            tag::SMALL_ATOM_UTF8 => {
                let len = reader.u8(field)?.into();
                self.atom_utf8(field, len)?
            }
            tag::BINARY => {
                let len = length(reader.u32_be(field)?);
                Head::Binary(reader.bytes(field, len)?)
            }
            tag::SMALL_TUPLE => Head::Tuple(reader.u8(field)?.into()),
            tag::LARGE_TUPLE => Head::Tuple(reader.u32_be(field)?),
            tag::NIL => Head::Nil,
            tag::STRING => {
                let len = reader.u16_be(field)?.into();
                Head::Bytes(reader.bytes(field, len)?)
            }
            tag::LIST => Head::List(reader.u32_be(field)?),
            other => {
                let problem = match tag::refused(other) {
                    Some(expected) => Problem::Form { expected },
                    None => Problem::Number { found: other.into(), expected: "the tag of a term" },
                };
                return Err(reader.error_at(field, offset, problem));
            }
        })
    }

    /// The start of the next term; the reader stays where it is.
    ///
    /// # Errors
    ///
    /// As [`head`](Self::head).
    pub fn peek(&self, field: &'static str) -> Result<Head<'a>, DecodeError> {
        self.clone().head(field)
    }

    /// Reads the start of a tuple: how many elements follow.
    ///
    /// # Errors
    ///
    /// If the next term is no tuple.
    #[inline]
    pub fn tuple(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        if let [tag::SMALL_TUPLE, arity, ..] = *self.reader.rest() {
            self.reader.array::<2>(field)?;
            return Ok(arity.into());
        }
        let offset = self.offset();
        match self.head(field)? {
            Head::Tuple(arity) => Ok(arity),
            _ => Err(self.form(field, offset, "a tuple")),
        }
    }

    /// Reads the start of a tuple of at least `least` elements: how many more there are.
    ///
    /// # Errors
    ///
    /// If the next term is no such tuple.
    #[inline]
    pub fn tuple_of(&mut self, field: &'static str, least: u32) -> Result<u32, DecodeError> {
        let offset = self.offset();
        let arity = self.tuple(field)?;
        match arity.checked_sub(least) {
            Some(more) => Ok(more),
            None => Err(self.number(field, offset, arity.into(), "a tuple with more elements")),
        }
    }

    /// Reads an integer, if it is one that fits.
    ///
    /// # Errors
    ///
    /// If the next term is no integer, or one that does not fit; `expected` says which do.
    #[inline]
    pub fn integer<T: TryFrom<i128>>(
        &mut self,
        field: &'static str,
        expected: &'static str,
    ) -> Result<T, DecodeError> {
        let offset = self.offset();
        let Head::Integer(found) = self.head(field)? else {
            return Err(self.form(field, offset, expected));
        };
        T::try_from(found)
            .map_err(|_| self.reader.error_at(field, offset, Problem::Number { found, expected }))
    }

    /// Reads an integer from 0 to 255, whichever tag it comes with.
    ///
    /// # Errors
    ///
    /// If the next term is anything else.
    #[inline]
    pub fn octet(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        if let [tag::SMALL_INTEGER, value, ..] = *self.reader.rest() {
            self.reader.array::<2>(field)?;
            return Ok(value);
        }
        self.integer(field, "an integer from 0 to 255")
    }

    /// Reads a binary, if the next term is one that is all there; the reader stays where it is
    /// otherwise.
    ///
    /// This, [`take_octets`](Self::take_octets) and [`take_segments`](Self::take_segments) are why
    /// reading a node is cheap: nearly every node is a binary and an address. Always inlined, since
    /// a value that moves through a result costs more than reading it.
    #[inline(always)]
    pub(in super::super) fn take_binary(&mut self) -> Option<ShortBytes> {
        let (&[tag::BINARY, a, b, c, d], rest) = self.reader.rest().split_first_chunk()? else {
            return None;
        };
        let len = length(u32::from_be_bytes([a, b, c, d]));
        let bytes = ShortBytes::first_of(rest, len)?;
        self.reader.bytes("binary", 5 + len).ok()?;
        Some(bytes)
    }

    /// Reads a tuple of four integers from 0 to 255, if the next term is one that is all there and
    /// written as short as it can be; the reader stays where it is otherwise.
    #[inline(always)]
    pub(in super::super) fn take_octets(&mut self) -> Option<[u8; 4]> {
        const TUPLE: u8 = tag::SMALL_TUPLE;
        const INT: u8 = tag::SMALL_INTEGER;
        let &[TUPLE, 4, INT, a, INT, b, INT, c, INT, d] = self.reader.rest().first_chunk()? else {
            return None;
        };
        self.reader.array::<10>("octets").ok()?;
        Some([a, b, c, d])
    }

    /// Reads a tuple of eight integers from 0 to 65535, likewise.
    #[inline(always)]
    pub(in super::super) fn take_segments(&mut self) -> Option<[u16; 8]> {
        let before = self.reader.rest();
        let mut rest = before.strip_prefix(&[tag::SMALL_TUPLE, 8])?;
        let mut segments = [0; 8];
        for segment in &mut segments {
            (*segment, rest) = match rest {
                [tag::SMALL_INTEGER, low, rest @ ..] => (u16::from(*low), rest),
                [tag::INTEGER, 0, 0, high, low, rest @ ..] => {
                    (u16::from_be_bytes([*high, *low]), rest)
                }
                _ => return None,
            };
        }
        self.reader.bytes("segments", before.len() - rest.len()).ok()?;
        Some(segments)
    }

    /// Reads a binary.
    ///
    /// # Errors
    ///
    /// If the next term is anything else.
    pub fn binary(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let offset = self.offset();
        match self.head(field)? {
            Head::Binary(bytes) => Ok(bytes),
            _ => Err(self.form(field, offset, "a binary")),
        }
    }

    /// Reads an atom.
    ///
    /// # Errors
    ///
    /// If the next term is anything else.
    pub fn atom(&mut self, field: &'static str) -> Result<Cow<'a, str>, DecodeError> {
        let offset = self.offset();
        match self.head(field)? {
            Head::Atom(name) => Ok(name),
            _ => Err(self.form(field, offset, "an atom")),
        }
    }

    /// Reads the end of a list.
    ///
    /// # Errors
    ///
    /// If the list is improper.
    #[inline]
    pub fn nil(&mut self, field: &'static str) -> Result<(), DecodeError> {
        let offset = self.offset();
        match self.head(field)? {
            Head::Nil => Ok(()),
            _ => Err(self.form(field, offset, "the end of a proper list")),
        }
    }

    /// Passes over the next term, which `depth` tuples and lists enclose, and returns its bytes.
    ///
    /// # Errors
    ///
    /// If it is no term this protocol has, or nested too deep.
    pub fn skip(&mut self, field: &'static str, depth: usize) -> Result<&'a [u8], DecodeError> {
        let start = self.reader.rest();
        self.skip_nested(field, depth)?;
        let len = start.len() - self.left();
        Ok(start.get(..len).unwrap_or_default())
    }

    /// Passes over what is left of a tuple: `count` elements.
    ///
    /// # Errors
    ///
    /// As [`skip`](Self::skip).
    pub fn skip_elements(
        &mut self,
        field: &'static str,
        count: u32,
        depth: usize,
    ) -> Result<(), DecodeError> {
        for _ in 0..count {
            self.skip_nested(field, depth)?;
        }
        Ok(())
    }

    fn skip_nested(&mut self, field: &'static str, depth: usize) -> Result<(), DecodeError> {
        let offset = self.offset();
        let elements = match self.head(field)? {
            Head::Tuple(arity) => u64::from(arity),
            // The tail comes after the elements.
            Head::List(count) => u64::from(count) + 1,
            _ => return Ok(()),
        };
        self.check_depth(field, offset, depth)?;
        for _ in 0..elements {
            self.skip_nested(field, depth + 1)?;
        }
        Ok(())
    }

    /// Checks that a tuple or a list may stand inside `depth` others.
    pub(in super::super) fn check_depth(
        &self,
        field: &'static str,
        offset: usize,
        depth: usize,
    ) -> Result<(), DecodeError> {
        if depth < MAX_TERM_DEPTH {
            return Ok(());
        }
        Err(self.form(field, offset, "at most 16 levels of nesting"))
    }

    /// An error about a field that starts at `offset`.
    #[cold]
    pub(in super::super) fn form(
        &self,
        field: &'static str,
        offset: usize,
        expected: &'static str,
    ) -> DecodeError {
        self.reader.error_at(field, offset, Problem::Form { expected })
    }

    /// An error about a number that starts at `offset`.
    #[cold]
    pub(in super::super) fn number(
        &self,
        field: &'static str,
        offset: usize,
        found: i128,
        expected: &'static str,
    ) -> DecodeError {
        self.reader.error_at(field, offset, Problem::Number { found, expected })
    }

    fn atom_latin1(&mut self, field: &'static str, len: usize) -> Result<Head<'a>, DecodeError> {
        let offset = self.offset();
        let bytes = self.reader.bytes(field, len)?;
        if len > MAX_ATOM_CHARS {
            return Err(self.form(field, offset, "an atom of at most 255 characters"));
        }
        let name = match std::str::from_utf8(bytes) {
            Ok(name) if name.is_ascii() => Cow::Borrowed(name),
            _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
        };
        Ok(Head::Atom(name))
    }

    fn atom_utf8(&mut self, field: &'static str, len: usize) -> Result<Head<'a>, DecodeError> {
        let offset = self.offset();
        let bytes = self.reader.bytes(field, len)?;
        match std::str::from_utf8(bytes) {
            Ok(name) if name.chars().count() <= MAX_ATOM_CHARS => Ok(Head::Atom(name.into())),
            Ok(_) => Err(self.form(field, offset, "an atom of at most 255 characters")),
            Err(_) => Err(self.form(field, offset, "an atom in UTF-8")),
        }
    }
}

/// A length of the wire as one of memory. Where that cannot hold it, neither can the frame.
fn length(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}
