//! Reading what nearly every node is made of, as cheap as it can be.
//!
//! These functions return numbers, and the place of bytes in place of a `Bytes`: moving that through
//! an `Option` takes longer than reading it. They are always inlined, for the same reason.

use std::ops::Range;

use bytes::Bytes;

use super::reader::length;
use super::{TermReader, tag};

impl TermReader<'_> {
    /// Reads a binary, if the next term is a complete one; the reader stays where it is otherwise.
    /// Returns its place in the frame, for [`slice`](Self::slice).
    #[inline(always)]
    pub(in super::super) fn take_binary(&mut self) -> Option<Range<usize>> {
        let (&[tag::BINARY, a, b, c, d], _) = self.fields.rest().split_first_chunk()? else {
            return None;
        };
        self.take_range(5, [a, b, c, d])
    }

    /// Reads the start of a pair and the binary that is its first element, likewise.
    #[inline(always)]
    pub(in super::super) fn take_pair_of_binary(&mut self) -> Option<Range<usize>> {
        let (&[tag::SMALL_TUPLE, 2, tag::BINARY, a, b, c, d], _) =
            self.fields.rest().split_first_chunk()?
        else {
            return None;
        };
        self.take_range(7, [a, b, c, d])
    }

    /// Reads the content of a binary after a head of `head` bytes.
    #[inline(always)]
    fn take_range(&mut self, head: usize, len: [u8; 4]) -> Option<Range<usize>> {
        let start = self.offset() + head;
        let end = start.checked_add(length(u32::from_be_bytes(len)))?;
        self.fields.set_rest(self.frame.get(end..)?);
        Some(start..end)
    }

    /// A part of the frame that was read, which shares its memory.
    #[inline(always)]
    pub(in super::super) fn slice(&self, range: Range<usize>) -> Bytes {
        self.frame.slice(range)
    }

    /// Reads a tuple of four integers from 0 to 255, if the next term is one that is complete and
    /// written as short as it can be; the reader stays where it is otherwise.
    #[inline(always)]
    pub(in super::super) fn take_octets(&mut self) -> Option<[u8; 4]> {
        const TUPLE: u8 = tag::SMALL_TUPLE;
        const INT: u8 = tag::SMALL_INTEGER;
        let (&[TUPLE, 4, INT, a, INT, b, INT, c, INT, d], rest) =
            self.fields.rest().split_first_chunk()?
        else {
            return None;
        };
        self.fields.set_rest(rest);
        Some([a, b, c, d])
    }

    /// Reads a tuple of eight integers from 0 to 65535, likewise.
    #[inline(always)]
    pub(in super::super) fn take_segments(&mut self) -> Option<[u16; 8]> {
        let mut rest = self.fields.rest().strip_prefix(&[tag::SMALL_TUPLE, 8])?;
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
        self.fields.set_rest(rest);
        Some(segments)
    }
}
