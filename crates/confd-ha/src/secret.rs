//! What must not be shown, and where it comes from.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use md5::{Digest, Md5};
use quorate_codec::confd_ha::access::secret_of_file;
use quorate_codec::limits::MAX_SECRET_FILE;
use zeroize::Zeroizing;

use crate::error::Error;

/// Bytes that are wiped when dropped and not shown by `Debug`.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<Vec<u8>>);

/// What to do with a newline at the end of a secret file.
///
/// libconfd treats it as part of the secret. What a daemon does is not known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TrailingNewline {
    /// It is part of the secret.
    #[default]
    Keep,
    /// It is not.
    Strip,
}

impl Secret {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The digest that shows knowledge of the secret.
    pub(crate) fn digest(&self, challenge: [u8; 16]) -> [u8; 16] {
        Md5::new().chain_update(self.as_bytes()).chain_update(challenge).finalize().into()
    }

    /// Reads a secret file.
    ///
    /// Unlike libconfd, which goes without a check then, it refuses a file that is missing, empty,
    /// or open to others than its owner and group.
    pub(crate) fn of_file(path: &Path, newline: TrailingNewline) -> Result<Self, Error> {
        let failed = |why: String| Error::access_file(path, &why);
        let mut file = open(path).map_err(|error| failed(error.to_string()))?;
        let metadata = file.metadata().map_err(|error| failed(error.to_string()))?;
        if !metadata.is_file() {
            return Err(failed("it is not a regular file".into()));
        }
        let mode = metadata.permissions().mode();
        if mode & TOO_OPEN != 0 {
            let mode = mode & 0o777;
            return Err(failed(format!(
                "its mode {mode:03o} lets others read or write it; chmod it to 640 or less"
            )));
        }
        let mut content = Zeroizing::new(vec![0; MAX_SECRET_FILE]);
        let mut filled = 0;
        // One byte more than libconfd looks at is never read, however large the file is.
        while let Some(space) = content.get_mut(filled..).filter(|space| !space.is_empty()) {
            match file.read(space).map_err(|error| failed(error.to_string()))? {
                0 => break,
                read => filled += read,
            }
        }
        let mut secret = secret_of_file(content.get(..filled).unwrap_or_default());
        if newline == TrailingNewline::Strip {
            secret = secret.strip_suffix(b"\n").unwrap_or(secret);
            secret = secret.strip_suffix(b"\r").unwrap_or(secret);
        }
        if secret.is_empty() {
            return Err(failed("there is no secret in it".into()));
        }
        Ok(Self::new(secret))
    }
}

/// Readable or executable by others, or writable by any user but the owner.
const TOO_OPEN: u32 = 0o027;

/// Opens without waiting for a writer, should the path be a pipe.
fn open(path: &Path) -> std::io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    let flags = i32::try_from(flags).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ErrorKind;

    fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    fn read(content: &[u8], mode: u32) -> Result<Secret, Error> {
        let (_dir, path) = file(content, mode);
        Secret::of_file(&path, TrailingNewline::Keep)
    }

    #[test]
    fn the_digest_is_that_of_the_capture() {
        let challenge = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let digest = Secret::new(b"s3cret-file-contents").digest(challenge);
        let expected = 0x2bf0_2dad_11e1_b100_1f42_d4b7_5489_9eb4_u128.to_be_bytes();
        assert_eq!(digest, expected);
    }

    #[test]
    fn the_file_is_read_as_libconfd_reads_it() {
        assert_eq!(read(b"abc\n", 0o600).unwrap().as_bytes(), b"abc\n");
        assert_eq!(read(b"abc\0def", 0o400).unwrap().as_bytes(), b"abc");
        assert_eq!(read(&[b'x'; 5000], 0o640).unwrap().as_bytes().len(), 1007);
        let (_dir, path) = file(b"abc\r\n", 0o600);
        let stripped = Secret::of_file(&path, TrailingNewline::Strip).unwrap();
        assert_eq!(stripped.as_bytes(), b"abc");
    }

    #[test]
    fn a_file_that_protects_nothing_is_an_error() {
        for (content, mode) in [
            (&b""[..], 0o600),
            (b"\0abc", 0o600),
            (b"abc", 0o604),
            (b"abc", 0o602),
            (b"abc", 0o620),
            (b"abc", 0o644),
        ] {
            let error = read(content, mode).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{content:?} {mode:o}");
        }
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().join("missing"), dir.path().to_owned()] {
            let error = Secret::of_file(&path, TrailingNewline::Keep).unwrap_err();
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        }
    }

    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &path, fifo, mode, 0).unwrap();
        let error = Secret::of_file(&path, TrailingNewline::Keep).unwrap_err();
        assert!(error.to_string().contains("regular"), "{error}");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new(b"hidden")), "Secret(..)");
    }
}
