//! The handshake: nine bytes each way.

use std::fmt;

use bytes::{Buf, BufMut, BytesMut};

use super::fields::Fields;
use crate::wire_enum::wire_enum;
use crate::{DecodeError, Problem};

/// Length of a [`HandshakeRequest`] and of a [`HandshakeReply`], in bytes.
pub const HANDSHAKE_LEN: usize = 9;

/// The only byte that a daemon sends in place of a reply while it is starting.
///
/// Known from CLI sockets; whether HA and event sockets ever see it is not known.
pub const UNAVAILABLE: u8 = 13;

/// The bit of the first byte that asks for an access check.
const WANT_CHALLENGE: u8 = 0x80;

wire_enum! {
    /// What kind of client connects: the low seven bits of a handshake's first byte.
    pub enum ClientKind(u8) {
        /// A data provider.
        Capi = 3 => "CAPI",
        /// The command line interface, which has a protocol of its own.
        Cli = 4 => "CLI",
        /// The configuration database.
        Cdb = 5 => "CDB",
        /// The management agent API.
        Maapi = 7 => "MAAPI",
        /// A stream.
        Stream = 8 => "STREAM",
        /// A subscriber to events.
        EventManager = 11 => "EVENT_MGR",
        /// A controller of the HA role.
        Ha = 17 => "HA",
    }
}

wire_enum! {
    /// The daemon's answer to a handshake.
    pub enum HandshakeStatus(u8) {
        /// Accepted.
        Ok = 0 => "OK",
        /// The protocol versions do not go together.
        BadVersion = 1 => "BAD_VSN",
        /// The client's sizes are too small for the daemon's data model.
        BadSizes = 2 => "BAD_SIZES",
    }
}

/// Whether the client has a secret and wants to be checked for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AccessCheck {
    /// It has none.
    Without,
    /// The daemon is to send a challenge.
    WantChallenge,
}

/// The library's protocol version: ten times the major version plus the minor one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ProtocolVersion(pub u16);

/// A library's or daemon's version.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LibraryVersion {
    /// As in **7**.8.2.
    pub major: u8,
    /// As in 7.**8**.2.
    pub minor: u8,
    /// As in 7.8.**2**.
    pub patch: u8,
    /// Zero in every version seen.
    pub rest: u8,
}

/// How large the data model's keypaths may get. Of no use to an HA client, but the daemon checks.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sizes {
    /// MAXDEPTH: largest depth of a keypath.
    pub max_depth: u8,
    /// MAXKEYLEN: largest number of keys, plus one.
    pub max_keys: u8,
}

/// The client's nine bytes.
///
/// | offset | field |
/// |---|---|
/// | 0 | client kind, and 0x80 to be checked for a secret |
/// | 1 | protocol version, u16 |
/// | 3 | library version, u32 |
/// | 7 | MAXDEPTH |
/// | 8 | MAXKEYLEN |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HandshakeRequest {
    /// What kind of client connects.
    pub kind: ClientKind,
    /// Whether it has a secret.
    pub access: AccessCheck,
    /// The protocol it speaks.
    pub protocol: ProtocolVersion,
    /// The library it is.
    pub library: LibraryVersion,
    /// The sizes it can handle.
    pub sizes: Sizes,
}

/// The daemon's nine bytes.
///
/// | offset | field |
/// |---|---|
/// | 0 | status |
/// | 1 | the daemon's protocol version, u16 |
/// | 3 | the daemon's version, u32 |
/// | 7 | depth the data model needs |
/// | 8 | keys the data model needs |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HandshakeReply {
    /// Whether the client is admitted.
    pub status: HandshakeStatus,
    /// The protocol the daemon speaks. Not compared if the client is admitted.
    pub protocol: ProtocolVersion,
    /// The daemon's version.
    pub daemon: LibraryVersion,
    /// The sizes the daemon's data model needs.
    pub sizes: Sizes,
}

impl ProtocolVersion {
    /// The version of ConfD 7.8, which this library speaks by default.
    pub const DEFAULT: Self = Self(78);
}

impl LibraryVersion {
    /// 7.8.2, which this library says it is by default.
    pub const DEFAULT: Self = Self::new(7, 8, 2);

    /// A version of three numbers.
    pub const fn new(major: u8, minor: u8, patch: u8) -> Self {
        Self { major, minor, patch, rest: 0 }
    }
}

impl Sizes {
    /// What libconfd built for ConfD sends: 20 and 9.
    pub const CONFD: Self = Self { max_depth: 20, max_keys: 9 };
    /// What libconfd built for NSO sends: 60 and 18.
    pub const NSO: Self = Self { max_depth: 60, max_keys: 18 };
}

impl HandshakeRequest {
    /// Appends the request to `out`.
    pub fn encode(self, out: &mut BytesMut) {
        let access = match self.access {
            AccessCheck::Without => 0,
            AccessCheck::WantChallenge => WANT_CHALLENGE,
        };
        write(out, self.kind.code() | access, self.protocol, self.library, self.sizes);
    }

    /// Reads a request of exactly [`HANDSHAKE_LEN`] bytes.
    ///
    /// # Errors
    ///
    /// If the length is another.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::new("handshake request", bytes);
        let first = fields.get("client id", Buf::try_get_u8)?;
        let (protocol, library, sizes) = read(&mut fields)?;
        fields.finish()?;
        let kind = ClientKind::from(first & !WANT_CHALLENGE);
        let access = match first & WANT_CHALLENGE {
            0 => AccessCheck::Without,
            _ => AccessCheck::WantChallenge,
        };
        Ok(Self { kind, access, protocol, library, sizes })
    }
}

impl HandshakeReply {
    /// Appends the reply to `out`.
    pub fn encode(self, out: &mut BytesMut) {
        write(out, self.status.code(), self.protocol, self.daemon, self.sizes);
    }

    /// Reads a reply of exactly [`HANDSHAKE_LEN`] bytes.
    ///
    /// # Errors
    ///
    /// If the length is another, or the status is not one of the three.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::new("handshake reply", bytes);
        let status = match HandshakeStatus::from(fields.get("status", Buf::try_get_u8)?) {
            HandshakeStatus::Unknown(found) => {
                let expected = "0 (OK), 1 (BAD_VSN) or 2 (BAD_SIZES)";
                let problem = Problem::Number { found: found.into(), expected };
                return Err(fields.error_at("status", 0, problem));
            }
            status => status,
        };
        let (protocol, daemon, sizes) = read(&mut fields)?;
        fields.finish()?;
        Ok(Self { status, protocol, daemon, sizes })
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for LibraryVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { major, minor, patch, .. } = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

fn write(
    out: &mut BytesMut,
    first: u8,
    protocol: ProtocolVersion,
    version: LibraryVersion,
    sizes: Sizes,
) {
    let LibraryVersion { major, minor, patch, rest } = version;
    out.put_u8(first);
    out.put_u16(protocol.0);
    out.put_slice(&[major, minor, patch, rest]);
    out.put_slice(&[sizes.max_depth, sizes.max_keys]);
}

fn read(fields: &mut Fields<'_>) -> Result<(ProtocolVersion, LibraryVersion, Sizes), DecodeError> {
    let protocol = ProtocolVersion(fields.get("protocol version", Buf::try_get_u16)?);
    let [major, minor, patch, rest] = fields.array("version")?;
    let [max_depth, max_keys] = fields.array("sizes")?;
    let version = LibraryVersion { major, minor, patch, rest };
    Ok((protocol, version, Sizes { max_depth, max_keys }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HA: [u8; 9] = [0x11, 0, 0x4e, 7, 8, 2, 0, 0x14, 9];

    fn request(kind: ClientKind, access: AccessCheck) -> HandshakeRequest {
        HandshakeRequest {
            kind,
            access,
            protocol: ProtocolVersion::DEFAULT,
            library: LibraryVersion::DEFAULT,
            sizes: Sizes::CONFD,
        }
    }

    #[test]
    fn requests_are_libconfds() {
        let mut out = BytesMut::new();
        request(ClientKind::Ha, AccessCheck::Without).encode(&mut out);
        assert_eq!(out, &HA[..]);
        request(ClientKind::EventManager, AccessCheck::WantChallenge).encode(&mut out);
        assert_eq!(out[9..], [0x8b, 0, 0x4e, 7, 8, 2, 0, 0x14, 9]);
        for bytes in out.chunks(9) {
            let mut again = BytesMut::new();
            HandshakeRequest::decode(bytes).unwrap().encode(&mut again);
            assert_eq!(again, bytes[..]);
        }
    }

    #[test]
    fn replies_round_trip_and_other_statuses_are_refused() {
        for status in [0, 1, 2] {
            let bytes = [status, 0, 66, 6, 6, 0, 0, 60, 18];
            let reply = HandshakeReply::decode(&bytes).unwrap();
            assert_eq!((reply.protocol, reply.sizes), (ProtocolVersion(66), Sizes::NSO));
            assert_eq!(reply.daemon.to_string(), "6.6.0");
            let mut again = BytesMut::new();
            reply.encode(&mut again);
            assert_eq!(again, bytes[..]);
        }
        let error = HandshakeReply::decode(&[13, 0, 66, 6, 6, 0, 0, 60, 18]).unwrap_err();
        assert_eq!((error.field(), error.offset()), ("status", 0));
    }

    #[test]
    fn every_other_length_is_refused() {
        for len in 0..HA.len() {
            assert!(HandshakeRequest::decode(&HA[..len]).is_err(), "{len}");
            assert!(HandshakeReply::decode(&[0; 9][..len]).is_err(), "{len}");
        }
        assert!(HandshakeRequest::decode(&[0; 10]).is_err());
        assert!(HandshakeReply::decode(&[0; 10]).is_err());
    }
}
