//! What the daemon answers an order or a subscription.

use bytes::{Bytes, BytesMut};

use super::ErrorCode;
use super::frame::write_frame;
use super::term::{Dialect, Head, RawTerm, Term, TermReader, TermWriter, VersionByte};
use crate::DecodeError;

/// The answer to every order but status, and to a subscription.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// The atom `ok`.
    Ok,
    /// `{error, Code}` or `{error, Code, Reason}`.
    Refused(Refusal),
    /// Any other term. libconfd takes every atom for success, and the second element of every tuple
    /// for an error code; no daemon is known to send either.
    Unexpected(RawTerm),
}

/// The daemon refused.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Refusal {
    /// Why.
    pub code: ErrorCode,
    /// Why in words, if the daemon said so. libconfd drops them.
    pub reason: Option<String>,
}

impl Reply {
    /// Reads the content of a frame.
    ///
    /// Bytes after the term are not looked at, as libconfd does not.
    ///
    /// # Errors
    ///
    /// If it is not a term, or an error without a code.
    pub fn decode(frame: &Bytes, version: VersionByte) -> Result<Self, DecodeError> {
        let mut reader = TermReader::new("reply", frame, version)?;
        Self::read(&mut reader)
    }

    /// Appends the reply as a frame to `out`, as a daemon sends it.
    pub fn encode(&self, out: &mut BytesMut) {
        write_frame(out, |out| {
            let mut writer = TermWriter::new(out, Dialect::Erlang);
            writer.version();
            match self {
                Self::Ok => writer.atom("ok"),
                Self::Refused(refusal) => refusal.write(&mut writer),
                Self::Unexpected(term) => writer.raw(term),
            }
        });
    }

    fn read(reader: &mut TermReader<'_>) -> Result<Self, DecodeError> {
        if let Head::Atom(name) = reader.peek("reply")? {
            if name == "ok" {
                return Ok(Self::Ok);
            }
        }
        match Refusal::read(reader)? {
            Some(refusal) => Ok(Self::Refused(refusal)),
            None => RawTerm::read(reader, "reply", 0).map(Self::Unexpected),
        }
    }
}

impl Refusal {
    /// A refusal without words.
    pub fn new(code: impl Into<ErrorCode>) -> Self {
        Self { code: code.into(), reason: None }
    }

    /// Appends `{error, Code}`, or `{error, Code, Reason}`, to a term.
    pub fn write(&self, writer: &mut TermWriter<'_>) {
        writer.tuple(if self.reason.is_some() { 3 } else { 2 });
        writer.atom("error");
        writer.integer(self.code.code().into());
        if let Some(reason) = &self.reason {
            writer.binary(reason.as_bytes());
        }
    }

    /// Reads a refusal. If the term is anything else, the reader stays where it is.
    ///
    /// # Errors
    ///
    /// If it is not a term, or a tuple that starts with `error` and has no code after it.
    pub fn read(reader: &mut TermReader<'_>) -> Result<Option<Self>, DecodeError> {
        let mut ahead = reader.clone();
        let Head::Tuple(arity @ 2..) = ahead.head("reply")? else {
            return Ok(None);
        };
        match ahead.head("error")? {
            Head::Atom(name) if name == "error" => {}
            _ => return Ok(None),
        }
        *reader = ahead;
        reader.rename("error reply");
        let code: i32 = reader.integer("error code", "an integer of 32 bits")?;
        let mut reason = None;
        if arity > 2 {
            reason = Some(text(RawTerm::read(reader, "reason", 1)?.term()));
            reader.skip_elements("reply", arity - 3, 1)?;
        }
        Ok(Some(Self { code: code.into(), reason }))
    }
}

/// A reason as text: a binary, an atom or a string (which is a list of characters); anything else
/// in Erlang's notation.
fn text(reason: Term) -> String {
    match reason {
        Term::Binary(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Term::Atom(name) => name,
        Term::List(elements) => {
            let characters: Option<String> = elements
                .iter()
                .map(|element| match element {
                    Term::Integer(value) => u32::try_from(*value).ok().and_then(char::from_u32),
                    _ => None,
                })
                .collect();
            characters.unwrap_or_else(|| Term::List(elements).to_string())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(term: &[u8]) -> Result<Reply, DecodeError> {
        Reply::decode(&Bytes::copy_from_slice(term), VersionByte::Optional)
    }

    #[test]
    fn ok_with_every_atom_tag() {
        for term in
            [&b"\x83d\0\x02ok"[..], b"\x83s\x02ok", b"\x83v\0\x02ok", b"\x83w\x02ok", b"d\0\x02ok"]
        {
            assert_eq!(decode(term), Ok(Reply::Ok));
        }
        assert!(Reply::decode(&Bytes::from_static(b"d\0\x02ok"), VersionByte::Required).is_err());
        assert_eq!(decode(b"\x83d\0\x02ok\xff\xff"), Ok(Reply::Ok));
    }

    #[test]
    fn both_error_shapes_and_any_reason() {
        let refused = |code: i32, reason: Option<&str>| {
            let reason = reason.map(str::to_owned);
            Ok(Reply::Refused(Refusal { code: code.into(), reason }))
        };
        assert_eq!(decode(b"\x83h\x02d\0\x05errora\x11"), refused(17, None));
        assert_eq!(decode(b"\x83h\x03d\0\x05errora\x1em\0\0\0\x01x"), refused(30, Some("x")));
        assert_eq!(decode(b"\x83h\x03d\0\x05errora\x1ek\0\x02ab"), refused(30, Some("ab")));
        assert_eq!(decode(b"\x83h\x03d\0\x05errora\x1ed\0\x03abc"), refused(30, Some("abc")));
        assert_eq!(decode(b"\x83h\x03d\0\x05errora\x1eh\x01a\x07"), refused(30, Some("{7}")));
        assert_eq!(decode(b"\x83h\x04d\0\x05errora\x1ed\0\x01aa\x07"), refused(30, Some("a")));
        assert_eq!(decode(b"\x83i\0\0\0\x02w\x05errorn\x01\x01\x05"), refused(-5, None));
    }

    #[test]
    fn anything_else_is_kept() {
        for (term, shown) in [
            (&b"\x83d\0\x05error"[..], "error"),
            (b"\x83h\x02a\0a\x1e", "{0,30}"),
            (b"\x83h\x01d\0\x05error", "{error}"),
            (b"\x83j", "[]"),
        ] {
            let Ok(Reply::Unexpected(term)) = decode(term) else { panic!("{shown}") };
            assert_eq!(term.to_string(), shown);
        }
    }

    #[test]
    fn an_error_without_a_code_is_refused() {
        let error = decode(b"\x83h\x02d\0\x05errord\0\x01x").unwrap_err();
        assert_eq!((error.field(), error.offset()), ("error code", 11));
        assert!(decode(b"").is_err());
        let refused = b"\x83h\x03d\0\x05errora\x1em\0\0\0\x01x";
        for len in 0..refused.len() {
            assert!(decode(&refused[..len]).is_err(), "prefix of {len}");
        }
    }

    #[test]
    fn replies_round_trip() {
        let mut refusal = Refusal::new(25);
        for reply in [Reply::Ok, Reply::Refused(refusal.clone()), {
            refusal.reason = Some("no route".into());
            Reply::Refused(refusal)
        }] {
            let mut out = BytesMut::new();
            reply.encode(&mut out);
            assert_eq!(decode(&out[4..]), Ok(reply));
        }
    }
}
