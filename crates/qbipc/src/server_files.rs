//! The files a server names in its answer: checked before they are opened, and before they are
//! used.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::process::geteuid;

use crate::{ConnectError, ConnectOptions, PeerCredentials};

/// What the name of a server's directory starts with.
const DIR_PREFIX: &[u8] = b"qb-";

/// The directory a server made for one connection, directly below the shared-memory root.
#[derive(Debug)]
pub(crate) struct ServerDir {
    path: PathBuf,
    fd: OwnedFd,
    /// Whose files are used: the server's and our own.
    owners: [u32; 2],
}

impl ServerDir {
    /// Opens the directory of `path`, a file's name as the server gave it, which has to be that of
    /// a file called `file` there.
    pub(crate) fn open(
        path: &[u8],
        file: &str,
        options: &ConnectOptions,
        peer: &PeerCredentials,
    ) -> Result<Arc<Self>, ConnectError> {
        let root = options.shm_root.as_os_str().as_bytes();
        let dir = dir_of(path, root, file.as_bytes())
            .map_err(|problem| ConnectError::Path { path: lossy(path), problem })?;
        let path = options.shm_root.join(OsStr::from_bytes(dir));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = fs::open(&path, flags, Mode::empty())
            .map_err(|errno| ConnectError::File { path: path.clone(), source: errno.into() })?;
        let owners = [peer.uid(), geteuid().as_raw()];
        Ok(Arc::new(Self { path, fd, owners }))
    }

    /// Checks that `path` is the name of a file called `file` in this directory.
    pub(crate) fn expect_name(&self, path: &[u8], file: &str) -> Result<(), ConnectError> {
        if self.path_of(file).as_os_str().as_bytes() == path {
            return Ok(());
        }
        let problem = "not the file expected in the directory of the others";
        Err(ConnectError::Path { path: lossy(path), problem })
    }

    /// Where a file of this directory is.
    pub(crate) fn path_of(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }

    /// Opens a file, which has to be of a length that `fits`.
    pub(crate) fn open_file(
        &self,
        file: &str,
        fits: impl Fn(u64) -> bool,
    ) -> Result<OwnedFd, ConnectError> {
        let failed = |source: io::Error| ConnectError::File { path: self.path_of(file), source };
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = fs::openat(&self.fd, file, flags, Mode::empty())
            .map_err(|errno| failed(errno.into()))?;
        let stat = fs::fstat(&fd).map_err(|errno| failed(errno.into()))?;
        let problem = self.problem_of(&stat).or_else(|| {
            let len = u64::try_from(stat.st_size).unwrap_or(0);
            (!fits(len)).then_some("its length is not what the server announced")
        });
        match problem {
            None => Ok(fd),
            Some(problem) => Err(ConnectError::UnusableFile { path: self.path_of(file), problem }),
        }
    }

    fn problem_of(&self, stat: &Stat) -> Option<&'static str> {
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Some("not a regular file");
        }
        if !self.owners.contains(&stat.st_uid) {
            return Some("owned by neither the server nor this process");
        }
        if stat.st_nlink != 1 {
            return Some("it has another name as well");
        }
        None
    }

    /// Removes a file by its name in this directory.
    pub(crate) fn remove_file(&self, file: &str) {
        // Not being there any more is what is wanted, and there is nothing to do about the rest.
        let _ = fs::unlinkat(&self.fd, file, AtFlags::empty());
    }

    /// Removes the directory, if it is empty.
    pub(crate) fn remove(&self) {
        let _ = fs::rmdir(&self.path);
    }

    /// Whether a file is there.
    pub(crate) fn has_file(&self, file: &str) -> bool {
        fs::statat(self.fd.as_fd(), file, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }
}

/// The component between the root and the file name, if `path` is `ROOT/COMPONENT/FILE`.
fn dir_of<'a>(path: &'a [u8], root: &[u8], file: &[u8]) -> Result<&'a [u8], &'static str> {
    let below = path.strip_prefix(root).and_then(|rest| rest.strip_prefix(b"/"));
    let below = below.ok_or("not below the shared-memory root")?;
    let mut components = below.splitn(2, |&byte| byte == b'/');
    let (Some(dir), Some(name)) = (components.next(), components.next()) else {
        return Err("not in a directory of its own");
    };
    if !dir.starts_with(DIR_PREFIX) {
        return Err("its directory is not called qb-...");
    }
    if name != file {
        return Err("not the file name this service has");
    }
    Ok(dir)
}

fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_expected_names_are_accepted() {
        let check = |path: &str| dir_of(path.as_bytes(), b"/dev/shm", b"qb-request-v").is_ok();
        assert!(check("/dev/shm/qb-1-2-3-abc/qb-request-v"));
        for path in [
            "",
            "qb-request-v",
            "/etc/qb-1/qb-request-v",
            "/dev/shmqb-1/qb-request-v",
            "/dev/shm/qb-request-v",
            "/dev/shm//qb-request-v",
            "/dev/shm/../qb-request-v",
            "/dev/shm/../../etc/qb-request-v",
            "/dev/shm/qb-1/../qb-request-v",
            "/dev/shm/qb-1/x/qb-request-v",
            "/dev/shm/other-1/qb-request-v",
            "/dev/shm/qb-1/qb-request-w",
            "/dev/shm/qb-1/qb-request-v/",
            "/dev/shm/qb-1/qb-request-v-header",
        ] {
            assert!(!check(path), "{path:?}");
        }
    }
}
