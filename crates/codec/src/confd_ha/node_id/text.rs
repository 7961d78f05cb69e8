//! Node ids as text, and from what a caller has at hand.

use std::fmt;
use std::net::IpAddr;

use bytes::{Bytes, BytesMut};

use super::super::term::{Dialect, RawTerm, TermWriter};
use super::NodeId;

impl NodeId {
    /// The id as text, if it is a string of UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Buf(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

/// A string as it is, with U+FFFD in place of what is not UTF-8; any other type in Erlang's notation.
impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buf(bytes) => String::from_utf8_lossy(bytes).fmt(f),
            Self::Int32(value) => value.fmt(f),
            Self::Ipv4(address) => address.fmt(f),
            Self::Ipv6(address) => address.fmt(f),
            other => {
                let mut bytes = BytesMut::new();
                other.write(&mut TermWriter::new(&mut bytes, Dialect::Erlang));
                match RawTerm::from_bytes(bytes.freeze()) {
                    Ok(term) => term.fmt(f),
                    // Only an id that no daemon accepts either: one nested too deep, say.
                    Err(_) => fmt::Debug::fmt(other, f),
                }
            }
        }
    }
}

impl From<&str> for NodeId {
    fn from(text: &str) -> Self {
        Self::Buf(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for NodeId {
    fn from(text: String) -> Self {
        Self::Buf(text.into())
    }
}

impl From<&String> for NodeId {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&[u8]> for NodeId {
    fn from(bytes: &[u8]) -> Self {
        Self::Buf(Bytes::copy_from_slice(bytes))
    }
}

impl From<Bytes> for NodeId {
    fn from(bytes: Bytes) -> Self {
        Self::Buf(bytes)
    }
}

impl From<i32> for NodeId {
    fn from(value: i32) -> Self {
        Self::Int32(value)
    }
}

impl From<IpAddr> for NodeId {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::Ipv4(address),
            IpAddr::V6(address) => Self::Ipv6(address),
        }
    }
}
