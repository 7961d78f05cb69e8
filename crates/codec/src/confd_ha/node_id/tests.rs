use bytes::BytesMut;

use super::super::term::{Dialect, RawTerm, Term, TermReader, TermWriter};
use super::*;

fn encoded(id: &NodeId, dialect: Dialect) -> BytesMut {
    let mut out = BytesMut::new();
    id.write(&mut TermWriter::new(&mut out, dialect));
    out
}

fn decoded(bytes: &[u8]) -> Result<NodeId, crate::DecodeError> {
    NodeId::read(&mut TermReader::bare("test", &Bytes::copy_from_slice(bytes)), 0)
}

/// One of every type, with values at the edges of the integer tags.
fn ids() -> Vec<NodeId> {
    let timezone = Some(Timezone { hours: -5, minutes: 30 });
    let v4 = Ipv4Addr::new(10, 1, 2, 255);
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xffff);
    let unknown = Term::Tuple(vec![Term::Integer(53), Term::Atom("empty".into())]);
    let mut ids = vec![
        NodeId::from("node1"),
        NodeId::from(&[0, 0xff][..]),
        NodeId::from("n".repeat(300)),
        NodeId::Double(Double::new(-0.1).unwrap()),
        NodeId::Double(Double::new(f64::MIN_POSITIVE / 3.0).unwrap()),
        NodeId::Ipv4(v4),
        NodeId::Ipv6(v6),
        NodeId::Bool(true),
        NodeId::Bool(false),
        NodeId::Qname(Box::new(Qname { prefix: None, name: "name".into() })),
        NodeId::Qname(Box::new(Qname { prefix: Some("p".into()), name: "å".repeat(200) })),
        NodeId::Date(Date { year: -1, month: 2, day: 29, timezone }),
        NodeId::Duration(Duration { years: u32::MAX, ..Duration::default() }),
        NodeId::List(Vec::new()),
        NodeId::List(vec![NodeId::Int32(255), NodeId::Int32(0)]),
        NodeId::List(vec![NodeId::Int32(256)]),
        NodeId::List(vec![NodeId::List(vec![NodeId::from("inner")]), NodeId::Bool(true)]),
        NodeId::Oid(vec![1, 3, u32::MAX]),
        NodeId::Binary(Bytes::from_static(&[0, 1])),
        NodeId::Ipv4Prefix(v4, 24),
        NodeId::Ipv6Prefix(v6, 64),
        NodeId::Ipv4AndPlen(v4, 32),
        NodeId::Ipv6AndPlen(v6, 128),
        NodeId::Decimal64 { value: i64::MIN, fraction_digits: 18 },
        NodeId::IdentityRef { namespace: u32::MAX, identity: 1 },
        NodeId::Dquad([1, 2, 3, 4]),
        NodeId::Hexstr(Bytes::from_static(&[0xa0])),
        NodeId::BitBig(Bytes::from_static(&[1; 9])),
        NodeId::XmlTag { namespace: 2000, tag: u32::MAX },
        NodeId::NoExists,
        NodeId::Default,
        NodeId::Other(unknown.to_raw(Dialect::Erlang).unwrap()),
    ];
    for timezone in [timezone, None] {
        ids.push(NodeId::Datetime(Datetime {
            year: 2024,
            month: 2,
            day: 29,
            hour: 23,
            min: 59,
            sec: 58,
            micro: 999_999,
            timezone,
        }));
        ids.push(NodeId::Time(Time { hour: 1, min: 2, sec: 3, micro: 4, timezone }));
    }
    for value in [i8::MIN, -1, 0, i8::MAX] {
        ids.extend([NodeId::Int8(value), NodeId::Int16(value.into()), NodeId::Int64(value.into())]);
    }
    for value in [i32::MIN, -1, 0, 255, 256, i32::MAX] {
        ids.extend([NodeId::Int32(value), NodeId::EnumValue(value), NodeId::Int64(value.into())]);
    }
    for value in [0, 255, 256, u32::MAX / 2, u32::MAX / 2 + 1, u32::MAX] {
        ids.extend([NodeId::Uint32(value), NodeId::Bit32(value), NodeId::Uint64(value.into())]);
    }
    for value in [1 << 32, i64::MAX as u64, 1 << 63, u64::MAX] {
        ids.extend([NodeId::Uint64(value), NodeId::Bit64(value)]);
    }
    ids.extend([NodeId::Int64(i64::MIN), NodeId::Int64(1 << 32), NodeId::Uint8(255)]);
    ids.push(NodeId::Uint16(u16::MAX));
    ids
}

#[test]
fn every_type_round_trips_in_both_dialects_and_no_prefix_is_one() {
    for id in ids() {
        for dialect in [Dialect::Libconfd, Dialect::Erlang] {
            let bytes = encoded(&id, dialect);
            assert_eq!(decoded(&bytes).as_ref(), Ok(&id));
            // It is one term, as other readers see it.
            RawTerm::from_bytes(bytes.clone().freeze()).unwrap();
            for len in 0..bytes.len() {
                assert!(decoded(&bytes[..len]).is_err(), "{id:?}, prefix of {len}");
            }
        }
    }
}

#[test]
fn libconfds_readings_are_ours() {
    assert_eq!(decoded(b"d\0\x05hello"), Ok(NodeId::from("hello")));
    assert_eq!(decoded(b"h\x02a\x08b\0\0\x01,"), Ok(NodeId::Int32(300)));
    assert_eq!(decoded(b"h\x02a\x05m\0\0\0\x01x"), Ok(NodeId::from("x")));
    assert_eq!(
        decoded(b"k\0\x02\x01\xff").unwrap(),
        NodeId::List([1, 255].map(NodeId::Int32).into())
    );
}

#[test]
fn what_is_no_value_is_refused() {
    for bytes in [
        &b"h\x03a\x01a\x01a\x01"[..],
        b"n\x05\0\0\0\0\0\x01",
        b"h\x02a\x06b\0\0\x01\0",
        b"h\x02d\0\x01xa\x01",
        b"h\x02a\x2em\0\0\0\x03abc",
        b"h\x02a\x26m\0\0\0\x03abc",
        b"l\0\0\0\x01d\0\x01xa\x01",
    ] {
        assert!(decoded(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn lists_are_not_nested_too_deep() {
    let nested = |depth: usize| {
        let mut bytes = b"l\0\0\0\x01".repeat(depth);
        bytes.push(b'j');
        bytes.extend(vec![b'j'; depth]);
        decoded(&bytes).is_ok()
    };
    assert!(nested(16) && !nested(17) && !nested(100_000));
}

#[test]
fn as_text() {
    for (id, text) in [
        (NodeId::from("node1"), "node1"),
        (NodeId::from(7), "7"),
        (NodeId::Uint32(7), "{12,7}"),
        (NodeId::Ipv4(Ipv4Addr::LOCALHOST), "127.0.0.1"),
        (NodeId::Bool(true), "true"),
        (NodeId::List(vec![NodeId::from("ab")]), "[<<\"ab\">>]"),
    ] {
        assert_eq!(id.to_string(), text);
    }
    assert_eq!(NodeId::from("node1").as_str(), Some("node1"));
    assert_eq!(NodeId::from(7).as_str(), None);
    assert!(Double::new(f64::NAN).is_err() && Double::new(f64::INFINITY).is_err());
}
