use super::super::access::{AccessChallenge, AccessResponse, AccessVerdict, CHALLENGE_LEN};
use super::super::handshake::{
    AccessCheck, HANDSHAKE_LEN, HandshakeReply, HandshakeRequest, HandshakeStatus, UNAVAILABLE,
};
use crate::DecodeError;

/// The client's side of a handshake, with the access check in its middle.
#[derive(Debug)]
pub struct Handshake {
    step: Step,
    bytes: [u8; CHALLENGE_LEN],
    filled: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Challenge,
    /// The caller owes an answer to the challenge.
    Answer,
    Verdict,
    Reply,
    Done,
}

/// What received bytes led to.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// More bytes are needed.
    More,
    /// The daemon wants to know the MD5 of the secret followed by these bytes:
    /// [`answer`](Handshake::answer) with it.
    Challenge(AccessChallenge),
    /// The client is in.
    Accepted(HandshakeReply),
}

/// Why a handshake failed. The connection is of no use any more.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeFailure {
    /// The protocol versions do not go together; the reply says what the daemon speaks.
    #[error("the daemon speaks protocol version {}", .0.protocol)]
    BadVersion(HandshakeReply),
    /// The daemon's data model needs larger sizes; the reply says which.
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
    /// The daemon sent what is no reply.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

impl Handshake {
    /// Starts a handshake: `request` is to be sent now.
    pub fn new(request: &HandshakeRequest) -> Self {
        let step = match request.access {
            AccessCheck::Without => Step::Reply,
            AccessCheck::WantChallenge => Step::Challenge,
        };
        Self { step, bytes: [0; CHALLENGE_LEN], filled: 0 }
    }

    /// How many bytes are needed to go on: read no more than that, what follows is not the
    /// handshake's.
    pub fn wanted(&self) -> usize {
        let len = match self.step {
            Step::Challenge => CHALLENGE_LEN,
            Step::Verdict => 1,
            Step::Reply => HANDSHAKE_LEN,
            Step::Answer | Step::Done => 0,
        };
        len.saturating_sub(self.filled)
    }

    /// Takes bytes that arrived, at most as many as are [`wanted`](Self::wanted); any more are
    /// dropped.
    ///
    /// # Errors
    ///
    /// If the daemon does not let the client in.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Progress, HandshakeFailure> {
        let wanted = self.wanted();
        let places = self.bytes.iter_mut().skip(self.filled).take(wanted);
        let mut taken = 0;
        for (place, byte) in places.zip(bytes) {
            *place = *byte;
            taken += 1;
        }
        self.filled += taken;
        let [first, ..] = self.bytes;
        if self.filled > 0 && self.step != Step::Verdict {
            self.check_first(first)?;
        }
        if taken < wanted || wanted == 0 {
            return Ok(Progress::More);
        }
        let received = self.bytes.get(..self.filled).unwrap_or_default();
        match self.step {
            Step::Challenge => {
                let challenge = AccessChallenge::decode(received)?;
                self.enter(Step::Answer);
                Ok(Progress::Challenge(challenge))
            }
            Step::Verdict => {
                if AccessVerdict::from(first) != AccessVerdict::Granted {
                    return Err(HandshakeFailure::AccessDenied);
                }
                self.enter(Step::Reply);
                Ok(Progress::More)
            }
            Step::Reply => {
                let reply = HandshakeReply::decode(received)?;
                self.enter(Step::Done);
                match reply.status {
                    HandshakeStatus::BadVersion => Err(HandshakeFailure::BadVersion(reply)),
                    HandshakeStatus::BadSizes => Err(HandshakeFailure::BadSizes(reply)),
                    _ => Ok(Progress::Accepted(reply)),
                }
            }
            Step::Answer | Step::Done => Ok(Progress::More),
        }
    }

    /// Appends the answer to a challenge to `out`, to be sent now.
    pub fn answer(&mut self, digest: [u8; 16], out: &mut Vec<u8>) {
        AccessResponse(digest).encode(out);
        self.enter(Step::Verdict);
    }

    /// The first byte tells before the others have come, and may come alone.
    fn check_first(&self, first: u8) -> Result<(), HandshakeFailure> {
        match (self.step, first) {
            (_, UNAVAILABLE) => Err(HandshakeFailure::Unavailable),
            (Step::Challenge, 11) => Ok(()),
            (Step::Challenge, other) => Err(HandshakeFailure::NotChallenged(other)),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, step: Step) {
        self.step = step;
        self.filled = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::handshake::{ClientKind, LibraryVersion, ProtocolVersion, Sizes};
    use super::*;

    fn start(access: AccessCheck) -> Handshake {
        Handshake::new(&HandshakeRequest {
            kind: ClientKind::Ha,
            access,
            protocol: ProtocolVersion::DEFAULT,
            library: LibraryVersion::DEFAULT,
            sizes: Sizes::CONFD,
        })
    }

    const OK: [u8; 9] = [0, 0, 78, 7, 8, 2, 0, 20, 9];

    #[test]
    fn without_a_secret_there_is_one_reply() {
        for size in 1..=9 {
            let mut handshake = start(AccessCheck::Without);
            assert_eq!(handshake.wanted(), 9);
            let progress: Vec<Progress> =
                OK.chunks(size).map(|bytes| handshake.receive(bytes).unwrap()).collect();
            let (last, before) = progress.split_last().unwrap();
            assert!(matches!(last, Progress::Accepted(reply) if reply.protocol.0 == 78));
            assert!(before.iter().all(|progress| *progress == Progress::More));
            assert_eq!(handshake.wanted(), 0);
        }
    }

    #[test]
    fn a_challenge_comes_in_between() {
        let mut handshake = start(AccessCheck::WantChallenge);
        let mut challenge = vec![11];
        challenge.extend([7; 16]);
        assert_eq!(handshake.receive(&challenge[..5]), Ok(Progress::More));
        assert_eq!(
            handshake.receive(&challenge[5..]),
            Ok(Progress::Challenge(AccessChallenge([7; 16])))
        );
        assert_eq!(handshake.wanted(), 0);
        let mut out = Vec::new();
        handshake.answer([9; 16], &mut out);
        assert_eq!((out.len(), out[0], handshake.wanted()), (17, 12, 1));
        assert_eq!(handshake.receive(&[0]), Ok(Progress::More));
        assert!(matches!(handshake.receive(&OK), Ok(Progress::Accepted(_))));
    }

    #[test]
    fn every_refusal_is_told_apart() {
        let refusal = |status| {
            start(AccessCheck::Without).receive(&{
                let mut reply = OK;
                reply[0] = status;
                reply
            })
        };
        assert!(matches!(refusal(1), Err(HandshakeFailure::BadVersion(_))));
        assert!(matches!(refusal(2), Err(HandshakeFailure::BadSizes(_))));
        assert!(matches!(refusal(3), Err(HandshakeFailure::Malformed(_))));
        for access in [AccessCheck::Without, AccessCheck::WantChallenge] {
            assert_eq!(start(access).receive(&[13]), Err(HandshakeFailure::Unavailable));
        }
        let mut handshake = start(AccessCheck::WantChallenge);
        assert_eq!(handshake.receive(&[0]), Err(HandshakeFailure::NotChallenged(0)));
        let mut handshake = start(AccessCheck::WantChallenge);
        handshake.answer([0; 16], &mut Vec::new());
        assert_eq!(handshake.receive(&[13]), Err(HandshakeFailure::AccessDenied));
    }
}
