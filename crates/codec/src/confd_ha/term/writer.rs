use bytes::{BufMut, BytesMut};

use super::{RawTerm, Term, number, tag};

/// Whose habits a written term follows. Every reader accepts both.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Dialect {
    /// libconfd: atoms in UTF-8, floats as text, 64-bit numbers padded to eight digits.
    #[default]
    Libconfd,
    /// Erlang up to OTP 25, which ConfD and econfd run on: atoms in latin-1 where they can be,
    /// floats as eight bytes, as few digits as a number needs.
    Erlang,
}

/// Appends one term to a buffer, piece by piece.
///
/// A tuple or a list is its start, then its elements; a list then ends with [`nil`](Self::nil).
#[derive(Debug)]
pub struct TermWriter<'a> {
    out: &'a mut BytesMut,
    dialect: Dialect,
}

impl<'a> TermWriter<'a> {
    /// Starts a term at the end of `out`.
    pub fn new(out: &'a mut BytesMut, dialect: Dialect) -> Self {
        Self { out, dialect }
    }

    /// The byte that comes before a whole term.
    pub fn version(&mut self) {
        self.out.put_u8(tag::VERSION);
    }

    /// The start of a tuple.
    pub fn tuple(&mut self, arity: usize) {
        match u8::try_from(arity) {
            Ok(arity) => self.out.put_slice(&[tag::SMALL_TUPLE, arity]),
            Err(_) => self.tagged_length(tag::LARGE_TUPLE, arity),
        }
    }

    /// The start of a list with elements. An empty list is [`nil`](Self::nil).
    pub fn list(&mut self, count: usize) {
        self.tagged_length(tag::LIST, count);
    }

    /// The empty list, or the end of one.
    pub fn nil(&mut self) {
        self.out.put_u8(tag::NIL);
    }

    /// A list of integers from 0 to 255.
    pub fn byte_list(&mut self, bytes: &[u8]) {
        match u16::try_from(bytes.len()) {
            Ok(0) => self.nil(),
            Ok(len) => {
                self.out.put_u8(tag::STRING);
                self.out.put_u16(len);
                self.out.put_slice(bytes);
            }
            Err(_) => {
                self.list(bytes.len());
                for &byte in bytes {
                    self.integer(byte.into());
                }
                self.nil();
            }
        }
    }

    /// A binary.
    pub fn binary(&mut self, bytes: &[u8]) {
        self.tagged_length(tag::BINARY, bytes.len());
        self.out.put_slice(bytes);
    }

    /// An atom. One of more than 65 535 bytes, which no reader accepts, is written cut.
    pub fn atom(&mut self, name: &str) {
        if self.dialect == Dialect::Erlang {
            let latin1: Option<Vec<u8>> = name.chars().map(|c| u8::try_from(c).ok()).collect();
            if let Some(latin1) = latin1 {
                return self.atom_bytes(tag::ATOM, &latin1);
            }
        }
        match u8::try_from(name.len()) {
            // libconfd takes the two-byte length from 128 bytes on.
            Ok(len) if len < 128 || self.dialect == Dialect::Erlang => {
                self.out.put_slice(&[tag::SMALL_ATOM_UTF8, len]);
                self.out.put_slice(name.as_bytes());
            }
            _ => self.atom_bytes(tag::ATOM_UTF8, name.as_bytes()),
        }
    }

    /// A signed integer.
    pub fn integer(&mut self, value: i64) {
        match i32::try_from(value) {
            Ok(small) => self.integer32(small),
            Err(_) => self.big(value < 0, value.unsigned_abs().into(), 8),
        }
    }

    /// An unsigned integer of 32 bits.
    pub fn unsigned32(&mut self, value: u32) {
        match i32::try_from(value) {
            Ok(small) => self.integer32(small),
            Err(_) => self.big(false, value.into(), 4),
        }
    }

    /// An unsigned integer of 64 bits.
    pub fn unsigned64(&mut self, value: u64) {
        match i32::try_from(value) {
            Ok(small) => self.integer32(small),
            Err(_) => self.big(false, value.into(), 8),
        }
    }

    /// An integer of an event subscription, for which libconfd has an encoder of its own: beyond
    /// 28 bits it takes as few digits as the number needs.
    pub fn subscription_integer(&mut self, value: i64) {
        const BITS_28: std::ops::Range<i64> = -(1 << 27)..1 << 27;
        if self.dialect == Dialect::Libconfd && !BITS_28.contains(&value) {
            self.big_minimal(value < 0, value.unsigned_abs().into());
        } else {
            self.integer(value);
        }
    }

    /// A float. One that is not finite, which no reader accepts, is not refused here.
    pub fn float(&mut self, value: f64) {
        match self.dialect {
            Dialect::Libconfd => {
                self.out.put_u8(tag::FLOAT);
                self.out.put_slice(&number::to_float_text(value));
            }
            Dialect::Erlang => {
                self.out.put_u8(tag::NEW_FLOAT);
                self.out.put_f64(value);
            }
        }
    }

    /// A term as it came.
    pub fn raw(&mut self, term: &RawTerm) {
        self.out.put_slice(term.as_bytes());
    }

    /// A whole tree.
    pub fn term(&mut self, term: &Term) {
        match term {
            Term::Integer(value) => match i64::try_from(*value) {
                Ok(value) => self.integer(value),
                Err(_) => self.big_minimal(*value < 0, value.unsigned_abs()),
            },
            Term::Float(value) => self.float(*value),
            Term::Atom(name) => self.atom(name),
            Term::Binary(bytes) => self.binary(bytes),
            Term::Tuple(elements) => {
                self.tuple(elements.len());
                self.terms(elements);
            }
            Term::List(elements) => self.proper_list(elements),
            Term::ImproperList(elements, tail) => {
                self.list(elements.len());
                self.terms(elements);
                self.term(tail);
            }
        }
    }

    fn proper_list(&mut self, elements: &[Term]) {
        let bytes: Option<Vec<u8>> = elements
            .iter()
            .map(|element| match element {
                Term::Integer(value) => u8::try_from(*value).ok(),
                _ => None,
            })
            .collect();
        if let Some(bytes) = bytes {
            return self.byte_list(&bytes);
        }
        self.list(elements.len());
        self.terms(elements);
        self.nil();
    }

    fn terms(&mut self, terms: &[Term]) {
        for term in terms {
            self.term(term);
        }
    }

    fn integer32(&mut self, value: i32) {
        match u8::try_from(value) {
            Ok(small) => self.out.put_slice(&[tag::SMALL_INTEGER, small]),
            Err(_) => {
                self.out.put_u8(tag::INTEGER);
                self.out.put_i32(value);
            }
        }
    }

    /// A big integer with `digits` digits, or in Erlang's dialect as few as it needs.
    fn big(&mut self, negative: bool, magnitude: u128, digits: u8) {
        match self.dialect {
            Dialect::Libconfd => self.big_digits(negative, magnitude, digits),
            Dialect::Erlang => self.big_minimal(negative, magnitude),
        }
    }

    fn big_minimal(&mut self, negative: bool, magnitude: u128) {
        let bits = u128::BITS - magnitude.leading_zeros();
        let digits = u8::try_from(bits.div_ceil(8)).unwrap_or(u8::MAX);
        self.big_digits(negative, magnitude, digits);
    }

    fn big_digits(&mut self, negative: bool, magnitude: u128, digits: u8) {
        self.out.put_slice(&[tag::SMALL_BIG, digits, negative.into()]);
        let bytes = magnitude.to_le_bytes();
        self.out.put_slice(bytes.get(..digits.into()).unwrap_or(&bytes));
    }

    fn atom_bytes(&mut self, tag: u8, bytes: &[u8]) {
        let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.out.put_u8(tag);
        self.out.put_u16(len);
        self.out.put_slice(bytes.get(..len.into()).unwrap_or(bytes));
    }

    fn tagged_length(&mut self, tag: u8, len: usize) {
        self.out.put_u8(tag);
        self.out.put_u32(u32::try_from(len).unwrap_or(u32::MAX));
    }
}
