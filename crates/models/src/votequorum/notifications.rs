use std::hint::black_box;

use bytes::BytesMut;

use crate::{Memory, Target, expect};
use quorate_codec::votequorum::Notification;

/// What a daemon may send on the event channel.
pub const NOTIFICATIONS: Target = Target {
    name: "vq_notifications",
    check,
    decode: |bytes| drop(black_box(Notification::decode(bytes))),
    memory: Memory { per_byte: 2, beside: 0 },
};

fn check(bytes: &[u8]) {
    let notification = match Notification::decode(bytes) {
        Ok(notification) => notification,
        Err(error) => return expect::names_a_place(&error, bytes),
    };
    let mut again = BytesMut::new();
    notification.encode(&mut again);
    expect::only_padding_differs(bytes, &again);
    assert_eq!(Notification::decode(&again), Ok(notification));
}
