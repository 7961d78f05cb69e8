//! The setup messages: what arrives on the setup socket before a client is accepted.

use std::hint::black_box;

use bytes::BytesMut;

use crate::{Input, Memory, Target, expect};
use quorate_codec::limits::PATH_LEN;
use quorate_codec::qb::auth::{AUTH_RESPONSE_LEN, AuthRequest, AuthResponse};
use quorate_codec::qb::errno;

/// Requests and responses. A response is long and mostly zeros, so the input is also taken for a
/// short form of one: its first 40 bytes, and its three paths, each with its length in two bytes.
pub const SETUP: Target = Target {
    name: "qb_setup",
    check,
    decode: |bytes| {
        drop(black_box(AuthRequest::decode(bytes)));
        drop(black_box(AuthResponse::decode(bytes)));
    },
    memory: Memory { per_byte: 1, beside: 0 },
};

fn check(bytes: &[u8]) {
    check_request(bytes);
    check_response(bytes);
    check_response(&expand(bytes));
}

fn check_request(bytes: &[u8]) {
    let request = match AuthRequest::decode(bytes) {
        Ok(request) => request,
        Err(error) => return expect::names_a_place(&error, bytes),
    };
    let mut again = BytesMut::new();
    request.encode(&mut again);
    expect::only_padding_differs(bytes, &again);
    assert_eq!(AuthRequest::decode(&again), Ok(request));
}

fn check_response(bytes: &[u8]) {
    let response = match AuthResponse::decode(bytes) {
        Ok(response) => response,
        Err(error) => return expect::names_a_place(&error, bytes),
    };
    match &response {
        AuthResponse::Refused { errno } => {
            assert!(*errno > 0);
            errno::to_cs_error(*errno);
        }
        AuthResponse::Accepted(accepted) => {
            for path in [&accepted.request, &accepted.response, &accepted.event] {
                assert!(path.len() < PATH_LEN && !path.contains(&0));
            }
        }
    }
    let mut again = BytesMut::new();
    response.encode(&mut again);
    expect::only_padding_differs(bytes, &again);
    assert_eq!(AuthResponse::decode(&again), Ok(response));
}

/// A response from its first 40 bytes and its three paths, each with its length in two bytes. What
/// is missing of a path is slashes, so that a path of any length is short.
fn expand(short: &[u8]) -> Vec<u8> {
    let mut input = Input::new(short);
    let mut bytes = input.array::<40>().to_vec();
    for _ in 0..3 {
        let end = bytes.len() + PATH_LEN;
        let len = usize::from(input.u16()).min(PATH_LEN);
        let path = input.take(len);
        bytes.extend_from_slice(path);
        bytes.resize(bytes.len() + len - path.len(), b'/');
        bytes.resize(end, 0);
    }
    debug_assert_eq!(bytes.len(), AUTH_RESPONSE_LEN);
    bytes
}
