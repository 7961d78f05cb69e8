//! The answer of a subscriber to a notification that blocks the daemon's HA.

use bytes::{Bytes, BytesMut};

use super::frame::write_frame;
use super::term::{Dialect, Head, RawTerm, TermReader, TermWriter, VersionByte};
use crate::DecodeError;

/// An answer on an event socket.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SyncAnswer {
    /// The atom `ha_synced`: the last `HA_INFO` was handled.
    HaSynced,
    /// An answer to something else, such as `{Usid, synced}`.
    Other(RawTerm),
}

impl SyncAnswer {
    /// Appends the answer as a frame to `out`.
    pub fn encode(&self, dialect: Dialect, out: &mut BytesMut) {
        write_frame(out, |out| {
            let mut writer = TermWriter::new(out, dialect);
            writer.version();
            match self {
                Self::HaSynced => writer.atom("ha_synced"),
                Self::Other(term) => writer.raw(term),
            }
        });
    }

    /// Reads the content of a frame, as a daemon does.
    ///
    /// # Errors
    ///
    /// If it is not a term.
    pub fn decode(frame: &Bytes) -> Result<Self, DecodeError> {
        let mut reader = TermReader::new("answer", frame, VersionByte::Optional)?;
        match reader.peek("answer")? {
            Head::Atom(name) if name == "ha_synced" => Ok(Self::HaSynced),
            _ => RawTerm::read(&mut reader, "answer", 0).map(Self::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(frame: &[u8]) -> Result<SyncAnswer, DecodeError> {
        SyncAnswer::decode(&Bytes::copy_from_slice(frame))
    }

    #[test]
    fn the_answer_is_libconfds() {
        let mut out = BytesMut::new();
        SyncAnswer::HaSynced.encode(Dialect::Libconfd, &mut out);
        assert_eq!(out, &b"\0\0\0\x0c\x83w\x09ha_synced"[..]);
        assert_eq!(decode(&out[4..]), Ok(SyncAnswer::HaSynced));
        for len in 0..out.len() - 4 {
            assert!(decode(&out[4..4 + len]).is_err(), "prefix of {len}");
        }
    }

    #[test]
    fn other_answers_survive() {
        let frame = b"\x83h\x02a\x0cd\0\x06synced";
        let answer = decode(frame).unwrap();
        let mut out = BytesMut::new();
        answer.encode(Dialect::Libconfd, &mut out);
        assert_eq!(out[4..], frame[..]);
    }
}
