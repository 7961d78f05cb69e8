use std::hint::black_box;

use bytes::BytesMut;

use crate::{Memory, Target, expect};
use quorate_codec::votequorum::{Reply, Response};

/// What a daemon may send on the response channel.
pub const RESPONSES: Target = Target {
    name: "vq_responses",
    check,
    decode: |bytes| drop(black_box(Response::decode(bytes))),
    memory: Memory { per_byte: 1, beside: 0 },
};

fn check(bytes: &[u8]) {
    let response = match Response::decode(bytes) {
        Ok(response) => response,
        Err(error) => return expect::names_a_place(&error, bytes),
    };
    let mut again = BytesMut::new();
    match &response.result {
        Ok(reply) => {
            reply.encode(&mut again);
            expect::only_padding_differs(bytes, &again);
        }
        // Its body is not looked at and not written again.
        Err(error) => Reply::encode_error(response.id, *error, &mut again),
    }
    assert_eq!(Response::decode(&again), Ok(response));
}
