use std::fmt::Debug;
use std::hint::black_box;

use crate::DecodeError;
use crate::confd_ha::term::{Dialect, TermReader, VersionByte};
use crate::confd_ha::{Notification, Order, Reply, StatusReply, Subscription, SyncAnswer};
use crate::fuzzing::{Memory, Target, expect};

/// The content of a frame, taken for each of the messages there are.
pub const MESSAGES: Target = Target {
    name: "confd_messages",
    check,
    decode: |frame| {
        drop(black_box(Order::decode(frame)));
        drop(black_box(Reply::decode(frame, VersionByte::Optional)));
        drop(black_box(StatusReply::decode(frame, VersionByte::Optional)));
        drop(black_box(Notification::decode(frame)));
        drop(black_box(Subscription::decode(frame)));
        drop(black_box(SyncAnswer::decode(frame)));
    },
    memory: Memory { per_byte: 128, beside: 512 },
};

fn check(frame: &[u8]) {
    check_message(frame, Order::decode, |order, dialect, out| {
        black_box((order.number(), order.answer()));
        order.encode(dialect, out);
    });
    for version in [VersionByte::Required, VersionByte::Optional] {
        let decode = |frame: &[u8]| Reply::decode(frame, version);
        check_message(frame, decode, |reply, _, out| reply.encode(out));
        let decode = |frame: &[u8]| StatusReply::decode(frame, version);
        check_message(frame, decode, |reply, _, out| reply.encode(out));
    }
    check_message(frame, Notification::decode, |notification, _, out| {
        black_box(notification.flag());
        if let Notification::Other(other) = notification {
            black_box(other.mask());
        }
        notification.encode(out);
    });
    check_message(frame, Subscription::decode, Subscription::encode);
    check_message(frame, SyncAnswer::decode, SyncAnswer::encode);
}

/// A message is one term, whatever follows; and it is the same when it is written and read again.
fn check_message<M: Debug + PartialEq>(
    frame: &[u8],
    decode: impl Fn(&[u8]) -> Result<M, DecodeError>,
    encode: impl Fn(&M, Dialect, &mut Vec<u8>),
) {
    let message = match decode(frame) {
        Ok(message) => message,
        Err(error) => return expect::names_a_place(&error, frame),
    };
    let term = first_term(frame).expect("a message is a term");
    assert_eq!(decode(term).as_ref(), Ok(&message), "what follows the term was read");
    for dialect in [Dialect::Libconfd, Dialect::Erlang] {
        let mut again = Vec::new();
        encode(&message, dialect, &mut again);
        let (prefix, content) = again.split_first_chunk::<4>().expect("a frame has a prefix");
        assert_eq!(usize::try_from(u32::from_be_bytes(*prefix)), Ok(content.len()));
        assert_eq!(first_term(content).map(<[u8]>::len), Some(content.len()));
        assert_eq!(decode(content).as_ref(), Ok(&message));
    }
}

/// The frame up to the end of its first term.
fn first_term(frame: &[u8]) -> Option<&[u8]> {
    let mut reader = TermReader::new("frame", frame, VersionByte::Optional).ok()?;
    reader.skip("frame", 0).ok()?;
    frame.get(..reader.offset())
}
