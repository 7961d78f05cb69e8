use std::fmt::Debug;
use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use tokio_util::codec::Decoder;

use crate::{Memory, Target, expect};
use quorate_codec::DecodeError;
use quorate_codec::confd_ha::frame::FrameCodec;
use quorate_codec::confd_ha::term::{Dialect, TermReader, VersionByte};
use quorate_codec::confd_ha::{Notification, Order, Reply, StatusReply, Subscription, SyncAnswer};

/// The content of a frame, taken for each of the messages there are.
pub const MESSAGES: Target = Target {
    name: "confd_messages",
    check,
    decode: |frame| {
        let frame = &Bytes::copy_from_slice(frame);
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
    let frame = &Bytes::copy_from_slice(frame);
    check_message(frame, Order::decode, |order, dialect, out| {
        black_box((order.number(), order.answer()));
        order.encode(dialect, out);
    });
    for version in [VersionByte::Required, VersionByte::Optional] {
        let decode = |frame: &Bytes| Reply::decode(frame, version);
        check_message(frame, decode, |reply, _, out| reply.encode(out));
        let decode = |frame: &Bytes| StatusReply::decode(frame, version);
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
    frame: &Bytes,
    decode: impl Fn(&Bytes) -> Result<M, DecodeError>,
    encode: impl Fn(&M, Dialect, &mut BytesMut),
) {
    let message = match decode(frame) {
        Ok(message) => message,
        Err(error) => return expect::names_a_place(&error, frame),
    };
    let term = first_term(frame).expect("a message is a term");
    assert_eq!(decode(&term).as_ref(), Ok(&message), "what follows the term was read");
    for dialect in [Dialect::Libconfd, Dialect::Erlang] {
        let mut again = BytesMut::new();
        encode(&message, dialect, &mut again);
        let content = FrameCodec.decode(&mut again).expect("a frame").expect("all of it");
        assert!(again.is_empty(), "more than a frame was written");
        assert_eq!(first_term(&content).as_ref(), Some(&content));
        assert_eq!(decode(&content).as_ref(), Ok(&message));
    }
}

/// The frame up to the end of its first term.
fn first_term(frame: &Bytes) -> Option<Bytes> {
    let mut reader = TermReader::new("frame", frame, VersionByte::Optional).ok()?;
    reader.skip("frame", 0).ok()?;
    Some(frame.slice(..reader.offset()))
}
