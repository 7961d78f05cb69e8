//! The access check: a challenge, an answer and a verdict between the handshake's two halves.
//!
//! The digest of the answer is the MD5 of the secret followed by the challenge; it is for the
//! caller to compute.

use bytes::{Buf, BufMut, BytesMut};

use super::fields::Fields;
use crate::limits::{MAX_SECRET, MAX_SECRET_FILE};
use crate::{DecodeError, Problem};

/// Length of a challenge and of its answer, in bytes.
pub const CHALLENGE_LEN: usize = 17;

/// The first byte of a challenge.
pub(super) const CHALLENGE: u8 = 11;
const RESPONSE: u8 = 12;

/// The daemon's challenge: the byte 11 and 16 more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AccessChallenge(pub [u8; 16]);

/// The client's answer: the byte 12 and the digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AccessResponse(pub [u8; 16]);

/// The daemon's verdict: the byte 0, or any other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AccessVerdict {
    /// The client is admitted; the reply to its handshake follows.
    Granted,
    /// It is rejected.
    Denied(u8),
}

impl AccessChallenge {
    /// Reads a challenge of exactly [`CHALLENGE_LEN`] bytes.
    ///
    /// # Errors
    ///
    /// If the length or the first byte is another.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        read("access challenge", bytes, CHALLENGE, "11, a challenge").map(Self)
    }

    /// Appends the challenge to `out`.
    pub fn encode(self, out: &mut BytesMut) {
        write(out, CHALLENGE, self.0);
    }
}

impl AccessResponse {
    /// Reads an answer of exactly [`CHALLENGE_LEN`] bytes.
    ///
    /// # Errors
    ///
    /// If the length or the first byte is another.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        read("access response", bytes, RESPONSE, "12, an answer to a challenge").map(Self)
    }

    /// Appends the answer to `out`.
    pub fn encode(self, out: &mut BytesMut) {
        write(out, RESPONSE, self.0);
    }
}

impl From<u8> for AccessVerdict {
    fn from(byte: u8) -> Self {
        match byte {
            0 => Self::Granted,
            other => Self::Denied(other),
        }
    }
}

impl From<AccessVerdict> for u8 {
    fn from(verdict: AccessVerdict) -> Self {
        match verdict {
            AccessVerdict::Granted => 0,
            AccessVerdict::Denied(byte) => byte,
        }
    }
}

/// What of a secret file's content is the secret, as libconfd has it.
///
/// Of the first 1023 bytes those before the first NUL, at most 1007 of them. A newline at the end
/// belongs to it.
pub fn secret_of_file(content: &[u8]) -> &[u8] {
    let read = content.get(..MAX_SECRET_FILE).unwrap_or(content);
    let text = read.split(|&byte| byte == 0).next().unwrap_or_default();
    text.get(..MAX_SECRET).unwrap_or(text)
}

fn read(
    message: &'static str,
    bytes: &[u8],
    code: u8,
    expected: &'static str,
) -> Result<[u8; 16], DecodeError> {
    let mut fields = Fields::new(message, bytes);
    let found = fields.get("code", Buf::try_get_u8)?;
    if found != code {
        let problem = Problem::Number { found: found.into(), expected };
        return Err(fields.error_at("code", 0, problem));
    }
    let digest = fields.array("digest")?;
    fields.finish()?;
    Ok(digest)
}

fn write(out: &mut BytesMut, code: u8, digest: [u8; 16]) {
    out.put_u8(code);
    out.put_slice(&digest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_round_trip_and_are_not_each_other() {
        let digest = [7; 16];
        let mut out = BytesMut::new();
        AccessChallenge(digest).encode(&mut out);
        assert_eq!(AccessChallenge::decode(&out), Ok(AccessChallenge(digest)));
        assert_eq!(AccessResponse::decode(&out).unwrap_err().field(), "code");
        out.clear();
        AccessResponse(digest).encode(&mut out);
        assert_eq!(AccessResponse::decode(&out), Ok(AccessResponse(digest)));
        for len in 0..out.len() {
            assert!(AccessResponse::decode(&out[..len]).is_err(), "{len}");
        }
        out.put_u8(0);
        assert!(AccessResponse::decode(&out).is_err());
    }

    #[test]
    fn only_zero_is_granted() {
        assert_eq!(AccessVerdict::from(0), AccessVerdict::Granted);
        for byte in 1..=255 {
            assert_eq!(AccessVerdict::from(byte), AccessVerdict::Denied(byte));
            assert_eq!(u8::from(AccessVerdict::Denied(byte)), byte);
        }
    }

    #[test]
    fn a_secret_ends_at_a_nul_or_after_1007_bytes() {
        assert_eq!(secret_of_file(b""), b"");
        assert_eq!(secret_of_file(b"abc\n"), b"abc\n");
        assert_eq!(secret_of_file(b"abc\0def"), b"abc");
        assert_eq!(secret_of_file(b"\0abc"), b"");
        for (len, used) in [(1006, 1006), (1007, 1007), (1008, 1007), (5000, 1007)] {
            assert_eq!(secret_of_file(&vec![b'x'; len]).len(), used);
        }
    }
}
