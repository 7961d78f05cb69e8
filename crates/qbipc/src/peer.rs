use std::io;

use tokio::net::UnixStream;

/// The process at the other end, as the kernel reports it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PeerCredentials {
    pid: Option<i32>,
    uid: u32,
    gid: u32,
}

impl PeerCredentials {
    pub(crate) fn of(socket: &UnixStream) -> io::Result<Self> {
        let credentials = socket.peer_cred()?;
        // A process of another pid namespace has no number here; the kernel says 0.
        let pid = credentials.pid().filter(|&pid| pid > 0);
        Ok(Self { pid, uid: credentials.uid(), gid: credentials.gid() })
    }

    /// Its process id, if it has one in the caller's pid namespace.
    pub fn pid(&self) -> Option<i32> {
        self.pid
    }

    /// Its user id. Users without a number in the caller's user namespace are all 65534.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// Its group id.
    pub fn gid(&self) -> u32 {
        self.gid
    }
}
