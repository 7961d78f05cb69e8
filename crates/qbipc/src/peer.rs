use std::io;

use rustix::process::{Pid, test_kill_process};
use tokio::net::UnixStream;

/// Who is at the other end, as the kernel says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PeerCredentials {
    pid: Option<Pid>,
    uid: u32,
    gid: u32,
}

impl PeerCredentials {
    pub(crate) fn of(socket: &UnixStream) -> io::Result<Self> {
        let credentials = socket.peer_cred()?;
        // A process of another pid namespace has no number here; the kernel says 0.
        let pid = credentials.pid().and_then(Pid::from_raw);
        Ok(Self { pid, uid: credentials.uid(), gid: credentials.gid() })
    }

    /// Its process id, if it has one in our pid namespace.
    pub fn pid(&self) -> Option<i32> {
        self.pid.map(|pid| pid.as_raw_nonzero().get())
    }

    /// Its user id.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// Its group id.
    pub fn gid(&self) -> u32 {
        self.gid
    }

    /// Whether its process is known not to be there any more.
    pub(crate) fn is_dead(&self) -> bool {
        let alive = self.pid.map(test_kill_process);
        alive == Some(Err(rustix::io::Errno::SRCH))
    }
}
