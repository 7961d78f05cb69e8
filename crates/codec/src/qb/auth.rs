//! The handshake on the setup socket.
//!
//! The client speaks first. No version is exchanged.

use bytes::{BufMut, BytesMut};

use super::CsError;
use super::header::{ID_AUTHENTICATE, RESPONSE_LEN, RequestHeader, ResponseHeader};
use crate::limits::PATH_LEN;
use crate::wire_enum::wire_enum;
use crate::{DecodeError, Fields, Problem};

/// Length of an [`AuthRequest`].
pub const AUTH_REQUEST_LEN: usize = 24;

/// Length of an [`AuthResponse`], refusals included.
pub const AUTH_RESPONSE_LEN: usize = 12328;

wire_enum! {
    /// How messages travel once the connection stands.
    pub enum ConnectionType(i32) {
        /// Unix datagram sockets.
        Socket = 0 => "socket",
        /// Rings in shared memory.
        Shm = 1 => "shm",
        /// Not used by any current libqb.
        PosixMq = 2 => "posix_mq",
        /// Not used by any current libqb.
        SysvMq = 3 => "sysv_mq",
    }
}

/// A client asks for a connection.
///
/// | offset | field |
/// |---|---|
/// | 0 | header, id -1 |
/// | 16 | `max_msg_size` u32 |
/// | 20 | padding |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthRequest {
    /// Largest message, in bytes, the client wants to exchange.
    pub max_msg_size: u32,
}

impl AuthRequest {
    /// Reads a request of exactly [`AUTH_REQUEST_LEN`] bytes.
    ///
    /// # Errors
    ///
    /// If the length, the size field or the id is another.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::new("authentication request", bytes);
        let RequestHeader { id } = RequestHeader::decode(&mut fields)?;
        expect_authenticate(&fields, id)?;
        let max_msg_size = fields.u32_ne("max_msg_size")?;
        fields.skip(4)?;
        fields.finish()?;
        Ok(Self { max_msg_size })
    }

    /// Appends the request to `out`.
    pub fn encode(self, out: &mut BytesMut) {
        out.reserve(AUTH_REQUEST_LEN);
        out.put_slice(&RequestHeader { id: ID_AUTHENTICATE }.to_bytes(AUTH_REQUEST_LEN));
        out.put_u32_ne(self.max_msg_size);
        out.put_u32_ne(0);
    }
}

/// The server's answer.
///
/// | offset | field |
/// |---|---|
/// | 0 | header, id -1; `error` is 0 or a negative `errno` |
/// | 24 | `connection_type` i32 |
/// | 28 | `max_msg_size` u32 |
/// | 32 | an address in the server's memory, ignored |
/// | 40 | `request` path, NUL-terminated in 4096 bytes |
/// | 4136 | `response` path |
/// | 8232 | `event` path |
///
/// In a refusal only the header counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuthResponse {
    /// The connection is granted.
    Accepted(Accepted),
    /// The connection is refused.
    Refused {
        /// Why: a positive `errno`.
        errno: i32,
    },
}

/// What a client needs to use the connection it was granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Accepted {
    /// How messages travel.
    pub connection_type: ConnectionType,
    /// Largest message, in bytes.
    pub max_msg_size: u32,
    /// Where requests go: a ring's name without its suffix, or the control file.
    pub request: Vec<u8>,
    /// Where responses come from: a ring's name, or the base name of the datagram sockets.
    pub response: Vec<u8>,
    /// Where events come from: a ring's name, or nothing.
    pub event: Vec<u8>,
}

impl AuthResponse {
    /// Reads a response of exactly [`AUTH_RESPONSE_LEN`] bytes.
    ///
    /// The paths come as they are; whether they can be trusted is for the caller to check.
    ///
    /// # Errors
    ///
    /// If the length, the size field or the id is another, if `error` is positive, or if a path is
    /// not NUL-terminated.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::new("authentication response", bytes);
        if bytes.len() != AUTH_RESPONSE_LEN {
            let problem = match AUTH_RESPONSE_LEN.checked_sub(bytes.len()) {
                Some(_) => Problem::Truncated { needed: AUTH_RESPONSE_LEN, left: bytes.len() },
                None => Problem::Trailing { bytes: bytes.len() - AUTH_RESPONSE_LEN },
            };
            return Err(fields.error("message", problem));
        }
        let ResponseHeader { id, error } = ResponseHeader::decode(&mut fields)?;
        expect_authenticate(&fields, id)?;
        match error.code() {
            0 => {}
            code @ ..0 => return Ok(Self::Refused { errno: code.saturating_neg() }),
            code => {
                let expected = "0 or a negative errno";
                let problem = Problem::Number { found: code.into(), expected };
                return Err(fields.error_at("error", 16, problem));
            }
        }
        let connection_type = ConnectionType::from(fields.i32_ne("connection_type")?);
        let max_msg_size = fields.u32_ne("max_msg_size")?;
        fields.u64_ne("connection")?;
        let request = path(&mut fields, "request")?;
        let response = path(&mut fields, "response")?;
        let event = path(&mut fields, "event")?;
        fields.finish()?;
        Ok(Self::Accepted(Accepted { connection_type, max_msg_size, request, response, event }))
    }

    /// Appends the response to `out`.
    ///
    /// A path longer than its field is cut; libqb servers make none longer than 254 bytes.
    pub fn encode(&self, out: &mut BytesMut) {
        let errno = match self {
            Self::Accepted(_) => 0,
            Self::Refused { errno } => *errno,
        };
        let error = CsError::Unknown(errno.saturating_neg());
        out.reserve(AUTH_RESPONSE_LEN);
        out.put_slice(&ResponseHeader { id: ID_AUTHENTICATE, error }.to_bytes(AUTH_RESPONSE_LEN));
        let Self::Accepted(accepted) = self else {
            return out.put_bytes(0, AUTH_RESPONSE_LEN - RESPONSE_LEN);
        };
        out.put_i32_ne(accepted.connection_type.code());
        out.put_u32_ne(accepted.max_msg_size);
        out.put_u64_ne(0);
        for path in [&accepted.request, &accepted.response, &accepted.event] {
            let path = path.get(..PATH_LEN - 1).unwrap_or(path);
            out.put_slice(path);
            out.put_bytes(0, PATH_LEN - path.len());
        }
    }
}

fn expect_authenticate(fields: &Fields<'_>, id: i32) -> Result<(), DecodeError> {
    if id == ID_AUTHENTICATE {
        return Ok(());
    }
    let problem = Problem::Number { found: id.into(), expected: "-1 (authenticate)" };
    Err(fields.error_at("id", 0, problem))
}

/// Reads a NUL-terminated path.
fn path(fields: &mut Fields<'_>, field: &'static str) -> Result<Vec<u8>, DecodeError> {
    let offset = fields.offset();
    let bytes = fields.bytes(field, PATH_LEN)?;
    let mut parts = bytes.splitn(2, |&byte| byte == 0);
    match (parts.next(), parts.next()) {
        (Some(path), Some(_)) => Ok(path.to_vec()),
        _ => {
            let problem = Problem::Form { expected: "a NUL-terminated path" };
            Err(fields.error_at(field, offset, problem))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted() -> AuthResponse {
        AuthResponse::Accepted(Accepted {
            connection_type: ConnectionType::Shm,
            max_msg_size: 1 << 20,
            request: b"/dev/shm/qb-1-2-3-abc/qb-request-votequorum".to_vec(),
            response: b"/dev/shm/qb-1-2-3-abc/qb-response-votequorum".to_vec(),
            event: b"/dev/shm/qb-1-2-3-abc/qb-event-votequorum".to_vec(),
        })
    }

    fn encoded(response: &AuthResponse) -> BytesMut {
        let mut out = BytesMut::new();
        response.encode(&mut out);
        out
    }

    #[test]
    fn request_matches_libvotequorum() {
        let mut out = BytesMut::new();
        AuthRequest { max_msg_size: 1 << 20 }.encode(&mut out);
        let expected: [u32; 6] = [u32::MAX, 0, 24, 0, 1 << 20, 0];
        let expected: Vec<u8> = expected.iter().flat_map(|word| word.to_ne_bytes()).collect();
        assert_eq!(out, expected);
        assert_eq!(AuthRequest::decode(&out), Ok(AuthRequest { max_msg_size: 1 << 20 }));
        for len in 0..out.len() {
            assert!(AuthRequest::decode(&out[..len]).is_err(), "prefix of {len}");
        }
        out.put_u8(0);
        assert!(AuthRequest::decode(&out).is_err());
    }

    #[test]
    fn response_round_trip_and_offsets() {
        let bytes = encoded(&accepted());
        assert_eq!(bytes.len(), AUTH_RESPONSE_LEN);
        assert_eq!(&bytes[40..49], b"/dev/shm/");
        assert_eq!(&bytes[4136..4145], b"/dev/shm/");
        assert_eq!(&bytes[8232..8241], b"/dev/shm/");
        assert_eq!(AuthResponse::decode(&bytes), Ok(accepted()));
    }

    #[test]
    fn every_prefix_and_a_longer_message_are_refused() {
        let mut bytes = encoded(&accepted());
        for len in 0..bytes.len() {
            assert!(AuthResponse::decode(&bytes[..len]).is_err(), "prefix of {len}");
        }
        bytes.put_u8(0);
        assert!(AuthResponse::decode(&bytes).is_err());
    }

    #[test]
    fn refusals_carry_a_positive_errno() {
        let refused = AuthResponse::Refused { errno: 13 };
        let bytes = encoded(&refused);
        assert_eq!(bytes[16..20], (-13i32).to_ne_bytes());
        assert_eq!(AuthResponse::decode(&bytes), Ok(refused));
    }

    #[test]
    fn a_positive_error_is_no_errno() {
        let mut bytes = encoded(&AuthResponse::Refused { errno: 13 });
        bytes[16..20].copy_from_slice(&13i32.to_ne_bytes());
        assert_eq!(AuthResponse::decode(&bytes).unwrap_err().field(), "error");
    }

    #[test]
    fn a_path_without_end_is_refused() {
        let mut bytes = encoded(&accepted());
        bytes[4136..8232].fill(b'x');
        let error = AuthResponse::decode(&bytes).unwrap_err();
        assert_eq!((error.field(), error.offset()), ("response", 4136));
    }

    #[test]
    fn unknown_connection_types_survive() {
        let mut bytes = encoded(&accepted());
        bytes[24..28].copy_from_slice(&9i32.to_ne_bytes());
        let Ok(AuthResponse::Accepted(accepted)) = AuthResponse::decode(&bytes) else {
            panic!("not accepted");
        };
        assert_eq!(accepted.connection_type, ConnectionType::Unknown(9));
    }
}
