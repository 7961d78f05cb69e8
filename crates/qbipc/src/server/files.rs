//! The files of one connection, made by the server and given to the client.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use quorate_codec::qb::ring::{RingSize, file};
use rustix::fs::{self, FallocateFlags, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use crate::PeerCredentials;
use crate::shm::{Mapped, MappedRing, RingHeader};

/// How many random names are tried for a directory.
const NAMES_TRIED: usize = 16;

/// A directory and the files in it, which are removed when this is dropped.
#[derive(Debug)]
pub(super) struct ConnectionDir {
    path: PathBuf,
    /// To be removed in the end.
    files: Vec<PathBuf>,
    owner: (Uid, Gid),
}

impl ConnectionDir {
    /// Makes a directory for a client, named as libqb would, and gives it to the client's user.
    pub(super) fn create(root: &Path, peer: &PeerCredentials, fd: i32) -> io::Result<Self> {
        let server = std::process::id();
        let client = peer.pid().unwrap_or(0);
        let owner = (Uid::from_raw(peer.uid()), Gid::from_raw(peer.gid()));
        for _ in 0..NAMES_TRIED {
            // No other process can guess the name, and so make it first.
            let random = RandomState::new().hash_one(fd) >> 32;
            let path = root.join(format!("qb-{server}-{client}-{fd}-{random:08x}"));
            match fs::mkdir(&path, Mode::RWXU) {
                Ok(()) => {}
                Err(Errno::EXIST) => continue,
                Err(errno) => return Err(errno.into()),
            }
            let dir = Self { path, files: Vec::new(), owner };
            fs::chmod(&dir.path, Mode::RWXU | Mode::RWXG)?;
            fs::chown(&dir.path, Some(owner.0), Some(owner.1))?;
            return Ok(dir);
        }
        Err(Errno::EXIST.into())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a file of a fixed length, full of zeros, and gives it to the client's user.
    pub(super) fn create_file(&mut self, name: &str, len: usize) -> io::Result<OwnedFd> {
        let path = self.path.join(name);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let fd = fs::open(&path, flags | OFlags::NOFOLLOW, mode)?;
        self.files.push(path);
        // Memory that is promised and cannot be had would end whoever touches it.
        fs::fallocate(&fd, FallocateFlags::empty(), 0, len as u64)?;
        fs::fchown(&fd, Some(self.owner.0), Some(self.owner.1))?;
        Ok(fd)
    }

    /// Makes the two files of a ring; `name` is that of both, less what follows it.
    pub(super) fn create_ring(&mut self, name: &str, size: RingSize) -> io::Result<MappedRing> {
        let header_name = format!("{name}-header");
        let data_name = format!("{name}-data");
        let header = self.create_file(&header_name, file::LEN)?;
        let data_len = usize::try_from(size.bytes()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let data = self.create_file(&data_name, data_len)?;
        let header = Mapped::<RingHeader>::new(&header)?;
        let path_of = |name: &str| self.path.join(name).as_os_str().as_bytes().to_vec();
        header.initialise(size, &path_of(&header_name), &path_of(&data_name));
        MappedRing::new(header, &data, size)
    }

    /// Takes the files out, so that they outlive the connection.
    pub(super) fn take(&mut self) -> Self {
        Self {
            path: std::mem::take(&mut self.path),
            files: std::mem::take(&mut self.files),
            owner: self.owner,
        }
    }

    pub(super) fn was_taken(&self) -> bool {
        self.path.as_os_str().is_empty()
    }
}

impl Drop for ConnectionDir {
    fn drop(&mut self) {
        // Either side may have removed them already.
        for file in &self.files {
            let _ = fs::unlink(file);
        }
        if !self.was_taken() {
            let _ = fs::rmdir(&self.path);
        }
    }
}
