use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, BytesMut};
use quorate_codec::confd_ha::session::EventSession;
use tokio_util::either::Either;

use crate::socket::WriteHalf;

/// A daemon whose HA is blocked by an event (`HA_INFO_SYNC`).
///
/// The daemon goes on when this is acknowledged or dropped, so an acknowledgement cannot be
/// forgotten. Neither blocks or fails; if the daemon is gone there is nothing to acknowledge.
#[must_use = "the daemon is blocked until this is acknowledged; dropping it acknowledges at once"]
pub struct SyncGuard {
    link: Arc<Link>,
}

impl SyncGuard {
    pub(super) fn new(link: &Arc<Link>) -> Self {
        Self { link: Arc::clone(link) }
    }

    /// Unblocks the daemon.
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

/// The writing half of an event socket, shared by its stream and the guards it returned.
#[derive(Debug)]
pub(super) struct Link {
    socket: WriteHalf,
    outgoing: Mutex<Outgoing>,
}

#[derive(Debug, Default)]
struct Outgoing {
    /// What the socket had no room for.
    bytes: BytesMut,
    /// Of the task that polls the stream, which sends it later.
    stream: Option<Waker>,
}

impl Link {
    pub(super) fn new(socket: WriteHalf) -> Self {
        Self { socket, outgoing: Mutex::new(Outgoing::default()) }
    }

    /// Sends an acknowledgement at once, or as soon as the stream is polled and there is room.
    fn acknowledge(&self) {
        let stream = {
            let mut outgoing = self.lock();
            EventSession::acknowledge(&mut outgoing.bytes);
            if self.flush(&mut outgoing).is_ready() { None } else { outgoing.stream.take() }
        };
        if let Some(stream) = stream {
            stream.wake();
        }
    }

    /// Sends what is left; pending if there is no room for it.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            {
                let mut outgoing = self.lock();
                if self.flush(&mut outgoing).is_ready() {
                    match &mut outgoing.stream {
                        Some(waker) => waker.clone_from(cx.waker()),
                        none => *none = Some(cx.waker().clone()),
                    }
                    return Poll::Ready(());
                }
            }
            // What is wrong with the socket, if anything, shows in the next attempt to write.
            let _ready = ready!(self.poll_write_ready(cx));
        }
    }

    /// Writes until nothing is left or there is no more room.
    ///
    /// A connection that fails takes no more acknowledgements; the stream finds the failure when it
    /// has read what arrived before it.
    fn flush(&self, outgoing: &mut Outgoing) -> Poll<()> {
        while !outgoing.bytes.is_empty() {
            match self.try_write(&outgoing.bytes) {
                Ok(written) => outgoing.bytes.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(_failed) => outgoing.bytes.clear(),
            }
        }
        Poll::Ready(())
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match &self.socket {
            Either::Left(socket) => socket.try_write(bytes),
            Either::Right(socket) => socket.try_write(bytes),
        }
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.socket {
            Either::Left(socket) => socket.as_ref().poll_write_ready(cx),
            Either::Right(socket) => socket.as_ref().poll_write_ready(cx),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Outgoing> {
        self.outgoing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
