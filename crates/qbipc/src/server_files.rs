//! The files a server names in its answer: checked before they are opened, and before they are
//! used.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::process::{geteuid, getuid};

use crate::{ConnectError, ConnectOptions, PeerCredentials};

/// What the name of a server's directory starts with.
const DIR_PREFIX: &[u8] = b"qb-";

/// The directory a server made for one connection, directly below the shared-memory root.
///
/// The server names it by a path of its own mount namespace. Here it is looked up by its last
/// component, below the root this process knows.
#[derive(Debug)]
pub(crate) struct ServerDir {
    path: PathBuf,
    /// The same directory as the server names it.
    named: Vec<u8>,
    fd: OwnedFd,
    /// The users whose files are used.
    owners: [u32; 3],
}

impl ServerDir {
    /// Opens the directory of `path`, a file's name as the server gave it, which has to be that of
    /// a file called `file` there.
    pub(crate) fn open(
        path: &[u8],
        file: &str,
        options: &ConnectOptions,
        peer: &PeerCredentials,
    ) -> Result<Self, ConnectError> {
        let (named, dir) = split(path, file.as_bytes())
            .map_err(|problem| ConnectError::Path { path: lossy(path), problem })?;
        let path = options.shm_root.join(OsStr::from_bytes(dir));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = fs::open(&path, flags, Mode::empty())
            .map_err(|errno| ConnectError::File { path: path.clone(), source: errno.into() })?;
        // The server gives the files to the user that the kernel names to it: the real one, if the
        // bytes it reads bring the credentials, the effective one otherwise.
        let owners = [peer.uid(), geteuid().as_raw(), getuid().as_raw()];
        Ok(Self { path, named: named.to_vec(), fd, owners })
    }

    /// Checks that `path` is the name the server has for a file called `file` in this directory.
    pub(crate) fn expect_name(&self, path: &[u8], file: &str) -> Result<(), ConnectError> {
        let below = path.strip_prefix(self.named.as_slice());
        if below.and_then(|below| below.strip_prefix(b"/")) == Some(file.as_bytes()) {
            return Ok(());
        }
        let problem = "not the file expected in the directory of the others";
        Err(ConnectError::Path { path: lossy(path), problem })
    }

    /// Where a file of this directory is.
    pub(crate) fn path_of(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }

    /// Opens a file; `check_len` says what is wrong with its length.
    pub(crate) fn open_file(
        &self,
        file: &str,
        check_len: impl Fn(u64) -> Result<(), &'static str>,
    ) -> Result<OwnedFd, ConnectError> {
        let failed =
            |errno: Errno| ConnectError::File { path: self.path_of(file), source: errno.into() };
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = fs::openat(&self.fd, file, flags, Mode::empty()).map_err(failed)?;
        let stat = fs::fstat(&fd).map_err(failed)?;
        let len = u64::try_from(stat.st_size).unwrap_or(0);
        match self.problem_of(&stat).map_or_else(|| check_len(len), Err) {
            Ok(()) => Ok(fd),
            Err(problem) => Err(ConnectError::UnusableFile { path: self.path_of(file), problem }),
        }
    }

    fn problem_of(&self, stat: &Stat) -> Option<&'static str> {
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Some("not a regular file");
        }
        if !self.owners.contains(&stat.st_uid) {
            return Some("its owner is neither the server's user nor this process's");
        }
        if stat.st_nlink != 1 {
            return Some("it has more than one hard link");
        }
        None
    }

    /// Removes a file by its name in this directory, if it can be removed.
    pub(crate) fn remove_file(&self, file: &str) {
        // The server may have removed it; there is nothing to do about other failures.
        let _ = fs::unlinkat(&self.fd, file, AtFlags::empty());
    }

    /// Removes the directory, if it is empty.
    pub(crate) fn remove(&self) {
        let _ = fs::rmdir(&self.path);
    }
}

/// Splits the path `ROOT/DIRECTORY/FILE` of a file called `file`: returns `ROOT/DIRECTORY` and
/// `DIRECTORY`. Where the root is, only the server knows.
fn split<'a>(path: &'a [u8], file: &[u8]) -> Result<(&'a [u8], &'a [u8]), &'static str> {
    if !path.starts_with(b"/") {
        return Err("not an absolute path");
    }
    let mut from_end = path.rsplitn(3, |&byte| byte == b'/');
    let (name, dir, root) = (from_end.next(), from_end.next(), from_end.next());
    let (Some(name), Some(dir), Some(root)) = (name, dir, root) else {
        return Err("not in a directory of its own");
    };
    if name != file {
        return Err("not the file name this service has");
    }
    if !dir.starts_with(DIR_PREFIX) {
        return Err("its directory is not called qb-...");
    }
    if root.split(|&byte| byte == b'/').any(|component| component == b"..") {
        return Err("it leads back through '..'");
    }
    let named = path.len() - name.len() - 1;
    Ok((path.get(..named).unwrap_or(path), dir))
}

fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_expected_names_are_accepted() {
        let split = |path: &'static str| split(path.as_bytes(), b"qb-request-v");
        for (path, named) in [
            ("/dev/shm/qb-1-2-3-abc/qb-request-v", "/dev/shm/qb-1-2-3-abc"),
            ("/mnt/qb-1-2-3-abc/qb-request-v", "/mnt/qb-1-2-3-abc"),
            ("/qb-1/qb-request-v", "/qb-1"),
            ("/dev/shm//qb-1/qb-request-v", "/dev/shm//qb-1"),
        ] {
            let (got, dir) = split(path).unwrap();
            assert_eq!(got, named.as_bytes());
            assert_eq!(dir, named.rsplit('/').next().unwrap().as_bytes());
        }
        for path in [
            "",
            "/",
            "//",
            "qb-request-v",
            "/qb-request-v",
            "qb-1/qb-request-v",
            "./qb-1/qb-request-v",
            "/dev/shm/qb-request-v",
            "/dev/shm//qb-request-v",
            "/dev/shm/../qb-request-v",
            "/dev/shm/../qb-1/qb-request-v",
            "/../qb-1/qb-request-v",
            "/dev/shm/../../etc/qb-request-v",
            "/dev/shm/qb-1/../qb-request-v",
            "/dev/shm/qb-1/x/qb-request-v",
            "/dev/shm/other-1/qb-request-v",
            "/dev/shm/qb-1/qb-request-w",
            "/dev/shm/qb-1/qb-request-v/",
            "/dev/shm/qb-1//qb-request-v",
            "/dev/shm/qb-1/qb-request-v-header",
        ] {
            assert!(split(path).is_err(), "{path:?}");
        }
    }
}
