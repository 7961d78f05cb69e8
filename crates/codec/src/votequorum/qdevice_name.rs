use std::fmt::{self, Write as _};
use std::str::FromStr;

use bytes::{BufMut, Bytes};

use crate::limits::{MAX_QDEVICE_NAME, QDEVICE_NAME_LEN};
use crate::{DecodeError, Fields, Problem};

/// The name of a quorum device: 1 to 254 bytes, none of them NUL.
///
/// Cheap to clone. Mostly it is text, and compares with text:
///
/// ```
/// use quorate_codec::votequorum::QdeviceName;
///
/// # fn main() -> Result<(), quorate_codec::votequorum::InvalidName> {
/// let name: QdeviceName = "Qdevice".parse()?;
/// assert_eq!(name, "Qdevice");
/// assert_eq!(QdeviceName::new(b"caf\xe9")?.to_string(), r"caf\xe9");
/// # Ok(())
/// # }
/// ```
///
/// On the wire it takes 255 bytes and is padded with NULs. The daemon does not check that the last
/// byte is one; this type makes sure of it.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct QdeviceName(Bytes);

impl QdeviceName {
    /// Checks and copies a name.
    ///
    /// # Errors
    ///
    /// If it is empty, too long, or has a NUL in it.
    pub fn new(name: impl AsRef<[u8]>) -> Result<Self, InvalidName> {
        let name = name.as_ref();
        check(name)?;
        Ok(Self(Bytes::copy_from_slice(name)))
    }

    /// The name's bytes, without the NULs.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads a name of 255 bytes. An empty one, which a daemon without a device sends, is `None`.
    #[inline]
    pub(crate) fn read(
        fields: &mut Fields<'_>,
        field: &'static str,
    ) -> Result<Option<Self>, DecodeError> {
        let offset = fields.offset();
        let bytes = fields.bytes(field, QDEVICE_NAME_LEN)?;
        if bytes.first() == Some(&0) {
            return Ok(None);
        }
        match bytes.iter().position(|&byte| byte == 0) {
            Some(len) => Ok(bytes.get(..len).map(|name| Self(Bytes::copy_from_slice(name)))),
            None => {
                let problem = Problem::Form { expected: "a NUL within 255 bytes" };
                Err(fields.error_at(field, offset, problem))
            }
        }
    }

    /// Reads a name of 255 bytes that must not be empty.
    #[inline]
    pub(crate) fn read_required(
        fields: &mut Fields<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        let offset = fields.offset();
        Self::read(fields, field)?.ok_or_else(|| {
            fields.error_at(field, offset, Problem::Form { expected: "a name that is not empty" })
        })
    }

    /// Writes the name and the NULs after it.
    #[inline]
    pub(crate) fn write(name: Option<&Self>, out: &mut impl BufMut) {
        let name = name.map_or(&[][..], Self::as_bytes);
        out.put_slice(name);
        out.put_bytes(0, QDEVICE_NAME_LEN - name.len());
    }
}

fn check(name: &[u8]) -> Result<(), InvalidName> {
    if name.is_empty() {
        return Err(InvalidName::Empty);
    }
    if name.len() > MAX_QDEVICE_NAME {
        return Err(InvalidName::TooLong { len: name.len() });
    }
    match name.iter().position(|&byte| byte == 0) {
        Some(offset) => Err(InvalidName::Nul { offset }),
        None => Ok(()),
    }
}

impl fmt::Debug for QdeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// The name as text.
///
/// Different names print differently: bytes that are not UTF-8, control characters and the
/// backslash are written as `\xNN`, two hexadecimal digits for each byte.
impl fmt::Display for QdeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |c: char| !c.is_control() && c != '\\';
        if let Ok(text) = std::str::from_utf8(&self.0) {
            if text.chars().all(is_plain) {
                return f.pad(text);
            }
        }
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if is_plain(c) {
                    f.write_char(c)?;
                } else {
                    escape(c.encode_utf8(&mut [0; 4]).as_bytes(), f)?;
                }
            }
            escape(chunk.invalid(), f)?;
        }
        Ok(())
    }
}

fn escape(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
}

/// The text as it is; what [`Display`](fmt::Display) escapes is not read back.
impl FromStr for QdeviceName {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        Self::new(name)
    }
}

impl AsRef<[u8]> for QdeviceName {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq<str> for QdeviceName {
    fn eq(&self, text: &str) -> bool {
        self.0 == text
    }
}

impl PartialEq<&str> for QdeviceName {
    fn eq(&self, text: &&str) -> bool {
        self.0 == *text
    }
}

/// A name no quorum device can have.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// It is empty.
    #[error("the name of a quorum device must not be empty")]
    Empty,
    /// It does not fit into its field.
    #[error("the name of a quorum device has at most {MAX_QDEVICE_NAME} bytes, this one has {len}")]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// It has a NUL in it.
    #[error("the name of a quorum device must not have a NUL in it; byte {offset} is one")]
    Nul {
        /// Where.
        offset: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_at_the_edge() {
        assert_eq!(QdeviceName::new(""), Err(InvalidName::Empty));
        assert!(QdeviceName::new([b'x'; 1]).is_ok());
        assert!(QdeviceName::new([b'x'; MAX_QDEVICE_NAME]).is_ok());
        let too_long = QdeviceName::new([b'x'; MAX_QDEVICE_NAME + 1]);
        assert_eq!(too_long, Err(InvalidName::TooLong { len: 255 }));
        assert_eq!(QdeviceName::new(b"a\0b"), Err(InvalidName::Nul { offset: 1 }));
    }

    #[test]
    fn always_padded_and_read_back() {
        for len in [1, 7, 254] {
            let name = QdeviceName::new(vec![b'q'; len]).unwrap();
            let mut out = Vec::new();
            QdeviceName::write(Some(&name), &mut out);
            assert_eq!(out.len(), QDEVICE_NAME_LEN);
            assert!(out[len..].iter().all(|&byte| byte == 0));
            let mut fields = Fields::new("test", &out);
            assert_eq!(QdeviceName::read(&mut fields, "name"), Ok(Some(name)));
        }
    }

    #[test]
    fn a_name_without_end_is_refused() {
        let bytes = [b'x'; QDEVICE_NAME_LEN];
        let error = QdeviceName::read(&mut Fields::new("test", &bytes), "name").unwrap_err();
        assert_eq!((error.field(), error.offset()), ("name", 0));
    }

    #[test]
    fn different_names_print_differently() {
        for (bytes, shown) in [
            (&b"Qdevice"[..], "Qdevice"),
            ("Gerät".as_bytes(), "Gerät"),
            (b"a\xffb", r"a\xffb"),
            (br"a\xffb", r"a\x5cxffb"),
            (b"a\x1b[2J\nb", r"a\x1b[2J\x0ab"),
            ("a\u{85}".as_bytes(), r"a\xc2\x85"),
            (b"\xc3", r"\xc3"),
        ] {
            let name = QdeviceName::new(bytes).unwrap();
            assert_eq!((name.as_bytes(), &*name.to_string()), (bytes, shown));
        }
        let name = QdeviceName::new(b"a\xffb").unwrap();
        assert_eq!(format!("{name:?}"), "\"a\\xffb\"");
    }

    #[test]
    fn compares_with_text() {
        let name = QdeviceName::new("Qdevice").unwrap();
        assert!(name == "Qdevice" && name == *"Qdevice" && name != "qdevice");
        assert_eq!(name.as_ref(), b"Qdevice");
    }
}
