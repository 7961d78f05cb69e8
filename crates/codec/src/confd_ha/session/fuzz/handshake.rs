use std::hint::black_box;

use super::super::{Handshake, HandshakeFailure, Progress};
use crate::confd_ha::access::{self, AccessChallenge, AccessResponse};
use crate::confd_ha::handshake::{
    AccessCheck, ClientKind, HandshakeReply, HandshakeRequest, LibraryVersion, ProtocolVersion,
    Sizes,
};
use crate::fuzzing::{Memory, Script, Target, expect};
use crate::limits::MAX_SECRET;

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

    let mut script = Script::new(bytes);
    let settings = script.u8();
    let access = match settings & 1 {
        0 => AccessCheck::Without,
        _ => AccessCheck::WantChallenge,
    };
    let stream = script.rest();
    let piece = usize::from(settings >> 1);
    assert_eq!(
        shake(access, stream, |_| 1),
        shake(access, stream, |wanted| wanted),
        "single bytes and all that are wanted lead to different ends"
    );
    assert_eq!(shake(access, stream, |_| 1), shake(access, stream, |_| piece.max(1)));
}

/// Each message is written with the bytes it was read from.
fn check_messages(bytes: &[u8]) {
    let mut again = Vec::new();
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
}

/// Has a client read `stream` in pieces of at most `size` of what it wants.
fn shake(access: AccessCheck, stream: &[u8], size: impl Fn(usize) -> usize) -> Shaken {
    let mut handshake = Handshake::new(&HandshakeRequest {
        kind: ClientKind::Ha,
        access,
        protocol: ProtocolVersion::DEFAULT,
        library: LibraryVersion::DEFAULT,
        sizes: Sizes::CONFD,
    });
    let mut shaken = Shaken { challenges: Vec::new(), outcome: None };
    let mut script = Script::new(stream);
    while !script.is_empty() {
        let wanted = handshake.wanted();
        assert!(wanted > 0, "it neither ends nor wants more");
        let piece = script.take(size(wanted).min(wanted));
        match handshake.receive(piece) {
            Ok(Progress::More) => {}
            Ok(Progress::Challenge(challenge)) => {
                assert_eq!((handshake.wanted(), access), (0, AccessCheck::WantChallenge));
                let mut out = Vec::new();
                handshake.answer(challenge.0, &mut out);
                assert_eq!(AccessResponse::decode(&out), Ok(AccessResponse(challenge.0)));
                shaken.challenges.push(challenge);
            }
            Ok(Progress::Accepted(reply)) => {
                assert_eq!(handshake.wanted(), 0);
                assert_eq!(handshake.receive(b"more"), Ok(Progress::More));
                shaken.outcome = Some(Ok(reply));
                break;
            }
            Err(failure) => {
                shaken.outcome = Some(Err(failure));
                break;
            }
        }
    }
    let challenged = usize::from(access == AccessCheck::WantChallenge);
    assert!(shaken.challenges.len() <= challenged);
    shaken
}
