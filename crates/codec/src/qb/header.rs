//! Message headers.
//!
//! Every field is aligned to 8 bytes; what lies between is padding whose content means nothing.
//!
//! | request | | response, event | |
//! |---|---|---|---|
//! | 0..4 | `id` | 0..4 | `id` |
//! | 8..12 | `size`, of the whole message | 8..12 | `size` |
//! | | | 16..20 | `error` |

use super::CsError;
use crate::{DecodeError, Problem, Reader, Writer};

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

/// Where the size stands in every header.
const SIZE_OFFSET: usize = 8;

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
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = decode_id_and_size(reader)?;
        Ok(Self { id })
    }

    /// Starts a request; [`finish`] completes it.
    pub fn encode(self, writer: &mut Writer<'_>) {
        writer.i32_ne(self.id);
        writer.pad_to(REQUEST_LEN);
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
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = decode_id_and_size(reader)?;
        let error = CsError::from(reader.i32_ne("error")?);
        reader.padding(4)?;
        Ok(Self { id, error })
    }

    /// Starts a response; [`finish`] completes it.
    pub fn encode(self, writer: &mut Writer<'_>) {
        writer.i32_ne(self.id);
        writer.pad_to(2 * SIZE_OFFSET);
        writer.i32_ne(self.error.code());
        writer.pad_to(RESPONSE_LEN);
    }
}

/// Completes a message: writes its size into its header.
pub fn finish(writer: &mut Writer<'_>) {
    let size = u32::try_from(writer.offset()).unwrap_or(u32::MAX);
    writer.patch(SIZE_OFFSET, &size.to_ne_bytes());
}

/// Reads `id`, and `size`, which has to be the length of the whole message.
fn decode_id_and_size(reader: &mut Reader<'_>) -> Result<i32, DecodeError> {
    let start = reader.offset();
    let len = start + reader.rest().len();
    let id = reader.i32_ne("id")?;
    reader.padding(4)?;
    let size = reader.i32_ne("size")?;
    if usize::try_from(size) != Ok(len) {
        let problem = Problem::Number { found: size.into(), expected: "the length of the message" };
        return Err(reader.error_at("size", start + SIZE_OFFSET, problem));
    }
    reader.padding(4)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_round_trip() {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        RequestHeader { id: 4 }.encode(&mut writer);
        finish(&mut writer);
        assert_eq!(out.len(), REQUEST_LEN);
        assert_eq!(out[8..12], 16u32.to_ne_bytes());
        let mut reader = Reader::new("test", &out);
        assert_eq!(RequestHeader::decode(&mut reader), Ok(RequestHeader { id: 4 }));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn response_round_trip() {
        let header = ResponseHeader { id: -7, error: CsError::Unknown(77) };
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        header.encode(&mut writer);
        writer.u64_ne(1);
        finish(&mut writer);
        assert_eq!(out[8..12], 32u32.to_ne_bytes());
        let mut reader = Reader::new("test", &out);
        assert_eq!(ResponseHeader::decode(&mut reader), Ok(header));
        assert_eq!(reader.offset(), RESPONSE_LEN);
    }

    #[test]
    fn a_lying_size_is_refused() {
        for size in [0i32, -1, 15, 17, i32::MAX, i32::MIN] {
            let mut bytes = [0u8; REQUEST_LEN];
            bytes[8..12].copy_from_slice(&size.to_ne_bytes());
            let error = RequestHeader::decode(&mut Reader::new("test", &bytes)).unwrap_err();
            assert_eq!((error.field(), error.offset()), ("size", 8), "size {size}");
        }
    }

    #[test]
    fn padding_is_ignored() {
        let mut bytes = [0xaau8; RESPONSE_LEN];
        bytes[0..4].copy_from_slice(&1i32.to_ne_bytes());
        bytes[8..12].copy_from_slice(&24i32.to_ne_bytes());
        bytes[16..20].copy_from_slice(&1i32.to_ne_bytes());
        let header = ResponseHeader::decode(&mut Reader::new("test", &bytes)).unwrap();
        assert_eq!(header, ResponseHeader { id: 1, error: CsError::Ok });
    }
}
