use std::borrow::Cow;

use bytes::{Buf, Bytes};

use super::super::fields::Fields;
use super::{number, tag};
use crate::limits::{MAX_ATOM_CHARS, MAX_TERM_DEPTH};
use crate::{DecodeError, Problem};

/// Takes one term apart, from its first byte to its last.
///
/// A tuple or a list is read as its [`Head`], then its elements, one after the other, then (a list
/// only) its tail. Nothing is allocated by what a head announces; what is kept of the frame shares
/// its memory.
#[derive(Clone, Debug)]
pub struct TermReader<'a> {
    pub(super) frame: &'a Bytes,
    pub(super) fields: Fields<'a>,
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
        frame: &'a Bytes,
        version: VersionByte,
    ) -> Result<Self, DecodeError> {
        let mut reader = Self::bare(message, frame);
        if frame.first() == Some(&tag::VERSION) || version == VersionByte::Required {
            let found = reader.fields.get("version", Buf::try_get_u8)?;
            if found != tag::VERSION {
                return Err(reader.number("version", 0, found.into(), "131, the version byte"));
            }
        }
        Ok(reader)
    }

    /// Starts reading a term without a version byte.
    pub fn bare(message: &'static str, term: &'a Bytes) -> Self {
        Self { frame: term, fields: Fields::new(message, term) }
    }

    /// How many bytes were read so far.
    pub fn offset(&self) -> usize {
        self.fields.offset()
    }

    /// How many bytes are left: no term has more elements than that.
    pub fn left(&self) -> usize {
        self.fields.rest().len()
    }

    /// Calls the message by another name in errors from here on.
    pub fn rename(&mut self, message: &'static str) {
        self.fields.rename(message);
    }

    /// Reads the start of the next term.
    ///
    /// # Errors
    ///
    /// If the bytes end, or are not a term of this protocol.
    pub fn head(&mut self, field: &'static str) -> Result<Head<'a>, DecodeError> {
        let offset = self.offset();
        let fields = &mut self.fields;
        Ok(match fields.get(field, Buf::try_get_u8)? {
            tag::SMALL_INTEGER => Head::Integer(fields.get(field, Buf::try_get_u8)?.into()),
            tag::INTEGER => Head::Integer(fields.get(field, Buf::try_get_i32)?.into()),
            tag::SMALL_BIG => {
                let digits = fields.get(field, Buf::try_get_u8)?.into();
                Head::Integer(number::big(fields, field, digits)?)
            }
            tag::LARGE_BIG => {
                let digits = length(fields.get(field, Buf::try_get_u32)?);
                Head::Integer(number::big(fields, field, digits)?)
            }
            tag::FLOAT => Head::Float(number::float_text(fields, field)?),
            tag::NEW_FLOAT => {
                let number = fields.get(field, Buf::try_get_f64)?;
                if !number.is_finite() {
                    return Err(self.form(field, offset, "a finite float"));
                }
                Head::Float(number)
            }
            tag::ATOM => {
                let len = fields.get(field, Buf::try_get_u16)?.into();
                self.atom_latin1(field, len)?
            }
            tag::SMALL_ATOM => {
                let len = fields.get(field, Buf::try_get_u8)?.into();
                self.atom_latin1(field, len)?
            }
            tag::ATOM_UTF8 => {
                let len = fields.get(field, Buf::try_get_u16)?.into();
                self.atom_utf8(field, len)?
            }
            tag::SMALL_ATOM_UTF8 => {
                let len = fields.get(field, Buf::try_get_u8)?.into();
                self.atom_utf8(field, len)?
            }
            tag::BINARY => {
                let len = length(fields.get(field, Buf::try_get_u32)?);
                Head::Binary(fields.bytes(field, len)?)
            }
            tag::SMALL_TUPLE => Head::Tuple(fields.get(field, Buf::try_get_u8)?.into()),
            tag::LARGE_TUPLE => Head::Tuple(fields.get(field, Buf::try_get_u32)?),
            tag::NIL => Head::Nil,
            tag::STRING => {
                let len = fields.get(field, Buf::try_get_u16)?.into();
                Head::Bytes(fields.bytes(field, len)?)
            }
            tag::LIST => Head::List(fields.get(field, Buf::try_get_u32)?),
            other => {
                let problem = match tag::refused(other) {
                    Some(expected) => Problem::Form { expected },
                    None => Problem::Number { found: other.into(), expected: "the tag of a term" },
                };
                return Err(fields.error_at(field, offset, problem));
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
    /// If the next term is not a tuple.
    #[inline]
    pub fn tuple(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        if let &[tag::SMALL_TUPLE, arity, ref rest @ ..] = self.fields.rest() {
            self.fields.set_rest(rest);
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
    /// If the next term is not such a tuple.
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
    /// If the next term is not an integer, or does not fit; `expected` names those that do.
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
            .map_err(|_| self.fields.error_at(field, offset, Problem::Number { found, expected }))
    }

    /// Reads an integer from 0 to 255, whichever tag it comes with.
    ///
    /// # Errors
    ///
    /// If the next term is anything else.
    #[inline]
    pub fn octet(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        if let &[tag::SMALL_INTEGER, value, ref rest @ ..] = self.fields.rest() {
            self.fields.set_rest(rest);
            return Ok(value);
        }
        self.integer(field, "an integer from 0 to 255")
    }

    /// Reads a binary, which shares the frame's memory.
    ///
    /// # Errors
    ///
    /// If the next term is anything else.
    pub fn binary(&mut self, field: &'static str) -> Result<Bytes, DecodeError> {
        let offset = self.offset();
        match self.head(field)? {
            Head::Binary(bytes) => Ok(self.share(bytes)),
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
    /// If it is not a term of this protocol, or nested too deep.
    pub fn skip(&mut self, field: &'static str, depth: usize) -> Result<Bytes, DecodeError> {
        let start = self.offset();
        self.skip_nested(field, depth)?;
        Ok(self.frame.slice(start..self.offset()))
    }

    /// Bytes of the frame, as a slice that shares its memory.
    pub(in super::super) fn share(&self, bytes: &'a [u8]) -> Bytes {
        self.frame.slice_ref(bytes)
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
        self.fields.error_at(field, offset, Problem::Form { expected })
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
        self.fields.error_at(field, offset, Problem::Number { found, expected })
    }

    fn atom_latin1(&mut self, field: &'static str, len: usize) -> Result<Head<'a>, DecodeError> {
        let offset = self.offset();
        let bytes = self.fields.bytes(field, len)?;
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
        let bytes = self.fields.bytes(field, len)?;
        match std::str::from_utf8(bytes) {
            Ok(name) if name.chars().count() <= MAX_ATOM_CHARS => Ok(Head::Atom(name.into())),
            Ok(_) => Err(self.form(field, offset, "an atom of at most 255 characters")),
            Err(_) => Err(self.form(field, offset, "an atom in UTF-8")),
        }
    }
}

/// A length of the wire as one of memory. Where that cannot hold it, neither can the frame.
pub(super) fn length(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}
