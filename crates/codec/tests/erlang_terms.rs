//! Our reader of Erlang terms against another one: what both accept, both read alike.

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use quorate_codec::DecodeError;
use quorate_codec::confd_ha::term::{Dialect, RawTerm, Term};

const ATOM_CACHE_REF: u8 = 82;

fn decode(bytes: &[u8]) -> Result<Term, DecodeError> {
    Term::decode(&Bytes::copy_from_slice(bytes))
}

/// Any term we can write, not nested too deep.
fn terms() -> impl Strategy<Value = Term> {
    terms_with(any::<f64>().prop_filter("finite", |f| f.is_finite()).boxed())
}

/// The same, with floats of 32 bits: the other library keeps no more of a float that is text.
fn terms_with_small_floats() -> impl Strategy<Value = Term> {
    let floats = any::<f32>().prop_filter("finite", |f| f.is_finite());
    terms_with(floats.prop_map(f64::from).boxed())
}

fn terms_with(floats: BoxedStrategy<f64>) -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![
        any::<i128>().prop_map(|value| Term::Integer(value >> 1)),
        any::<i32>().prop_map(|value| Term::Integer(value.into())),
        any::<u8>().prop_map(|value| Term::Integer(value.into())),
        floats.prop_map(Term::Float),
        // No atoms of latin-1 beyond ASCII: the other library takes them for UTF-8.
        "[a-z]{0,255}|[a-zæøå]{0,100}€".prop_map(Term::Atom),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Term::Binary),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        let terms = || proptest::collection::vec(inner.clone(), 0..8);
        let tail = inner.clone().prop_filter("improper", |tail| !matches!(tail, Term::List(_)));
        prop_oneof![
            terms().prop_map(Term::Tuple),
            terms().prop_map(Term::List),
            proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| {
                Term::List(bytes.into_iter().map(|byte| Term::Integer(byte.into())).collect())
            }),
            (proptest::collection::vec(inner.clone(), 1..4), tail)
                .prop_map(|(elements, tail)| Term::ImproperList(elements, Box::new(tail))),
        ]
    })
}

/// Bytes that look like a term: tags of all kinds with short, sometimes wrong, lengths.
fn nearly_terms() -> impl Strategy<Value = Vec<u8>> {
    let short = || proptest::collection::vec(any::<u8>(), 0..6);
    let sized = |tag: u8, width: usize, bytes: Vec<u8>, lie: u8| {
        let len = if lie < 8 { usize::from(lie) } else { bytes.len() };
        let mut out = vec![tag];
        out.extend_from_slice(&u32::try_from(len).unwrap().to_be_bytes()[4 - width..]);
        out.extend(bytes);
        out
    };
    let piece = prop_oneof![
        any::<u8>().prop_map(|value| vec![97, value]),
        any::<[u8; 4]>().prop_map(|value| [&[98][..], &value].concat()),
        (
            prop_oneof![
                Just((100, 2)),
                Just((115, 1)),
                Just((118, 2)),
                Just((119, 1)),
                Just((107, 2)),
                Just((109, 4))
            ],
            short(),
            any::<u8>()
        )
            .prop_map(move |((tag, width), bytes, lie)| sized(tag, width, bytes, lie)),
        (0u8..20, 0u8..2, any::<[u8; 20]>()).prop_map(|(digits, sign, bytes)| {
            [&[110, digits, sign], &bytes[..digits.into()]].concat()
        }),
        (0u8..20, 0u8..2, any::<[u8; 20]>()).prop_map(|(digits, sign, bytes)| {
            [&[111, 0, 0, 0, digits, sign], &bytes[..digits.into()]].concat()
        }),
        any::<f64>().prop_map(|value| [&[70][..], &value.to_bits().to_be_bytes()].concat()),
        (0u8..4).prop_map(|arity| vec![104, arity]),
        (0u8..4).prop_map(|arity| vec![105, 0, 0, 0, arity]),
        Just(vec![106]),
        (1u8..4).prop_map(|count| vec![108, 0, 0, 0, count]),
    ];
    proptest::collection::vec(piece, 1..12)
        .prop_map(|pieces| std::iter::once(131).chain(pieces.into_iter().flatten()).collect())
}

/// The other library's term as ours; `None` for what we refuse on purpose.
fn ours(term: &eetf::Term) -> Option<Term> {
    let all = |elements: &[eetf::Term]| elements.iter().map(ours).collect::<Option<Vec<_>>>();
    Some(match term {
        eetf::Term::FixInteger(integer) => Term::Integer(integer.value.into()),
        eetf::Term::BigInteger(integer) => Term::Integer(integer.value.to_string().parse().ok()?),
        eetf::Term::Float(float) => Term::Float(float.value),
        eetf::Term::Atom(atom) => Term::Atom(atom.name.clone()),
        eetf::Term::Binary(binary) => Term::Binary(binary.bytes.clone()),
        eetf::Term::ByteList(list) => {
            Term::List(list.bytes.iter().map(|&byte| Term::Integer(byte.into())).collect())
        }
        eetf::Term::Tuple(tuple) => Term::Tuple(all(&tuple.elements)?),
        eetf::Term::List(list) => Term::List(all(&list.elements)?),
        eetf::Term::ImproperList(list) => {
            let mut elements = all(&list.elements)?;
            match ours(&list.last)? {
                // A list whose tail is a list is one list; the other library keeps them apart.
                Term::List(tail) => {
                    elements.extend(tail);
                    Term::List(elements)
                }
                tail => Term::ImproperList(elements, Box::new(tail)),
            }
        }
        other => panic!("{other} was not written"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000,
        max_global_rejects: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_we_write_as_erlang_the_other_reads_alike(term in terms()) {
        let mut bytes = BytesMut::new();
        term.encode(Dialect::Erlang, &mut bytes);
        let theirs = eetf::Term::decode(&bytes[..]).unwrap();
        prop_assert_eq!(ours(&theirs), Some(term.clone()));
        prop_assert_eq!(decode(&bytes).unwrap(), term);
    }

    #[test]
    fn what_we_write_as_libconfd_the_other_reads_alike(term in terms_with_small_floats()) {
        let mut bytes = BytesMut::new();
        term.encode(Dialect::Libconfd, &mut bytes);
        let theirs = eetf::Term::decode(&bytes[..]).unwrap();
        prop_assert_eq!(ours(&theirs), Some(term.clone()));
        prop_assert_eq!(decode(&bytes).unwrap(), term);
    }

    #[test]
    fn what_the_other_writes_we_read_alike(term in terms()) {
        prop_assume!(!is_miswritten(&term));
        let mut bytes = BytesMut::new();
        term.encode(Dialect::Erlang, &mut bytes);
        let theirs = eetf::Term::decode(&bytes[..]).unwrap();
        let mut again = Vec::new();
        theirs.encode(&mut again).unwrap();
        prop_assert_eq!(decode(&again).unwrap(), term);
    }

    #[test]
    fn nearly_terms_are_read_alike_or_refused_by_both(bytes in nearly_terms()) {
        let we = decode(&bytes);
        prop_assume!(!may_hold_latin1(&bytes));
        // The other library panics when it meets it; that we refuse it is tested below.
        prop_assume!(!bytes.contains(&ATOM_CACHE_REF));
        let they = eetf::Term::decode(&bytes[..]);
        match (&we, &they) {
            (Ok(we), Ok(they)) => prop_assert_eq!(Some(we.clone()), ours(they)),
            // What we refuse and they do not is beyond our bounds.
            (Err(error), Ok(they)) => {
                prop_assert!(ours(they).is_none(), "{} but {}", error, they);
            }
            (Ok(we), Err(error)) => prop_assert!(false, "{} but {}", we, error),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn every_prefix_is_refused_and_a_raw_term_survives(term in terms()) {
        let raw = term.to_raw(Dialect::Libconfd).unwrap();
        prop_assert_eq!(raw.term(), term);
        for len in 0..raw.as_bytes().len() {
            prop_assert!(RawTerm::from_bytes(raw.as_bytes().slice(..len)).is_err());
        }
        prop_assert_eq!(RawTerm::from_bytes(raw.as_bytes().clone()), Ok(raw));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(term) = decode(&bytes) {
            let mut again = BytesMut::new();
            term.encode(Dialect::Erlang, &mut again);
            prop_assert_eq!(decode(&again), Ok(term));
        }
    }
}

/// Whether there may be an atom in latin-1 beyond ASCII, which the other library takes for UTF-8.
fn may_hold_latin1(bytes: &[u8]) -> bool {
    let after_version = bytes.get(1..).unwrap_or_default();
    !after_version.is_ascii() && after_version.iter().any(|byte| matches!(byte, 100 | 115))
}

/// Whether the other library writes a wrong list for it: one of small integers, some negative, as a
/// list of bytes.
fn is_miswritten(term: &Term) -> bool {
    let small = |term: &Term| matches!(term, Term::Integer(..=255));
    let negative = |term: &Term| matches!(term, Term::Integer(..0));
    match term {
        Term::List(elements) => {
            elements.iter().all(small) && elements.iter().any(negative)
                || elements.iter().any(is_miswritten)
        }
        Term::Tuple(elements) => elements.iter().any(is_miswritten),
        Term::ImproperList(elements, tail) => {
            elements.iter().any(is_miswritten) || is_miswritten(tail)
        }
        _ => false,
    }
}

fn nested(depth: usize) -> Vec<u8> {
    let mut bytes = vec![131];
    bytes.extend((0..depth).flat_map(|_| *b"h\x01"));
    bytes.push(b'j');
    bytes
}

#[test]
fn sixteen_levels_and_no_more() {
    for (depth, fits) in [(15, true), (16, true), (17, false), (500_000, false)] {
        assert_eq!(decode(&nested(depth)).is_ok(), fits, "{depth}");
        assert_eq!(
            RawTerm::from_bytes(Bytes::from(nested(depth)).slice(1..)).is_ok(),
            fits,
            "{depth}"
        );
    }
}

#[test]
fn integers_of_128_bits_and_no_more() {
    let big = |tag: &[u8], digits: usize, sign: u8, last: u8| {
        let mut bytes = [&[131], tag].concat();
        bytes.push(u8::try_from(digits).unwrap());
        bytes.push(sign);
        bytes.extend((1..digits).map(|_| 0xff));
        bytes.push(last);
        decode(&bytes)
    };
    for tag in [&[110][..], &[111, 0, 0, 0]] {
        assert_eq!(big(tag, 16, 0, 0x7f), Ok(Term::Integer(i128::MAX)));
        assert_eq!(big(tag, 16, 1, 0x7f), Ok(Term::Integer(-i128::MAX)));
        assert!(big(tag, 16, 0, 0x80).is_err());
        assert!(big(tag, 17, 0, 1).is_err());
        // Leading zeros are fine, however many.
        assert_eq!(big(tag, 2, 0, 0), Ok(Term::Integer(255)));
        let mut padded = [&[131], tag, &[200, 0, 7]].concat();
        padded.extend([0; 199]);
        assert_eq!(decode(&padded), Ok(Term::Integer(7)));
    }
}

#[test]
fn what_has_no_place_here_is_refused_by_name() {
    for (tag, name) in [
        (77, "bit string"),
        (80, "compressed"),
        (88, "pid"),
        (103, "pid"),
        (89, "port"),
        (102, "port"),
        (120, "port"),
        (90, "reference"),
        (101, "reference"),
        (114, "reference"),
        (112, "fun"),
        (113, "fun"),
        (117, "fun"),
        (116, "map"),
        (ATOM_CACHE_REF, "atom cache"),
        (1, "the tag of a term"),
    ] {
        let error = decode(&[131, 104, 1, tag, 0, 0, 0, 0]).unwrap_err();
        assert_eq!(error.offset(), 3);
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn floats_and_atoms_that_are_none() {
    let mut text = b"\x83c1.5e+00".to_vec();
    text.resize(33, 0);
    assert_eq!(decode(&text), Ok(Term::Float(1.5)));
    for word in ["inf", "nan", "-inf", "infinity", "", "1.5x", "1e999"] {
        let mut text = [b"\x83c", word.as_bytes()].concat();
        text.resize(33, 0);
        assert!(decode(&text).is_err(), "{word}");
    }
    for bits in [f64::NAN, f64::INFINITY] {
        let bytes = [&[131, 70][..], &bits.to_bits().to_be_bytes()].concat();
        assert!(decode(&bytes).is_err());
    }
    assert!(decode(b"\x83w\x01\xff").is_err());
    assert_eq!(decode(b"\x83s\x01\xe5"), Ok(Term::Atom("å".into())));
    let atom = |tag: &[u8], len: usize| {
        let mut bytes = [&[131], tag].concat();
        bytes.extend(vec![b'a'; len]);
        decode(&bytes).is_ok()
    };
    assert!(atom(&[100, 0, 255], 255) && !atom(&[100, 1, 0], 256));
    assert!(atom(&[118, 0, 255], 255) && !atom(&[118, 1, 0], 256));
}
