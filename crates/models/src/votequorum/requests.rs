use std::hint::black_box;

use bytes::BytesMut;

use crate::{Memory, Target, expect};
use quorate_codec::votequorum::Request;

/// What a client may send to a daemon.
pub const REQUESTS: Target = Target {
    name: "vq_requests",
    check,
    decode: |bytes| drop(black_box(Request::decode(bytes))),
    memory: Memory { per_byte: 1, beside: 0 },
};

fn check(bytes: &[u8]) {
    let request = match Request::decode(bytes) {
        Ok(request) => request,
        Err(error) => return expect::names_a_place(&error, bytes),
    };
    assert!(request.max_reply_len() >= 24);
    let mut again = BytesMut::new();
    request.encode(&mut again);
    expect::only_padding_differs(bytes, &again);
    assert_eq!(Request::decode(&again), Ok(request));
}
