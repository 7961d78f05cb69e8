use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};

/// A descriptor that is readable while events wait, or when the connection is over.
///
/// For event loops other than tokio's: wait on it, then take what there is with
/// [`Track::take_all`](crate::Track::take_all). It may be readable for nothing. It works whether or
/// not the runtime is running, and must not be read from.
#[derive(Clone, Debug)]
pub struct EventFd {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Readable when the connection's sockets are, or the signal is raised.
    epoll: OwnedFd,
    signal: OwnedFd,
}

impl EventFd {
    /// Watches the sockets of a connection, and a signal of its own.
    pub(crate) fn new<'a>(sockets: impl Iterator<Item = BorrowedFd<'a>>) -> io::Result<Self> {
        let signal = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &signal, EventData::new_u64(0), EventFlags::IN)?;
        let event_fd = Self { inner: Arc::new(Inner { epoll, signal }) };
        event_fd.watch(sockets)?;
        Ok(event_fd)
    }

    /// Watches further sockets. Those that are closed drop out by themselves.
    pub(crate) fn watch<'a>(
        &self,
        sockets: impl Iterator<Item = BorrowedFd<'a>>,
    ) -> io::Result<()> {
        for socket in sockets {
            epoll::add(&self.inner.epoll, socket, EventData::new_u64(0), EventFlags::IN)?;
        }
        Ok(())
    }

    /// Makes it readable until it is lowered.
    pub(crate) fn raise(&self) {
        // It can only fail when it is raised 2^64 - 1 times.
        let _ = rustix::io::write(&self.inner.signal, &1u64.to_ne_bytes());
    }

    /// Leaves it to the sockets whether it is readable.
    pub(crate) fn lower(&self) {
        // It fails when it is not raised, which is what is wanted.
        let _ = rustix::io::read(&self.inner.signal, &mut [0; 8]);
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.epoll.as_fd()
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.epoll.as_raw_fd()
    }
}
