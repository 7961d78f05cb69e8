use super::super::address::{read_ipv4, read_ipv6};
use super::super::term::{Head, RawTerm, TermReader};
use super::{Date, Datetime, Double, Duration, NodeId, Qname, Time, ValueType};
use crate::DecodeError;

impl NodeId {
    /// Reads the id, which `depth` tuples and lists enclose.
    ///
    /// A pair of a type this library does not know is kept as [`NodeId::Other`]; an atom that means
    /// nothing else is a string, as libconfd has it.
    ///
    /// # Errors
    ///
    /// If the bytes are not a term, or a value does not fit its type.
    #[inline]
    pub fn read(reader: &mut TermReader<'_>, depth: usize) -> Result<Self, DecodeError> {
        match reader.take_binary() {
            Some(bytes) => Ok(Self::Buf(reader.slice(bytes))),
            None => Self::read_other(reader, depth),
        }
    }

    fn read_other(reader: &mut TermReader<'_>, depth: usize) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        match reader.peek(FIELD)? {
            Head::Tuple(2) => return read_pair(reader, depth),
            Head::Tuple(4) => return read_ipv4(reader, FIELD).map(Self::Ipv4),
            Head::Tuple(8) => return read_ipv6(reader, FIELD).map(Self::Ipv6),
            Head::List(_) => return read_list(reader, depth),
            _ => {}
        }
        Ok(match reader.head(FIELD)? {
            Head::Integer(value) => {
                let expected = "an integer of 32 bits, or a pair of a type and a value";
                let value = i32::try_from(value)
                    .map_err(|_| reader.number(FIELD, offset, value, expected))?;
                Self::Int32(value)
            }
            Head::Binary(bytes) => Self::Buf(reader.share(bytes)),
            Head::Float(value) => match Double::new(value) {
                Ok(value) => Self::Double(value),
                Err(_) => return Err(reader.form(FIELD, offset, "a finite float")),
            },
            Head::Atom(name) => match &*name {
                "true" => Self::Bool(true),
                "false" => Self::Bool(false),
                "not_found" => Self::NoExists,
                "default" => Self::Default,
                other => Self::from(other),
            },
            Head::Bytes(bytes) => {
                Self::List(bytes.iter().map(|&byte| Self::Int32(byte.into())).collect())
            }
            Head::Nil => Self::List(Vec::new()),
            Head::Tuple(_) | Head::List(_) => {
                return Err(reader.form(FIELD, offset, "a tuple of 2, 4 or 8 elements"));
            }
        })
    }
}

const FIELD: &str = "node id";

fn read_pair(reader: &mut TermReader<'_>, depth: usize) -> Result<NodeId, DecodeError> {
    let whole = reader.clone();
    reader.check_depth(FIELD, reader.offset(), depth)?;
    reader.tuple(FIELD)?;
    let value_type: i64 = reader.integer("value type", "the number of a value type")?;
    let inner = depth + 1;
    Ok(match ValueType::from(value_type) {
        ValueType::Buf => NodeId::Buf(reader.binary(FIELD)?),
        ValueType::Int8 => NodeId::Int8(reader.integer(FIELD, "an integer of 8 bits")?),
        ValueType::Int16 => NodeId::Int16(reader.integer(FIELD, "an integer of 16 bits")?),
        ValueType::Int32 => NodeId::Int32(reader.integer(FIELD, "an integer of 32 bits")?),
        ValueType::Int64 => NodeId::Int64(reader.integer(FIELD, "an integer of 64 bits")?),
        ValueType::Uint8 => NodeId::Uint8(reader.octet(FIELD)?),
        ValueType::Uint16 => {
            NodeId::Uint16(reader.integer(FIELD, "an unsigned integer of 16 bits")?)
        }
        ValueType::Uint32 => NodeId::Uint32(reader.integer(FIELD, UNSIGNED_32)?),
        ValueType::Uint64 => NodeId::Uint64(reader.integer(FIELD, UNSIGNED_64)?),
        ValueType::Qname => NodeId::Qname(Box::new(read_qname(reader)?)),
        ValueType::Datetime => NodeId::Datetime(Datetime::read(reader, inner)?),
        ValueType::Date => NodeId::Date(Date::read(reader, inner)?),
        ValueType::Time => NodeId::Time(Time::read(reader, inner)?),
        ValueType::Duration => NodeId::Duration(Duration::read(reader, inner)?),
        ValueType::EnumValue => NodeId::EnumValue(reader.integer(FIELD, "an integer of 32 bits")?),
        ValueType::Bit32 => NodeId::Bit32(reader.integer(FIELD, UNSIGNED_32)?),
        ValueType::Bit64 => NodeId::Bit64(reader.integer(FIELD, UNSIGNED_64)?),
        ValueType::Oid => NodeId::Oid(read_oid(reader)?),
        ValueType::Binary => NodeId::Binary(reader.binary(FIELD)?),
        ValueType::Ipv4Prefix => {
            expect_pair(reader, "prefix")?;
            NodeId::Ipv4Prefix(read_ipv4(reader, "prefix")?, reader.octet("prefix length")?)
        }
        ValueType::Ipv6Prefix => {
            expect_pair(reader, "prefix")?;
            NodeId::Ipv6Prefix(read_ipv6(reader, "prefix")?, reader.octet("prefix length")?)
        }
        ValueType::Ipv4AndPlen => {
            expect_pair(reader, "address")?;
            NodeId::Ipv4AndPlen(read_ipv4(reader, "address")?, reader.octet("prefix length")?)
        }
        ValueType::Ipv6AndPlen => {
            expect_pair(reader, "address")?;
            NodeId::Ipv6AndPlen(read_ipv6(reader, "address")?, reader.octet("prefix length")?)
        }
        ValueType::Decimal64 => {
            expect_pair(reader, "decimal64")?;
            NodeId::Decimal64 {
                value: reader.integer("decimal64 value", "an integer of 64 bits")?,
                fraction_digits: reader.octet("fraction digits")?,
            }
        }
        ValueType::IdentityRef => {
            expect_pair(reader, "identityref")?;
            NodeId::IdentityRef {
                namespace: reader.integer("namespace", UNSIGNED_32)?,
                identity: reader.integer("identity", UNSIGNED_32)?,
            }
        }
        ValueType::Dquad => {
            let offset = reader.offset();
            let bytes = reader.binary(FIELD)?;
            let quad =
                bytes.as_ref().try_into().map_err(|_| reader.form(FIELD, offset, "four bytes"))?;
            NodeId::Dquad(quad)
        }
        ValueType::Hexstr => NodeId::Hexstr(reader.binary(FIELD)?),
        ValueType::BitBig => NodeId::BitBig(reader.binary(FIELD)?),
        ValueType::Unknown(_) => {
            *reader = whole;
            NodeId::Other(RawTerm::read(reader, FIELD, depth)?)
        }
    })
}

const UNSIGNED_32: &str = "an unsigned integer of 32 bits";
const UNSIGNED_64: &str = "an unsigned integer of 64 bits";

fn read_qname(reader: &mut TermReader<'_>) -> Result<Qname, DecodeError> {
    expect_pair(reader, "qname")?;
    let prefix = reader.atom("prefix")?;
    let prefix = (prefix != "undefined").then(|| prefix.into_owned());
    let name = reader.atom("name")?.into_owned();
    Ok(Qname { prefix, name })
}

fn read_oid(reader: &mut TermReader<'_>) -> Result<Vec<u32>, DecodeError> {
    let offset = reader.offset();
    let bytes = reader.binary(FIELD)?;
    let parts = bytes.chunks_exact(4);
    if !parts.remainder().is_empty() {
        return Err(reader.form(FIELD, offset, "four bytes for each part of an OID"));
    }
    Ok(parts.filter_map(|part| part.try_into().ok().map(u32::from_be_bytes)).collect())
}

/// Reads a list with elements: of values, or the improper pair of an XML tag.
fn read_list(reader: &mut TermReader<'_>, depth: usize) -> Result<NodeId, DecodeError> {
    reader.check_depth(FIELD, reader.offset(), depth)?;
    let Head::List(count) = reader.head(FIELD)? else {
        return Err(reader.form(FIELD, reader.offset(), "a list"));
    };
    if count == 1 {
        if let Some(xml_tag) = read_xml_tag(reader)? {
            return Ok(xml_tag);
        }
    }
    let mut values = Vec::new();
    for _ in 0..count {
        values.push(NodeId::read(reader, depth + 1)?);
    }
    reader.nil("end of list")?;
    Ok(NodeId::List(values))
}

/// Reads the rest of `[Ns|Tag]`, if the list is that; leaves the reader where it is if not.
fn read_xml_tag(reader: &mut TermReader<'_>) -> Result<Option<NodeId>, DecodeError> {
    let mut ahead = reader.clone();
    let (Head::Integer(_), Head::Integer(_)) = (ahead.head(FIELD)?, ahead.head(FIELD)?) else {
        return Ok(None);
    };
    let namespace = reader.integer("namespace", UNSIGNED_32)?;
    let tag = reader.integer("tag", UNSIGNED_32)?;
    Ok(Some(NodeId::XmlTag { namespace, tag }))
}

fn expect_pair(reader: &mut TermReader<'_>, field: &'static str) -> Result<(), DecodeError> {
    let offset = reader.offset();
    match reader.tuple(field)? {
        2 => Ok(()),
        arity => Err(reader.number(field, offset, arity.into(), "a tuple of 2 elements")),
    }
}
