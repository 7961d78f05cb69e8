use std::io;

use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

use super::super::access::{
    AccessChallenge, AccessResponse, AccessVerdict, CHALLENGE, CHALLENGE_LEN,
};
use super::super::handshake::{
    AccessCheck, HANDSHAKE_LEN, HandshakeReply, HandshakeRequest, HandshakeStatus, UNAVAILABLE,
};
use crate::DecodeError;

/// The client's side of a handshake, with the access check in its middle.
///
/// Encode the request; then each [`Progress`] that is decoded says what to do. What follows the
/// daemon's reply is left in the buffer.
#[derive(Debug, Default)]
pub struct Handshake {
    step: Step,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Step {
    /// The caller has yet to encode the request.
    #[default]
    Request,
    Challenge,
    /// The caller has yet to encode the answer to the challenge.
    Answer,
    Verdict,
    Reply,
    Done,
}

/// What arrived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// The daemon asks for the MD5 of the secret followed by these bytes: encode an
    /// [`AccessResponse`].
    Challenge(AccessChallenge),
    /// The client is admitted.
    Accepted(HandshakeReply),
}

/// Why a handshake failed. The connection is no longer usable.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeFailure {
    /// The protocol versions differ; the reply has the daemon's.
    #[error("the daemon speaks protocol version {}", .0.protocol)]
    BadVersion(HandshakeReply),
    /// The daemon's data model needs larger sizes; the reply has them.
    #[error("the daemon needs MAXDEPTH {} and MAXKEYLEN {}", .0.sizes.max_depth, .0.sizes.max_keys)]
    BadSizes(HandshakeReply),
    /// The daemon did not accept the secret.
    #[error("the daemon did not accept the secret")]
    AccessDenied,
    /// The daemon did not send a challenge, but this byte.
    #[error("the daemon answered {0} in place of an access challenge")]
    NotChallenged(u8),
    /// The daemon is not up yet.
    #[error("the daemon is not available yet")]
    Unavailable,
    /// The daemon sent a malformed reply.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

/// Why a handshake cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The handshake failed.
    #[error(transparent)]
    Failed(#[from] HandshakeFailure),
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Handshake {
    /// A handshake whose request was not encoded yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn advance(&mut self, src: &mut BytesMut) -> Result<Option<Progress>, HandshakeFailure> {
        while let (Some(first), Some(len)) = (src.first(), self.step.expected_len()) {
            // The first byte is conclusive before the others have arrived, and may come alone.
            self.step.check_first(*first)?;
            if src.len() < len {
                break;
            }
            let received = src.split_to(len);
            match self.step {
                Step::Challenge => {
                    let challenge = AccessChallenge::decode(&received)?;
                    self.step = Step::Answer;
                    return Ok(Some(Progress::Challenge(challenge)));
                }
                Step::Reply => {
                    let reply = HandshakeReply::decode(&received)?;
                    self.step = Step::Done;
                    return match reply.status {
                        HandshakeStatus::BadVersion => Err(HandshakeFailure::BadVersion(reply)),
                        HandshakeStatus::BadSizes => Err(HandshakeFailure::BadSizes(reply)),
                        _ => Ok(Some(Progress::Accepted(reply))),
                    };
                }
                _ => self.step = Step::Reply,
            }
        }
        Ok(None)
    }
}

impl Step {
    /// Length of the message that comes next from the daemon, if one does.
    fn expected_len(self) -> Option<usize> {
        match self {
            Self::Challenge => Some(CHALLENGE_LEN),
            Self::Verdict => Some(1),
            Self::Reply => Some(HANDSHAKE_LEN),
            Self::Request | Self::Answer | Self::Done => None,
        }
    }

    /// Checks the first byte of the message that comes next.
    fn check_first(self, first: u8) -> Result<(), HandshakeFailure> {
        match (self, first) {
            (Self::Verdict, byte) if AccessVerdict::from(byte) == AccessVerdict::Granted => Ok(()),
            (Self::Verdict, _) => Err(HandshakeFailure::AccessDenied),
            (_, UNAVAILABLE) => Err(HandshakeFailure::Unavailable),
            (Self::Challenge, other) if other != CHALLENGE => {
                Err(HandshakeFailure::NotChallenged(other))
            }
            _ => Ok(()),
        }
    }
}

impl Decoder for Handshake {
    type Item = Progress;
    type Error = HandshakeError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Progress>, HandshakeError> {
        self.advance(src).map_err(HandshakeError::Failed)
    }

    /// A connection that ends inside a message just ends.
    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<Progress>, HandshakeError> {
        self.decode(src)
    }
}

impl Encoder<&HandshakeRequest> for Handshake {
    type Error = HandshakeError;

    fn encode(
        &mut self,
        request: &HandshakeRequest,
        dst: &mut BytesMut,
    ) -> Result<(), HandshakeError> {
        request.encode(dst);
        self.step = match request.access {
            AccessCheck::Without => Step::Reply,
            AccessCheck::WantChallenge => Step::Challenge,
        };
        Ok(())
    }
}

impl Encoder<AccessResponse> for Handshake {
    type Error = HandshakeError;

    fn encode(
        &mut self,
        response: AccessResponse,
        dst: &mut BytesMut,
    ) -> Result<(), HandshakeError> {
        response.encode(dst);
        self.step = Step::Verdict;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::BufMut;

    use super::super::super::handshake::{ClientKind, LibraryVersion, ProtocolVersion, Sizes};
    use super::*;

    fn start(access: AccessCheck) -> Handshake {
        let request = HandshakeRequest {
            kind: ClientKind::Ha,
            access,
            protocol: ProtocolVersion::DEFAULT,
            library: LibraryVersion::DEFAULT,
            sizes: Sizes::CONFD,
        };
        let mut handshake = Handshake::new();
        let mut out = BytesMut::new();
        handshake.encode(&request, &mut out).unwrap();
        assert_eq!(out.len(), HANDSHAKE_LEN);
        handshake
    }

    fn failure(handshake: &mut Handshake, bytes: &[u8]) -> HandshakeFailure {
        match handshake.decode(&mut BytesMut::from(bytes)) {
            Err(HandshakeError::Failed(failure)) => failure,
            other => panic!("{other:?}"),
        }
    }

    const OK: [u8; 9] = [0, 0, 78, 7, 8, 2, 0, 20, 9];

    #[test]
    fn without_a_secret_there_is_one_reply() {
        for size in 1..=9 {
            let mut handshake = start(AccessCheck::Without);
            let mut received = BytesMut::new();
            let mut progress = Vec::new();
            for bytes in OK.chunks(size) {
                received.put_slice(bytes);
                progress.push(handshake.decode(&mut received).unwrap());
            }
            let (last, before) = progress.split_last().unwrap();
            assert!(matches!(last, Some(Progress::Accepted(reply)) if reply.protocol.0 == 78));
            assert!(before.iter().all(Option::is_none));
        }
    }

    #[test]
    fn what_follows_the_reply_is_left() {
        let mut handshake = start(AccessCheck::Without);
        let mut received = BytesMut::from(&[&OK[..], b"more"].concat()[..]);
        assert!(matches!(handshake.decode(&mut received), Ok(Some(Progress::Accepted(_)))));
        assert!(matches!(handshake.decode(&mut received), Ok(None)));
        assert_eq!(received, "more");
    }

    #[test]
    fn a_challenge_comes_in_between() {
        let mut handshake = start(AccessCheck::WantChallenge);
        let mut received = BytesMut::from(&[11, 7, 7, 7, 7][..]);
        assert!(matches!(handshake.decode(&mut received), Ok(None)));
        received.put_bytes(7, 12);
        let challenge = handshake.decode(&mut received).unwrap();
        assert_eq!(challenge, Some(Progress::Challenge(AccessChallenge([7; 16]))));
        let mut out = BytesMut::new();
        handshake.encode(AccessResponse([9; 16]), &mut out).unwrap();
        assert_eq!((out.len(), out[0]), (17, 12));
        received.put_u8(0);
        received.put_slice(&OK);
        assert!(matches!(handshake.decode(&mut received), Ok(Some(Progress::Accepted(_)))));
    }

    #[test]
    fn every_refusal_is_told_apart() {
        let refusal = |status| {
            let mut reply = OK;
            reply[0] = status;
            failure(&mut start(AccessCheck::Without), &reply)
        };
        assert!(matches!(refusal(1), HandshakeFailure::BadVersion(_)));
        assert!(matches!(refusal(2), HandshakeFailure::BadSizes(_)));
        assert!(matches!(refusal(3), HandshakeFailure::Malformed(_)));
        for access in [AccessCheck::Without, AccessCheck::WantChallenge] {
            assert_eq!(failure(&mut start(access), &[13]), HandshakeFailure::Unavailable);
        }
        let mut handshake = start(AccessCheck::WantChallenge);
        assert_eq!(failure(&mut handshake, &[0]), HandshakeFailure::NotChallenged(0));
        let mut handshake = start(AccessCheck::WantChallenge);
        handshake.encode(AccessResponse([0; 16]), &mut BytesMut::new()).unwrap();
        assert_eq!(failure(&mut handshake, &[13]), HandshakeFailure::AccessDenied);
    }
}
