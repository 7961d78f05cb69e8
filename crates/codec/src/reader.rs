use crate::{DecodeError, Problem};

/// Reads the fields of one message, in order.
///
/// Every read names its field, so that a failure says which one it was. Nothing is read twice and
/// nothing past the end.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    message: &'static str,
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Starts reading `bytes` as the message called `message` in errors.
    pub fn new(message: &'static str, bytes: &'a [u8]) -> Self {
        Self { message, rest: bytes, offset: 0 }
    }

    /// How many bytes were read so far.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Calls the message by another name in errors from here on.
    ///
    /// For when the first fields tell what the message is.
    pub fn rename(&mut self, message: &'static str) {
        self.message = message;
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer are left.
    pub fn bytes(&mut self, field: &'static str, len: usize) -> Result<&'a [u8], DecodeError> {
        let Some((bytes, rest)) = self.rest.split_at_checked(len) else {
            let problem = Problem::Truncated { needed: len, left: self.rest.len() };
            return Err(self.error(field, problem));
        };
        self.rest = rest;
        self.offset += len;
        Ok(bytes)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer are left.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let Some((bytes, rest)) = self.rest.split_first_chunk::<N>() else {
            let problem = Problem::Truncated { needed: N, left: self.rest.len() };
            return Err(self.error(field, problem));
        };
        self.rest = rest;
        self.offset += N;
        Ok(*bytes)
    }

    /// A byte.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] at the end.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    /// A `u32` in the host's byte order.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer than four bytes are left.
    pub fn u32_ne(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_ne_bytes)
    }

    /// An `i32` in the host's byte order.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer than four bytes are left.
    pub fn i32_ne(&mut self, field: &'static str) -> Result<i32, DecodeError> {
        self.array(field).map(i32::from_ne_bytes)
    }

    /// A `u64` in the host's byte order.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer than eight bytes are left.
    pub fn u64_ne(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_ne_bytes)
    }

    /// A big-endian `u16`.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer than two bytes are left.
    pub fn u16_be(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// A big-endian `u32`.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer than four bytes are left.
    pub fn u32_be(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// A big-endian `u64`.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer than eight bytes are left.
    pub fn u64_be(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// Passes over `len` bytes whose content means nothing.
    ///
    /// # Errors
    ///
    /// [`Problem::Truncated`] if fewer are left.
    pub fn padding(&mut self, len: usize) -> Result<(), DecodeError> {
        self.bytes("padding", len).map(drop)
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// [`Problem::Trailing`] if bytes are left.
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.error("end of message", Problem::Trailing { bytes: self.rest.len() }))
    }

    /// An error about the field that comes next.
    pub fn error(&self, field: &'static str, problem: Problem) -> DecodeError {
        self.error_at(field, self.offset, problem)
    }

    /// An error about a field that was read already and starts at `offset`.
    pub fn error_at(&self, field: &'static str, offset: usize, problem: Problem) -> DecodeError {
        DecodeError::new(self.message, field, offset, problem)
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
        bytes.extend_from_slice(b"x..yz");
        let mut reader = Reader::new("test", &bytes);
        assert_eq!(reader.u32_ne("a"), Ok(7));
        assert_eq!(reader.i32_ne("b"), Ok(-3));
        assert_eq!(reader.u64_ne("c"), Ok(u64::MAX));
        assert_eq!(reader.u8("d"), Ok(b'x'));
        assert_eq!(reader.padding(2), Ok(()));
        assert_eq!(reader.offset(), 19);
        assert_eq!(reader.rest(), b"yz");
        assert_eq!(reader.bytes("e", 2), Ok(&b"yz"[..]));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn truncation_names_field_and_offset_and_reads_nothing() {
        let mut reader = Reader::new("test", &[1, 2, 3, 4, 5]);
        reader.u32_ne("first").unwrap();
        let error = reader.u32_ne("second").unwrap_err();
        assert_eq!(error.to_string(), "test: second at offset 4: 4 bytes needed, 1 left");
        assert_eq!(reader.u8("still there"), Ok(5));
    }

    #[test]
    fn trailing_bytes_are_counted() {
        let reader = Reader::new("test", &[0; 3]);
        let error = reader.finish().unwrap_err();
        assert_eq!(error.to_string(), "test: end of message at offset 0: 3 bytes too many");
    }

    #[test]
    fn lengths_near_the_address_limit_do_not_overflow() {
        let mut reader = Reader::new("test", &[0; 3]);
        reader.u8("one").unwrap();
        assert!(reader.bytes("huge", usize::MAX).is_err());
    }
}
