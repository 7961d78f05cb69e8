use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use bytes::Bytes;

use super::term::{Head, RawTerm, TermReader, TermWriter};
use crate::DecodeError;

/// The address of an HA node. There is no port: nodes use the HA port their daemons are configured
/// with.
///
/// | variant | term | C |
/// |---|---|---|
/// | `V4` | `{A,B,C,D}` | `AF_INET` |
/// | `V6` | `{H1,..,H8}` | `AF_INET6` |
/// | `Text` | `<<bytes>>` | `AF_UNSPEC`, for external IPC |
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Address {
    /// IPv4.
    V4(Ipv4Addr),
    /// IPv6.
    V6(Ipv6Addr),
    /// Text, whose meaning the daemon's external IPC knows.
    Text(Bytes),
    /// Neither a tuple nor a binary, as it came. libconfd ignores such an address.
    Other(RawTerm),
}

impl Address {
    /// Appends the address to a term.
    pub fn write(&self, writer: &mut TermWriter<'_>) {
        match self {
            Self::V4(address) => write_ipv4(writer, *address),
            Self::V6(address) => write_ipv6(writer, *address),
            Self::Text(text) => writer.binary(text),
            Self::Other(term) => writer.raw(term),
        }
    }

    /// Reads the address, which `depth` tuples and lists enclose.
    ///
    /// # Errors
    ///
    /// If the bytes are not a term, or a tuple of any other size than 4 and 8.
    #[inline]
    pub fn read(reader: &mut TermReader<'_>, depth: usize) -> Result<Self, DecodeError> {
        match Self::take(reader) {
            Some(address) => Ok(address),
            None => Self::read_other(reader, depth),
        }
    }

    /// Reads an address that is written as nearly every one is; the reader stays where it is if it
    /// is any other.
    #[inline(always)]
    pub(super) fn take(reader: &mut TermReader<'_>) -> Option<Self> {
        if let Some(octets) = reader.take_octets() {
            return Some(Self::V4(octets.into()));
        }
        if let Some(text) = reader.take_binary() {
            return Some(Self::Text(reader.slice(text)));
        }
        reader.take_segments().map(|segments| Self::V6(segments.into()))
    }

    /// Reads what is neither text nor an IP address as every Erlang writes it.
    fn read_other(reader: &mut TermReader<'_>, depth: usize) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        match reader.peek(FIELD)? {
            Head::Tuple(4) => read_ipv4(reader, FIELD).map(Self::V4),
            Head::Tuple(8) => read_ipv6(reader, FIELD).map(Self::V6),
            Head::Tuple(arity) => {
                let expected = "a tuple of 4 or 8 elements";
                Err(reader.number(FIELD, offset, arity.into(), expected))
            }
            _ => RawTerm::read(reader, FIELD, depth).map(Self::Other),
        }
    }
}

const FIELD: &str = "address";

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => address.fmt(f),
            Self::Text(text) => String::from_utf8_lossy(text).fmt(f),
            Self::Other(term) => term.fmt(f),
        }
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

impl From<Ipv4Addr> for Address {
    fn from(address: Ipv4Addr) -> Self {
        Self::V4(address)
    }
}

impl From<Ipv6Addr> for Address {
    fn from(address: Ipv6Addr) -> Self {
        Self::V6(address)
    }
}

/// An IP address if the text is one; [`Address::Text`] for any other text.
impl From<&str> for Address {
    fn from(text: &str) -> Self {
        IpAddr::from_str(text)
            .map_or_else(|_| Self::Text(Bytes::copy_from_slice(text.as_bytes())), Self::from)
    }
}

/// Appends `{A,B,C,D}`.
pub(super) fn write_ipv4(writer: &mut TermWriter<'_>, address: Ipv4Addr) {
    writer.tuple(4);
    for octet in address.octets() {
        writer.integer(octet.into());
    }
}

/// Appends `{H1,..,H8}`.
pub(super) fn write_ipv6(writer: &mut TermWriter<'_>, address: Ipv6Addr) {
    writer.tuple(8);
    for segment in address.segments() {
        writer.integer(segment.into());
    }
}

/// Reads `{A,B,C,D}`.
#[inline]
pub(super) fn read_ipv4(
    reader: &mut TermReader<'_>,
    field: &'static str,
) -> Result<Ipv4Addr, DecodeError> {
    expect_arity(reader, field, 4, "a tuple of 4 elements")?;
    let mut octets = [0; 4];
    for octet in &mut octets {
        *octet = reader.octet(field)?;
    }
    Ok(octets.into())
}

/// Reads `{H1,..,H8}`.
#[inline]
pub(super) fn read_ipv6(
    reader: &mut TermReader<'_>,
    field: &'static str,
) -> Result<Ipv6Addr, DecodeError> {
    expect_arity(reader, field, 8, "a tuple of 8 elements")?;
    let mut segments = [0u16; 8];
    for segment in &mut segments {
        *segment = reader.integer(field, "an integer from 0 to 65535")?;
    }
    Ok(segments.into())
}

#[inline]
fn expect_arity(
    reader: &mut TermReader<'_>,
    field: &'static str,
    arity: u32,
    expected: &'static str,
) -> Result<(), DecodeError> {
    let offset = reader.offset();
    let found = reader.tuple(field)?;
    if found == arity {
        return Ok(());
    }
    Err(reader.number(field, offset, found.into(), expected))
}
