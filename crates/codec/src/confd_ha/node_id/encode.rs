use super::super::address::{write_ipv4, write_ipv6};
use super::super::term::TermWriter;
use super::{NodeId, Qname, ValueType};

impl NodeId {
    /// Appends the id to a term.
    pub fn write(&self, writer: &mut TermWriter<'_>) {
        match self {
            Self::Buf(bytes) => writer.binary(bytes),
            Self::Int8(value) => pair(writer, ValueType::Int8).integer((*value).into()),
            Self::Int16(value) => pair(writer, ValueType::Int16).integer((*value).into()),
            Self::Int32(value) => writer.integer((*value).into()),
            Self::Int64(value) => pair(writer, ValueType::Int64).integer(*value),
            Self::Uint8(value) => pair(writer, ValueType::Uint8).integer((*value).into()),
            Self::Uint16(value) => pair(writer, ValueType::Uint16).integer((*value).into()),
            Self::Uint32(value) => pair(writer, ValueType::Uint32).unsigned32(*value),
            Self::Uint64(value) => pair(writer, ValueType::Uint64).unsigned64(*value),
            Self::Double(value) => writer.float(value.get()),
            Self::Ipv4(address) => write_ipv4(writer, *address),
            Self::Ipv6(address) => write_ipv6(writer, *address),
            Self::Bool(true) => writer.atom("true"),
            Self::Bool(false) => writer.atom("false"),
            Self::Qname(qname) => write_qname(writer, qname),
            Self::Datetime(value) => value.write(pair(writer, ValueType::Datetime)),
            Self::Date(value) => value.write(pair(writer, ValueType::Date)),
            Self::Time(value) => value.write(pair(writer, ValueType::Time)),
            Self::Duration(value) => value.write(pair(writer, ValueType::Duration)),
            Self::EnumValue(value) => pair(writer, ValueType::EnumValue).integer((*value).into()),
            Self::Bit32(value) => pair(writer, ValueType::Bit32).unsigned32(*value),
            Self::Bit64(value) => pair(writer, ValueType::Bit64).unsigned64(*value),
            Self::List(values) => write_list(writer, values),
            Self::Oid(parts) => {
                let bytes: Vec<u8> = parts.iter().flat_map(|part| part.to_be_bytes()).collect();
                pair(writer, ValueType::Oid).binary(&bytes);
            }
            Self::Binary(bytes) => pair(writer, ValueType::Binary).binary(bytes),
            Self::Ipv4Prefix(address, len) => {
                write_ipv4(network(writer, ValueType::Ipv4Prefix), *address);
                writer.integer((*len).into());
            }
            Self::Ipv6Prefix(address, len) => {
                write_ipv6(network(writer, ValueType::Ipv6Prefix), *address);
                writer.integer((*len).into());
            }
            Self::Ipv4AndPlen(address, len) => {
                write_ipv4(network(writer, ValueType::Ipv4AndPlen), *address);
                writer.integer((*len).into());
            }
            Self::Ipv6AndPlen(address, len) => {
                write_ipv6(network(writer, ValueType::Ipv6AndPlen), *address);
                writer.integer((*len).into());
            }
            Self::Decimal64 { value, fraction_digits } => {
                pair(writer, ValueType::Decimal64).tuple(2);
                writer.integer(*value);
                writer.integer((*fraction_digits).into());
            }
            Self::IdentityRef { namespace, identity } => {
                pair(writer, ValueType::IdentityRef).tuple(2);
                writer.unsigned32(*namespace);
                writer.unsigned32(*identity);
            }
            Self::Dquad(bytes) => pair(writer, ValueType::Dquad).binary(bytes),
            Self::Hexstr(bytes) => pair(writer, ValueType::Hexstr).binary(bytes),
            Self::BitBig(bytes) => pair(writer, ValueType::BitBig).binary(bytes),
            Self::XmlTag { namespace, tag } => {
                writer.list(1);
                writer.unsigned32(*namespace);
                writer.unsigned32(*tag);
            }
            Self::NoExists => writer.atom("not_found"),
            Self::Default => writer.atom("default"),
            Self::Other(term) => writer.raw(term),
        }
    }
}

/// The start of `{Type, Value}`; the value comes next.
fn pair<'w, 'a>(writer: &'w mut TermWriter<'a>, value_type: ValueType) -> &'w mut TermWriter<'a> {
    writer.tuple(2);
    writer.integer(value_type.code());
    writer
}

/// The start of `{Type, {Address, Len}}`; the address comes next.
fn network<'w, 'a>(writer: &'w mut TermWriter<'a>, of: ValueType) -> &'w mut TermWriter<'a> {
    pair(writer, of).tuple(2);
    writer
}

fn write_qname(writer: &mut TermWriter<'_>, Qname { prefix, name }: &Qname) {
    pair(writer, ValueType::Qname).tuple(2);
    writer.atom(prefix.as_deref().unwrap_or("undefined"));
    writer.atom(name);
}

fn write_list(writer: &mut TermWriter<'_>, values: &[NodeId]) {
    let bytes: Option<Vec<u8>> = values
        .iter()
        .map(|value| match value {
            NodeId::Int32(value) => u8::try_from(*value).ok(),
            _ => None,
        })
        .collect();
    if let Some(bytes) = bytes {
        return writer.byte_list(&bytes);
    }
    writer.list(values.len());
    for value in values {
        value.write(writer);
    }
    writer.nil();
}
