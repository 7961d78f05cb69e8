//! Reading the fields of a message: a [`Buf`], and labels for what goes wrong.

use bytes::{Buf, TryGetError};

use crate::{DecodeError, Problem};

/// The unread rest of one message.
///
/// Every read names its field, so that an error says which message, which field and at which
/// offset. A failed read consumes nothing.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    message: &'static str,
    len: usize,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Starts reading `bytes` as the message called `message` in errors.
    pub(super) fn new(message: &'static str, bytes: &'a [u8]) -> Self {
        Self { message, len: bytes.len(), rest: bytes }
    }

    /// The number of bytes read so far.
    #[inline]
    pub(super) fn offset(&self) -> usize {
        self.len - self.rest.len()
    }

    /// The bytes not read yet.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Sets the name of the message in errors from here on.
    pub(super) fn rename(&mut self, message: &'static str) {
        self.message = message;
    }

    /// Reads one value: `fields.get("length", Buf::try_get_u32)`.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if `read` needs more bytes than are left.
    #[inline]
    pub(super) fn get<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut &'a [u8]) -> Result<T, TryGetError>,
    ) -> Result<T, DecodeError> {
        let mut rest = self.rest;
        match read(&mut rest) {
            Ok(value) => {
                self.rest = rest;
                Ok(value)
            }
            Err(error) => Err(self.truncated(field, error.requested)),
        }
    }

    /// Reads an array of `N` bytes.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer are left.
    pub(super) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        self.get(field, |rest| rest.try_copy_to_slice(&mut array))?;
        Ok(array)
    }

    /// Reads the next `len` bytes.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer are left.
    #[inline]
    pub(super) fn bytes(
        &mut self,
        field: &'static str,
        len: usize,
    ) -> Result<&'a [u8], DecodeError> {
        match self.rest.split_at_checked(len) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(self.truncated(field, len)),
        }
    }

    /// Passes over what a fast path has read: `rest` is a tail of what was unread.
    #[inline]
    pub(super) fn set_rest(&mut self, rest: &'a [u8]) {
        debug_assert!(self.rest.ends_with(rest), "the rest is not a tail of the rest");
        self.rest = rest;
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// [`Problem::Trailing`] if bytes are left.
    pub(super) fn finish(self) -> Result<(), DecodeError> {
        if self.rest.has_remaining() {
            let problem = Problem::Trailing { bytes: self.rest.remaining() };
            return Err(self.error_at("end of message", self.offset(), problem));
        }
        Ok(())
    }

    /// An error about the field that starts at `offset`.
    #[cold]
    pub(super) fn error_at(
        &self,
        field: &'static str,
        offset: usize,
        problem: Problem,
    ) -> DecodeError {
        DecodeError::new(self.message, field, offset, problem)
    }

    #[cold]
    fn truncated(&self, field: &'static str, needed: usize) -> DecodeError {
        let problem = Problem::Truncated { needed, left: self.rest.remaining() };
        self.error_at(field, self.offset(), problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_in_order_and_counts() {
        let mut fields = Fields::new("test", b"\x07\0\x01xyz");
        assert_eq!(fields.get("a", Buf::try_get_u8), Ok(7));
        assert_eq!(fields.get("b", Buf::try_get_u16), Ok(1));
        assert_eq!((fields.offset(), fields.rest()), (3, &b"xyz"[..]));
        assert_eq!(fields.array("c"), Ok(*b"xy"));
        assert_eq!(fields.bytes("d", 1), Ok(&b"z"[..]));
        assert_eq!(fields.finish(), Ok(()));
    }

    #[test]
    fn a_truncated_field_is_named_and_not_consumed() {
        let mut fields = Fields::new("test", &[1, 2, 3]);
        fields.get("first", Buf::try_get_u16).unwrap();
        let error = fields.get("second", Buf::try_get_u32).unwrap_err();
        assert_eq!(error.to_string(), "test: second at offset 2: 4 bytes needed, 1 left");
        let error = fields.array::<2>("third").unwrap_err();
        assert_eq!(error.to_string(), "test: third at offset 2: 2 bytes needed, 1 left");
        let error = fields.bytes("huge", usize::MAX).unwrap_err();
        assert_eq!((error.field(), error.offset()), ("huge", 2));
        assert_eq!(fields.get("the last byte", Buf::try_get_u8), Ok(3));
    }

    #[test]
    fn trailing_bytes_are_counted() {
        let error = Fields::new("test", &[0; 3]).finish().unwrap_err();
        assert_eq!(error.to_string(), "test: end of message at offset 0: 3 bytes too many");
    }
}
