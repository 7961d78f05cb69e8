use std::hint::black_box;

use bytes::{BufMut, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use crate::{Input, Memory, Target, expect};
use quorate_codec::confd_ha::access::{self, AccessChallenge, AccessResponse};
use quorate_codec::confd_ha::handshake::{
    AccessCheck, ClientKind, HandshakeReply, HandshakeRequest, LibraryVersion, ProtocolVersion,
    Sizes,
};
use quorate_codec::confd_ha::session::{Handshake, HandshakeError, HandshakeFailure, Progress};
use quorate_codec::limits::MAX_SECRET;

/// The bytes as each message of a handshake, as a secret file, and, behind a first byte that says
/// whether there is a secret and of which sizes the pieces are, as all that a daemon sends.
pub const HANDSHAKE: Target = Target {
    name: "confd_handshake",
    check,
    decode: |bytes| {
        drop(black_box(HandshakeRequest::decode(bytes)));
        drop(black_box(HandshakeReply::decode(bytes)));
        drop(black_box(AccessChallenge::decode(bytes)));
        drop(black_box(AccessResponse::decode(bytes)));
    },
    memory: Memory { per_byte: 0, beside: 0 },
};

fn check(bytes: &[u8]) {
    check_messages(bytes);
    let secret = access::secret_of_file(bytes);
    assert!(secret.len() <= MAX_SECRET && bytes.starts_with(secret) && !secret.contains(&0));

    let mut input = Input::new(bytes);
    let settings = input.byte();
    let access = match settings & 1 {
        0 => AccessCheck::Without,
        _ => AccessCheck::WantChallenge,
    };
    let stream = input.rest();
    let piece = usize::from(settings >> 1).max(1);
    let whole = shake(access, stream, usize::MAX);
    assert_eq!(shake(access, stream, 1), whole, "single bytes and all at once end differently");
    assert_eq!(shake(access, stream, piece), whole);
}

/// Each message is written with the bytes it was read from.
fn check_messages(bytes: &[u8]) {
    let mut again = BytesMut::new();
    match HandshakeRequest::decode(bytes) {
        Ok(request) => request.encode(&mut again),
        Err(error) => expect::names_a_place(&error, bytes),
    }
    match HandshakeReply::decode(bytes) {
        Ok(reply) => reply.encode(&mut again),
        Err(error) => expect::names_a_place(&error, bytes),
    }
    match AccessChallenge::decode(bytes) {
        Ok(challenge) => challenge.encode(&mut again),
        Err(error) => expect::names_a_place(&error, bytes),
    }
    match AccessResponse::decode(bytes) {
        Ok(response) => response.encode(&mut again),
        Err(error) => expect::names_a_place(&error, bytes),
    }
    for again in again.chunks(bytes.len().max(1)) {
        assert_eq!(again, bytes);
    }
}

/// How a handshake went.
#[derive(Debug, PartialEq)]
struct Shaken {
    challenges: Vec<AccessChallenge>,
    outcome: Option<Result<HandshakeReply, HandshakeFailure>>,
    /// How many bytes belonged to the handshake, if it was accepted.
    taken: Option<usize>,
}

/// Has a client read `stream` in pieces of at most `size`.
fn shake(access: AccessCheck, stream: &[u8], size: usize) -> Shaken {
    let mut handshake = Handshake::new();
    let request = HandshakeRequest {
        kind: ClientKind::Ha,
        access,
        protocol: ProtocolVersion::DEFAULT,
        library: LibraryVersion::DEFAULT,
        sizes: Sizes::CONFD,
    };
    let mut sent = BytesMut::new();
    handshake.encode(&request, &mut sent).expect("it is encoded at any time");
    assert_eq!(HandshakeRequest::decode(&sent), Ok(request));
    let mut shaken = Shaken { challenges: Vec::new(), outcome: None, taken: None };
    let mut received = BytesMut::new();
    let mut delivered = 0;
    'pieces: for piece in stream.chunks(size) {
        received.put_slice(piece);
        delivered += piece.len();
        loop {
            match handshake.decode(&mut received) {
                Ok(None) => break,
                Ok(Some(Progress::Challenge(challenge))) => {
                    assert_eq!(access, AccessCheck::WantChallenge);
                    assert!(matches!(handshake.decode(&mut received), Ok(None)));
                    let mut out = BytesMut::new();
                    let response = AccessResponse(challenge.0);
                    handshake.encode(response, &mut out).expect("it is encoded at any time");
                    assert_eq!(AccessResponse::decode(&out), Ok(response));
                    shaken.challenges.push(challenge);
                }
                Ok(Some(Progress::Accepted(reply))) => {
                    let left = received.len();
                    assert!(matches!(handshake.decode(&mut received), Ok(None)));
                    assert_eq!(received.len(), left, "what follows is not the handshake's");
                    shaken.outcome = Some(Ok(reply));
                    shaken.taken = Some(delivered - left);
                    break 'pieces;
                }
                Err(HandshakeError::Failed(failure)) => {
                    shaken.outcome = Some(Err(failure));
                    break 'pieces;
                }
                Ok(Some(other)) => unreachable!("{other:?}"),
                Err(error) => unreachable!("{error}"),
            }
        }
    }
    let challenged = usize::from(access == AccessCheck::WantChallenge);
    assert!(shaken.challenges.len() <= challenged);
    shaken
}
