//! Node ids: any value of ConfD's type `confd_value_t`.
//!
//! In practice an id is a string; every other type exists and is written byte for byte as libconfd
//! writes it. Reading is more tolerant: any integer tag, any atom tag, both floats.

mod calendar;
mod decode;
mod double;
mod encode;
mod text;

use std::net::{Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
pub use calendar::{Date, Datetime, Duration, Time, Timezone};
pub use double::{Double, NotFinite};

use super::term::RawTerm;
use crate::wire_enum::wire_enum;

/// The id of an HA node.
///
/// Made from a string in most cases: `NodeId::from("node1")`.
///
/// Bytes in an id that was decoded share the memory of the frame it came in, and keep all of it
/// alive: copy what is kept for long.
///
/// | variant | C type | term |
/// |---|---|---|
/// | `Buf` | `C_BUF`, `C_STR` | `<<bytes>>` |
/// | `Int32` | `C_INT32` | `N` |
/// | `Double` | `C_DOUBLE` | a float |
/// | `Ipv4`, `Ipv6` | `C_IPV4`, `C_IPV6` | a tuple of 4 or 8 integers |
/// | `Bool` | `C_BOOL` | `true`, `false` |
/// | `List` | `C_LIST` | a list |
/// | `XmlTag` | `C_XMLTAG` | `[Ns\|Tag]` |
/// | `NoExists`, `Default` | `C_NOEXISTS`, `C_DEFAULT` | `not_found`, `default` |
/// | every other but `Other` | the type of that name | `{Type, Value}` |
#[doc(alias = "confd_value_t")]
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum NodeId {
    /// A string: any bytes.
    Buf(Bytes),
    /// 8 bits, signed.
    Int8(i8),
    /// 16 bits, signed.
    Int16(i16),
    /// 32 bits, signed: the one integer type whose term carries no type.
    Int32(i32),
    /// 64 bits, signed.
    Int64(i64),
    /// 8 bits, unsigned.
    Uint8(u8),
    /// 16 bits, unsigned.
    Uint16(u16),
    /// 32 bits, unsigned.
    Uint32(u32),
    /// 64 bits, unsigned.
    Uint64(u64),
    /// A finite number.
    Double(Double),
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
    /// A truth value.
    Bool(bool),
    /// An XML name.
    Qname(Box<Qname>),
    /// A day and a time of it.
    Datetime(Datetime),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A length of time.
    Duration(Duration),
    /// The hash of an enumeration's value.
    EnumValue(i32),
    /// 32 flags.
    Bit32(u32),
    /// 64 flags.
    Bit64(u64),
    /// Several values.
    List(Vec<Self>),
    /// An object identifier.
    Oid(Vec<u32>),
    /// Binary data.
    Binary(Bytes),
    /// An IPv4 network.
    Ipv4Prefix(Ipv4Addr, u8),
    /// An IPv6 network.
    Ipv6Prefix(Ipv6Addr, u8),
    /// An IPv4 address and the length of its network's prefix.
    Ipv4AndPlen(Ipv4Addr, u8),
    /// An IPv6 address and the length of its network's prefix.
    Ipv6AndPlen(Ipv6Addr, u8),
    /// A decimal number.
    Decimal64 {
        /// The number without its point.
        value: i64,
        /// How many of its digits come after the point.
        fraction_digits: u8,
    },
    /// An identity.
    IdentityRef {
        /// The hash of its namespace.
        namespace: u32,
        /// The hash of its name.
        identity: u32,
    },
    /// Four bytes, written as four numbers with points between.
    Dquad([u8; 4]),
    /// Bytes, written as hexadecimal text.
    Hexstr(Bytes),
    /// More than 64 flags.
    BitBig(Bytes),
    /// An element's name.
    XmlTag {
        /// The hash of its namespace.
        namespace: u32,
        /// The hash of its name.
        tag: u32,
    },
    /// No value.
    NoExists,
    /// The default value.
    Default,
    /// A value of a type this library has no name for, as it came.
    Other(RawTerm),
}

/// An XML name with its prefix.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Qname {
    /// The prefix, if there is one. No prefix is written as the atom `undefined`.
    pub prefix: Option<String>,
    /// The name.
    pub name: String,
}

wire_enum! {
    /// `enum confd_vtype`: the number in the pair a value of that type is written as.
    pub enum ValueType(i64) {
        /// Only read: libconfd writes a string as a bare binary.
        Buf = 5 => "C_BUF",
        /// 8 bits, signed.
        Int8 = 6 => "C_INT8",
        /// 16 bits, signed.
        Int16 = 7 => "C_INT16",
        /// Only read: libconfd writes it as a bare integer.
        Int32 = 8 => "C_INT32",
        /// 64 bits, signed.
        Int64 = 9 => "C_INT64",
        /// 8 bits, unsigned.
        Uint8 = 10 => "C_UINT8",
        /// 16 bits, unsigned.
        Uint16 = 11 => "C_UINT16",
        /// 32 bits, unsigned.
        Uint32 = 12 => "C_UINT32",
        /// 64 bits, unsigned.
        Uint64 = 13 => "C_UINT64",
        /// An XML name.
        Qname = 18 => "C_QNAME",
        /// A day and a time of it.
        Datetime = 19 => "C_DATETIME",
        /// A day.
        Date = 20 => "C_DATE",
        /// A time of day.
        Time = 23 => "C_TIME",
        /// A length of time.
        Duration = 27 => "C_DURATION",
        /// The hash of an enumeration's value.
        EnumValue = 28 => "C_ENUM_VALUE",
        /// 32 flags.
        Bit32 = 29 => "C_BIT32",
        /// 64 flags.
        Bit64 = 30 => "C_BIT64",
        /// An object identifier.
        Oid = 38 => "C_OID",
        /// Binary data.
        Binary = 39 => "C_BINARY",
        /// An IPv4 network.
        Ipv4Prefix = 40 => "C_IPV4PREFIX",
        /// An IPv6 network.
        Ipv6Prefix = 41 => "C_IPV6PREFIX",
        /// A decimal number.
        Decimal64 = 43 => "C_DECIMAL64",
        /// An identity.
        IdentityRef = 44 => "C_IDENTITYREF",
        /// Four bytes.
        Dquad = 46 => "C_DQUAD",
        /// Bytes as hexadecimal text.
        Hexstr = 47 => "C_HEXSTR",
        /// An IPv4 address and a prefix length.
        Ipv4AndPlen = 48 => "C_IPV4_AND_PLEN",
        /// An IPv6 address and a prefix length.
        Ipv6AndPlen = 49 => "C_IPV6_AND_PLEN",
        /// More than 64 flags.
        BitBig = 50 => "C_BITBIG",
    }
}

#[cfg(test)]
mod tests;
