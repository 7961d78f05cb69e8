use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use quorate_codec::confd_ha::session::EventSession;

use crate::socket::Socket;

/// A daemon whose HA is held up by an event (`HA_INFO_SYNC`).
///
/// The daemon goes on when this is acknowledged, or dropped: it cannot be forgotten. Neither blocks
/// nor fails; if the daemon is gone there is nothing to acknowledge.
#[must_use = "the daemon is held up until this is acknowledged; dropping it acknowledges at once"]
pub struct SyncGuard {
    link: Arc<Link>,
}

impl SyncGuard {
    pub(super) fn new(link: &Arc<Link>) -> Self {
        Self { link: Arc::clone(link) }
    }

    /// Lets the daemon go on.
    #[doc(alias = "confd_sync_ha_notification")]
    pub fn acknowledge(self) {
        // Dropping is acknowledging.
    }
}

impl Drop for SyncGuard {
    fn drop(&mut self) {
        self.link.acknowledge();
    }
}

impl fmt::Debug for SyncGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SyncGuard")
    }
}

/// An event socket, shared by its stream and the guards it gave out.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) socket: Socket,
    outgoing: Mutex<Outgoing>,
}

#[derive(Debug, Default)]
struct Outgoing {
    /// What the socket had no room for.
    bytes: Vec<u8>,
    /// Whoever polls the stream, and so sends it later.
    stream: Option<Waker>,
}

impl Link {
    pub(super) fn new(socket: Socket) -> Self {
        Self { socket, outgoing: Mutex::new(Outgoing::default()) }
    }

    /// Sends an acknowledgement at once, or as soon as the stream is polled and there is room.
    pub(super) fn acknowledge(&self) {
        let mut outgoing = self.lock();
        EventSession::acknowledge(&mut outgoing.bytes);
        // An error shows when the stream reads.
        let _later = self.flush(&mut outgoing);
        if !outgoing.bytes.is_empty() {
            if let Some(stream) = outgoing.stream.take() {
                stream.wake();
            }
        }
    }

    /// Sends what is left; pending if there is no room for it.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            {
                let mut outgoing = self.lock();
                self.flush(&mut outgoing)?;
                if outgoing.bytes.is_empty() {
                    match &mut outgoing.stream {
                        Some(waker) => waker.clone_from(cx.waker()),
                        none => *none = Some(cx.waker().clone()),
                    }
                    return Poll::Ready(Ok(()));
                }
            }
            ready!(self.socket.poll_write_ready(cx))?;
        }
    }

    fn flush(&self, outgoing: &mut Outgoing) -> io::Result<()> {
        while !outgoing.bytes.is_empty() {
            match self.socket.try_write(&outgoing.bytes) {
                Ok(written) => drop(outgoing.bytes.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Outgoing> {
        self.outgoing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
