use bytes::{Buf, TryGetError};

use crate::{DecodeError, Problem};

/// The fields of one message, read in order.
///
/// A label on a [`Buf`]: the cursor is the slice of bytes that are left, and every read is one of
/// its `try_get` functions. What this adds is the name of the message, the name of the field and
/// the offset, with which a failed read becomes a [`DecodeError`]. A read that fails consumes
/// nothing.
///
/// ```
/// use bytes::Buf;
/// use quorate_codec::Fields;
///
/// let mut fields = Fields::new("example", &[0, 0, 0, 7, 1, 2]);
/// assert_eq!(fields.get("count", Buf::try_get_u32), Ok(7));
/// let error = fields.get("size", Buf::try_get_u64).unwrap_err();
/// assert_eq!(error.to_string(), "example: size at offset 4: 8 bytes needed, 2 left");
/// ```
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    message: &'static str,
    rest: &'a [u8],
    /// Offset of the first byte after `rest`: the offset of the next field follows from it.
    end: usize,
}

impl<'a> Fields<'a> {
    /// Starts reading `bytes` as the message called `message` in errors.
    #[inline]
    pub fn new(message: &'static str, bytes: &'a [u8]) -> Self {
        Self { message, rest: bytes, end: bytes.len() }
    }

    /// The offset of the next field: how many bytes were read so far.
    #[inline]
    pub fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    /// The bytes not read yet.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Calls the message by another name in errors from here on.
    ///
    /// For when the first fields show which message it is.
    #[inline]
    pub fn rename(&mut self, message: &'static str) {
        self.message = message;
    }

    /// Reads a field with one of [`Buf`]'s `try_get` functions.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if `get` fails.
    #[inline(always)]
    pub fn get<T>(
        &mut self,
        field: &'static str,
        get: impl FnOnce(&mut &'a [u8]) -> Result<T, TryGetError>,
    ) -> Result<T, DecodeError> {
        match get(&mut self.rest) {
            Ok(value) => Ok(value),
            Err(TryGetError { requested, available }) => {
                Err(self.truncated(field, requested, available))
            }
        }
    }

    /// Reads a byte.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] at the end.
    #[inline(always)]
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.get(field, Buf::try_get_u8)
    }

    /// Reads a `u32` in the host's byte order.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer than four bytes are left.
    #[inline(always)]
    pub fn u32_ne(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.get(field, Buf::try_get_u32_ne)
    }

    /// Reads an `i32` in the host's byte order.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer than four bytes are left.
    #[inline(always)]
    pub fn i32_ne(&mut self, field: &'static str) -> Result<i32, DecodeError> {
        self.get(field, Buf::try_get_i32_ne)
    }

    /// Reads a `u64` in the host's byte order.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer than eight bytes are left.
    #[inline(always)]
    pub fn u64_ne(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.get(field, Buf::try_get_u64_ne)
    }

    /// Reads the next `len` bytes.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer are left.
    #[inline(always)]
    pub fn bytes(&mut self, field: &'static str, len: usize) -> Result<&'a [u8], DecodeError> {
        let Some((bytes, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.truncated(field, len, self.rest.len()));
        };
        self.rest = rest;
        Ok(bytes)
    }

    /// Passes over `len` bytes whose content means nothing.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer are left.
    #[inline(always)]
    pub fn skip(&mut self, len: usize) -> Result<(), DecodeError> {
        self.bytes("padding", len).map(drop)
    }

    /// Takes the next `LEN` bytes with one bounds check, to be read by themselves.
    ///
    /// The compiler knows how many bytes are in what this returns, so that reading fields of fixed
    /// lengths from it needs no further checks and becomes plain loads. `field` is what the error
    /// calls all of them.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer are left.
    #[inline(always)]
    pub fn fixed<const LEN: usize>(&mut self, field: &'static str) -> Result<Self, DecodeError> {
        let Some((part, rest)) = self.rest.split_first_chunk::<LEN>() else {
            return Err(self.truncated(field, LEN, self.rest.len()));
        };
        self.rest = rest;
        Ok(Self { message: self.message, rest: part, end: self.end - rest.len() })
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// [`Problem::Trailing`] if bytes are left.
    #[inline(always)]
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.error("end of message", Problem::Trailing { bytes: self.rest.len() }))
    }

    /// An error about the field that comes next.
    #[inline(always)]
    pub fn error(&self, field: &'static str, problem: Problem) -> DecodeError {
        self.error_at(field, self.offset(), problem)
    }

    /// An error about a field that was read already and starts at `offset`.
    // Inlined like all that has `self`: what goes to a function of its own is kept in memory, and
    // then the compiler no longer knows how many bytes are left.
    #[inline(always)]
    pub fn error_at(&self, field: &'static str, offset: usize, problem: Problem) -> DecodeError {
        DecodeError::new(self.message, field, offset, problem)
    }

    #[inline(always)]
    fn truncated(&self, field: &'static str, needed: usize, left: usize) -> DecodeError {
        self.error(field, Problem::Truncated { needed, left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_in_order_and_counts() {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&7u32.to_ne_bytes());
        bytes.extend_from_slice(&(-3i32).to_ne_bytes());
        bytes.extend_from_slice(&u64::MAX.to_ne_bytes());
        bytes.extend_from_slice(&258u16.to_be_bytes());
        bytes.extend_from_slice(b"x..yz");
        let mut fields = Fields::new("test", &bytes);
        assert_eq!(fields.u32_ne("a"), Ok(7));
        assert_eq!(fields.i32_ne("b"), Ok(-3));
        assert_eq!(fields.u64_ne("c"), Ok(u64::MAX));
        assert_eq!(fields.get("d", Buf::try_get_u16), Ok(258));
        assert_eq!(fields.u8("e"), Ok(b'x'));
        assert_eq!(fields.skip(2), Ok(()));
        assert_eq!(fields.offset(), 21);
        assert_eq!(fields.rest(), b"yz");
        assert_eq!(fields.bytes("f", 2), Ok(&b"yz"[..]));
        assert_eq!(fields.finish(), Ok(()));
    }

    #[test]
    fn truncation_names_field_and_offset_and_reads_nothing() {
        let mut fields = Fields::new("test", &[1, 2, 3, 4, 5]);
        fields.u32_ne("first").unwrap();
        let error = fields.u32_ne("second").unwrap_err();
        assert_eq!(error.to_string(), "test: second at offset 4: 4 bytes needed, 1 left");
        assert_eq!(fields.u8("still there"), Ok(5));
    }

    #[test]
    fn trailing_bytes_are_counted() {
        let fields = Fields::new("test", &[0; 3]);
        let error = fields.finish().unwrap_err();
        assert_eq!(error.to_string(), "test: end of message at offset 0: 3 bytes too many");
    }

    #[test]
    fn lengths_near_the_address_limit_do_not_overflow() {
        let mut fields = Fields::new("test", &[0; 3]);
        fields.u8("one").unwrap();
        assert!(fields.bytes("huge", usize::MAX).is_err());
        assert!(fields.skip(usize::MAX).is_err());
    }

    #[test]
    fn fixed_parts_count_from_the_message() {
        let bytes = [9, 1, 0, 0, 0, 0, 2];
        let mut fields = Fields::new("test", &bytes);
        fields.u8("before").unwrap();
        let mut part = fields.fixed::<5>("part").unwrap();
        assert_eq!((part.u8("byte"), part.offset()), (Ok(1), 2));
        assert_eq!((fields.offset(), fields.rest()), (6, &[2][..]));
        let error = part.clone().finish().unwrap_err();
        assert_eq!(error.to_string(), "test: end of message at offset 2: 4 bytes too many");
        assert_eq!(part.u32_ne("word"), Ok(0));
        assert_eq!(part.finish(), Ok(()));
    }

    #[test]
    fn a_fixed_part_that_is_cut_short_is_named() {
        let mut fields = Fields::new("test", &[9, 1, 0, 0]);
        fields.skip(1).unwrap();
        let error = fields.fixed::<5>("part").unwrap_err();
        assert_eq!(error.to_string(), "test: part at offset 1: 5 bytes needed, 3 left");
        assert_eq!(fields.rest(), [1, 0, 0]);
    }
}
