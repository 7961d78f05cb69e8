//! What the made-up service's messages look like: a header and two numbers.

use bytes::{BufMut, BytesMut};
use quorate_codec::qb::CsError;
use quorate_codec::qb::header::{REQUEST_LEN, RESPONSE_LEN};
use quorate_codec::{DecodeError, Fields};

/// How long a request is without its body.
pub const REQUEST: usize = REQUEST_LEN + 16;
/// How long a reply or an event is.
pub const RESPONSE: usize = RESPONSE_LEN + 16;

/// Appends a request with two numbers, before a body of `body` bytes.
pub fn request(out: &mut BytesMut, id: i32, numbers: [u64; 2], body: usize) {
    out.put_i32_ne(id);
    out.put_bytes(0, 4);
    out.put_i32_ne(i32::try_from(REQUEST + body).unwrap_or(i32::MAX));
    out.put_bytes(0, 4);
    numbers.into_iter().for_each(|number| out.put_u64_ne(number));
}

/// A reply or an event with two numbers, as long as `len` says.
pub fn response(id: i32, error: CsError, numbers: [u64; 2], len: usize) -> BytesMut {
    let len = len.max(RESPONSE_LEN);
    let mut out = BytesMut::with_capacity(len);
    out.put_i32_ne(id);
    out.put_bytes(0, 4);
    out.put_i32_ne(i32::try_from(len).unwrap_or(i32::MAX));
    out.put_bytes(0, 4);
    out.put_i32_ne(error.code());
    out.put_bytes(0, 4);
    numbers.into_iter().for_each(|number| out.put_u64_ne(number));
    out.resize(len, 0);
    out
}

/// The id and the numbers of a request.
///
/// # Errors
///
/// If it is too short.
pub fn decode_request(message: &[u8]) -> Result<(i32, [u64; 2]), DecodeError> {
    let mut fields = Fields::new("request", message);
    let id = fields.i32_ne("id")?;
    fields.skip(REQUEST_LEN - 4)?;
    Ok((id, [fields.u64_ne("first number")?, fields.u64_ne("second number")?]))
}

/// The id and the numbers of a reply or an event.
///
/// # Errors
///
/// If it is too short.
pub fn decode_response(message: &[u8]) -> Result<(i32, [u64; 2]), DecodeError> {
    let mut fields = Fields::new("response", message);
    let id = fields.i32_ne("id")?;
    fields.skip(RESPONSE_LEN - 4)?;
    Ok((id, [fields.u64_ne("first number")?, fields.u64_ne("second number")?]))
}
