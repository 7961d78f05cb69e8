//! Message headers.
//!
//! Every field is aligned to 8 bytes; what lies between is padding whose content means nothing.
//!
//! | request | | response, event | |
//! |---|---|---|---|
//! | 0..4 | `id` | 0..4 | `id` |
//! | 8..12 | `size`, of the whole message | 8..12 | `size` |
//! | | | 16..20 | `error` |

use bytes::BufMut;

use super::CsError;
use crate::{DecodeError, Fields, Problem};

/// Bytes before the first field of a request.
pub const REQUEST_LEN: usize = 16;

/// Bytes before the first field of a response or event.
pub const RESPONSE_LEN: usize = 24;

/// `QB_IPC_MSG_AUTHENTICATE`: the handshake.
pub const ID_AUTHENTICATE: i32 = -1;

/// `QB_IPC_MSG_NEW_EVENT_SOCK`: reserved, and not used by any libqb.
pub const ID_NEW_EVENT_SOCK: i32 = -2;

/// `QB_IPC_MSG_DISCONNECT`: the server drops the connection without a reply.
pub const ID_DISCONNECT: i32 = -3;

/// What a request starts with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RequestHeader {
    /// Which request. Negative ids below -3 and unknown ones are answered with an error.
    pub id: i32,
}

impl RequestHeader {
    /// Reads the header and checks that the size it announces is the length of the message.
    ///
    /// # Errors
    ///
    /// If the message is shorter than a header, or `size` is not its length.
    #[inline(always)]
    pub fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let len = fields.offset() + fields.rest().len();
        let id = decode_id_and_size(&mut fields.fixed::<REQUEST_LEN>("header")?, len)?;
        Ok(Self { id })
    }

    /// The header of a message of `len` bytes, the header included.
    #[inline(always)]
    pub fn to_bytes(self, len: usize) -> [u8; REQUEST_LEN] {
        let mut bytes = [0; REQUEST_LEN];
        encode_id_and_size(self.id, len, &mut &mut bytes[..]);
        bytes
    }
}

/// What a response or an event starts with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ResponseHeader {
    /// Which response or event.
    pub id: i32,
    /// Whether the request succeeded. In an event it is always [`CsError::Ok`].
    pub error: CsError,
}

impl ResponseHeader {
    /// Reads the header and checks that the size it announces is the length of the message.
    ///
    /// # Errors
    ///
    /// If the message is shorter than a header, or `size` is not its length.
    #[inline(always)]
    pub fn decode(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let len = fields.offset() + fields.rest().len();
        let mut header = fields.fixed::<RESPONSE_LEN>("header")?;
        let id = decode_id_and_size(&mut header, len)?;
        let error = CsError::from(header.i32_ne("error")?);
        Ok(Self { id, error })
    }

    /// The header of a message of `len` bytes, the header included.
    #[inline(always)]
    pub fn to_bytes(self, len: usize) -> [u8; RESPONSE_LEN] {
        let mut bytes = [0; RESPONSE_LEN];
        let mut rest = &mut bytes[..];
        encode_id_and_size(self.id, len, &mut rest);
        rest.put_i32_ne(self.error.code());
        bytes
    }
}

#[inline(always)]
fn encode_id_and_size(id: i32, len: usize, out: &mut &mut [u8]) {
    out.put_i32_ne(id);
    out.put_u32_ne(0);
    out.put_u32_ne(u32::try_from(len).unwrap_or(u32::MAX));
    out.put_u32_ne(0);
}

/// Reads `id`, and `size`, which has to be `len`, the length of the whole message.
#[inline(always)]
fn decode_id_and_size(header: &mut Fields<'_>, len: usize) -> Result<i32, DecodeError> {
    let id = header.i32_ne("id")?;
    header.skip(4)?;
    let offset = header.offset();
    let size = header.i32_ne("size")?;
    if usize::try_from(size) != Ok(len) {
        let problem = Problem::Number { found: size.into(), expected: "the length of the message" };
        return Err(header.error_at("size", offset, problem));
    }
    header.skip(4)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_round_trip() {
        let header = RequestHeader { id: 4 };
        let bytes = header.to_bytes(REQUEST_LEN);
        assert_eq!(bytes[8..12], 16u32.to_ne_bytes());
        let mut fields = Fields::new("test", &bytes);
        assert_eq!(RequestHeader::decode(&mut fields), Ok(header));
        assert_eq!(fields.finish(), Ok(()));
    }

    #[test]
    fn response_round_trip() {
        let header = ResponseHeader { id: -7, error: CsError::Unknown(77) };
        let mut bytes = header.to_bytes(RESPONSE_LEN + 8).to_vec();
        bytes.extend_from_slice(&[1; 8]);
        assert_eq!(bytes[8..12], 32u32.to_ne_bytes());
        let mut fields = Fields::new("test", &bytes);
        assert_eq!(ResponseHeader::decode(&mut fields), Ok(header));
        assert_eq!(fields.offset(), RESPONSE_LEN);
    }

    #[test]
    fn a_lying_size_is_refused() {
        for size in [0i32, -1, 15, 17, i32::MAX, i32::MIN] {
            let mut bytes = [0u8; REQUEST_LEN];
            bytes[8..12].copy_from_slice(&size.to_ne_bytes());
            let error = RequestHeader::decode(&mut Fields::new("test", &bytes)).unwrap_err();
            assert_eq!((error.field(), error.offset()), ("size", 8), "size {size}");
        }
    }

    #[test]
    fn a_header_that_is_cut_short_is_refused() {
        let bytes = ResponseHeader { id: 1, error: CsError::Ok }.to_bytes(RESPONSE_LEN);
        for len in 0..RESPONSE_LEN {
            let mut fields = Fields::new("test", &bytes[..len]);
            let error = ResponseHeader::decode(&mut fields).unwrap_err();
            assert_eq!((error.field(), error.offset()), ("header", 0), "{len} bytes");
        }
    }

    #[test]
    fn padding_is_ignored() {
        let mut bytes = [0xaau8; RESPONSE_LEN];
        bytes[0..4].copy_from_slice(&1i32.to_ne_bytes());
        bytes[8..12].copy_from_slice(&24i32.to_ne_bytes());
        bytes[16..20].copy_from_slice(&1i32.to_ne_bytes());
        let header = ResponseHeader::decode(&mut Fields::new("test", &bytes)).unwrap();
        assert_eq!(header, ResponseHeader { id: 1, error: CsError::Ok });
    }
}
