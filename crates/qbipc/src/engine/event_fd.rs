use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

use quorate_codec::qb::session::ReaderId;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};

/// A descriptor that is readable while events wait, and when the client is over.
///
/// For event loops other than tokio's: wait on it, then take what there is with
/// [`Reader::try_next`](super::Reader::try_next) until there is nothing left. It may be readable
/// though nothing waits. It works whether or not the runtime is running, and must not be read from.
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
    pub(super) fn new() -> io::Result<Self> {
        let signal = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &signal, EventData::new_u64(0), EventFlags::IN)?;
        Ok(Self { inner: Arc::new(Inner { epoll, signal }) })
    }

    /// Watches the sockets of a connection. Those of earlier ones dropped out when they were closed.
    pub(super) fn watch<'a>(
        &self,
        sockets: impl Iterator<Item = BorrowedFd<'a>>,
    ) -> io::Result<()> {
        for socket in sockets {
            epoll::add(&self.inner.epoll, socket, EventData::new_u64(0), EventFlags::IN)?;
        }
        Ok(())
    }

    /// Makes it readable until it is lowered.
    fn raise(&self) {
        // It can fail only if it was raised 2^64 - 1 times.
        let _ = rustix::io::write(&self.inner.signal, &1u64.to_ne_bytes());
    }

    /// Leaves it to the sockets whether it is readable.
    fn lower(&self) {
        // It fails if it was not raised, which is what is wanted.
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

/// Raises the event descriptor of a client while any of its readers has something to read.
#[derive(Debug, Default)]
pub(super) struct Signal {
    fd: Option<EventFd>,
    raised: bool,
    /// By slot, a reader that has something to take, or has taken it and not come back since.
    readers: Vec<Option<ReaderId>>,
    /// How many do.
    count: usize,
}

impl Signal {
    pub(super) fn fd(&self) -> Option<&EventFd> {
        self.fd.as_ref()
    }

    /// From now on there is a descriptor. What readers had before counts.
    pub(super) fn set_fd(&mut self, fd: EventFd) {
        self.fd = Some(fd);
        self.raised = false;
        self.update();
    }

    /// Whether a reader has something to take, or has just taken it. A reader that is over has
    /// nothing, also if its slot has another one by now.
    pub(super) fn set(&mut self, reader: ReaderId, has: bool) {
        let slot = reader.slot();
        if self.readers.len() <= slot {
            self.readers.resize(slot + 1, None);
        }
        let Some(place) = self.readers.get_mut(slot) else { return };
        let had = place.is_some();
        if has {
            *place = Some(reader);
        } else {
            place.take_if(|owner| *owner == reader);
        }
        let has = place.is_some();
        self.count = (self.count + usize::from(has)).saturating_sub(usize::from(had));
        self.update();
    }

    fn update(&mut self) {
        let Some(fd) = &self.fd else { return };
        let wanted = self.count > 0;
        if std::mem::replace(&mut self.raised, wanted) != wanted {
            if wanted { fd.raise() } else { fd.lower() }
        }
    }

    /// The client is over: the descriptor is readable from now on.
    pub(super) fn over(&mut self) {
        if let Some(fd) = self.fd.take() {
            fd.raise();
        }
    }
}
