use std::fmt;
use std::str::FromStr;

use crate::limits::{MAX_QDEVICE_NAME, QDEVICE_NAME_LEN};
use crate::{DecodeError, Problem, Reader, Writer};

/// The name of a quorum device: 1 to 254 bytes, none of them NUL.
///
/// On the wire it takes 255 bytes, padded with NULs; it is always sent so. The daemon trusts that
/// the NUL is there.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct QdeviceName(Box<[u8]>);

impl QdeviceName {
    /// Checks and keeps a name.
    ///
    /// # Errors
    ///
    /// If it is empty, too long, or has a NUL in it.
    pub fn new(name: impl AsRef<[u8]>) -> Result<Self, InvalidName> {
        let name = name.as_ref();
        if name.is_empty() {
            return Err(InvalidName::Empty);
        }
        if name.len() > MAX_QDEVICE_NAME {
            return Err(InvalidName::TooLong { len: name.len() });
        }
        if let Some(offset) = name.iter().position(|&byte| byte == 0) {
            return Err(InvalidName::Nul { offset });
        }
        Ok(Self(name.into()))
    }

    /// The name's bytes, without the NULs.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads a name of 255 bytes. An empty one, which a daemon without a device sends, is `None`.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        field: &'static str,
    ) -> Result<Option<Self>, DecodeError> {
        let offset = reader.offset();
        let bytes = reader.bytes(field, QDEVICE_NAME_LEN)?;
        let name = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        match Self::new(name) {
            Ok(name) => Ok(Some(name)),
            Err(InvalidName::Empty) => Ok(None),
            Err(InvalidName::TooLong { .. } | InvalidName::Nul { .. }) => {
                let problem = Problem::Form { expected: "a NUL within 255 bytes" };
                Err(reader.error_at(field, offset, problem))
            }
        }
    }

    /// Reads a name of 255 bytes that must not be empty.
    pub(crate) fn read_required(
        reader: &mut Reader<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        Self::read(reader, field)?.ok_or_else(|| {
            reader.error_at(field, offset, Problem::Form { expected: "a name that is not empty" })
        })
    }

    /// Writes the name and the NULs after it.
    pub(crate) fn write(name: Option<&Self>, writer: &mut Writer<'_>) {
        let end = writer.offset() + QDEVICE_NAME_LEN;
        writer.bytes(name.map_or(&[], Self::as_bytes));
        writer.pad_to(end);
    }
}

impl fmt::Debug for QdeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// The name as text; bytes that are not UTF-8 are replaced.
impl fmt::Display for QdeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.0).fmt(f)
    }
}

impl FromStr for QdeviceName {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        Self::new(name)
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
            QdeviceName::write(Some(&name), &mut Writer::new(&mut out));
            assert_eq!(out.len(), QDEVICE_NAME_LEN);
            assert!(out[len..].iter().all(|&byte| byte == 0));
            let mut reader = Reader::new("test", &out);
            assert_eq!(QdeviceName::read(&mut reader, "name"), Ok(Some(name)));
        }
    }

    #[test]
    fn a_name_without_end_is_refused() {
        let bytes = [b'x'; QDEVICE_NAME_LEN];
        let error = QdeviceName::read(&mut Reader::new("test", &bytes), "name").unwrap_err();
        assert_eq!((error.field(), error.offset()), ("name", 0));
    }

    #[test]
    fn bytes_that_are_not_text_survive() {
        let name = QdeviceName::new(b"a\xffb").unwrap();
        assert_eq!(name.as_bytes(), b"a\xffb");
        assert_eq!(format!("{name} {name:?}"), "a\u{fffd}b \"a\\xffb\"");
    }
}
