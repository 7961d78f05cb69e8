use std::os::fd::AsFd;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use tokio::net::{UnixDatagram, UnixStream};
use tokio::time::{Instant, Sleep, sleep};

use super::event_queue::EventQueue;
use super::shm::ServerShm;
use super::socket::ServerSocket;
use super::unmapped::{LeftBehind, Unmapped};
use crate::doorbell::{datagram_readable, datagram_writable, stream_writable};
use crate::setup::{poll_bytes, take_bytes};
use crate::transport::datagram::Received;
use crate::{ChannelError, PeerCredentials, TransmitError};

/// How often to try again to put events into a full channel.
///
/// Usually the client shows that it has made room; one that takes several events out at a time may
/// not.
const RETRY_EVENTS: Duration = Duration::from_millis(2);

/// How often a client is looked at again before other tasks get their turn, however much it sends.
const ROUNDS: usize = 32;

/// A client that was accepted.
///
/// When this is dropped, by itself or with the task that serves the client, the client sees the end
/// of the connection, and its files are removed.
#[derive(Debug)]
pub struct ServerConnection {
    setup: UnixStream,
    transport: ServerTransport,
    peer: PeerCredentials,
    max_msg_size: u32,
    flow_control: FlowControl,
    queued: EventQueue,
    retry: Pin<Box<Sleep>>,
}

#[derive(Debug)]
pub(super) enum ServerTransport {
    Shm(ServerShm),
    Socket(Box<ServerSocket>),
}

/// What one connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) max_msg_size: u32,
    /// Memory for queued events, in bytes.
    pub(super) max_queued: usize,
}

/// Which requests a server accepts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum FlowControl {
    /// All.
    #[default]
    Open,
    /// None. Every client is asked to stop.
    Stop,
    /// None. Only clients that opted in are asked to stop; the others queue their requests.
    SoftStop,
}

impl ServerConnection {
    pub(super) fn new(
        setup: UnixStream,
        transport: ServerTransport,
        peer: PeerCredentials,
        limits: Limits,
    ) -> Self {
        Self {
            setup,
            transport,
            peer,
            max_msg_size: limits.max_msg_size,
            flow_control: FlowControl::Open,
            queued: EventQueue::new(limits.max_queued),
            retry: Box::pin(sleep(RETRY_EVENTS)),
        }
    }

    /// The client's process, as the kernel reports it.
    pub fn peer(&self) -> PeerCredentials {
        self.peer
    }

    /// How messages travel.
    pub fn connection_type(&self) -> ConnectionType {
        match self.transport {
            ServerTransport::Shm(_) => ConnectionType::Shm,
            ServerTransport::Socket(_) => ConnectionType::Socket,
        }
    }

    /// The largest message, in bytes.
    pub fn max_msg_size(&self) -> u32 {
        self.max_msg_size
    }

    /// Where the connection's files are.
    pub fn dir(&mut self) -> &Path {
        match &mut self.transport {
            ServerTransport::Shm(shm) => shm.dir().path(),
            ServerTransport::Socket(socket) => socket.dir().path(),
        }
    }

    /// Waits for the next request, which replaces the contents of `out`; meanwhile, sends queued
    /// events.
    ///
    /// # Errors
    ///
    /// [`ChannelError::Closed`] if the client is gone, another if it has broken the transport.
    ///
    /// # Cancel safety
    ///
    /// No request is lost if the future is dropped.
    pub async fn recv(&mut self, out: &mut Vec<u8>) -> Result<(), ChannelError> {
        std::future::poll_fn(|cx| self.poll_recv(cx, out)).await
    }

    /// As [`recv`](Self::recv).
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut Vec<u8>,
    ) -> Poll<Result<(), ChannelError>> {
        for _ in 0..ROUNDS {
            self.flush_events()?;
            if self.flow_control == FlowControl::Open {
                match self.pop_request(out)? {
                    Received::Message => return Poll::Ready(Ok(())),
                    // The socket is not known to be empty: nothing would wake this task.
                    Received::Strangers => break,
                    Received::Nothing => {}
                }
            }
            // Only now are the bytes read that announced the requests: see `respond`.
            if !self.poll_woken(cx)? {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Waits until the client is gone, and returns the reason; meanwhile, sends queued events.
    /// Requests stay where they are.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn closed(&mut self) -> ChannelError {
        std::future::poll_fn(|cx| self.poll_closed(cx)).await
    }

    /// As [`closed`](Self::closed).
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<ChannelError> {
        for _ in 0..ROUNDS {
            match self.flush_events().and_then(|()| self.poll_woken(cx)) {
                Ok(true) => {}
                Ok(false) => return Poll::Pending,
                Err(error) => return Poll::Ready(error),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Answers a request.
    ///
    /// # Errors
    ///
    /// [`TransmitError::Busy`] if the client has left no room for it: libqb's servers drop the
    /// response then. [`TransmitError::TooLong`] if it can never be sent, and
    /// [`TransmitError::Channel`] if the connection is unusable.
    pub fn respond(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        match &mut self.transport {
            ServerTransport::Shm(shm) => {
                shm.respond(message)?;
                if !shm.has_requests() {
                    // That the bytes of its requests are read is how a client may learn that they
                    // are answered. Whether the client has left is for the next `recv` to find.
                    let _ = take_bytes(self.setup.as_fd());
                }
            }
            ServerTransport::Socket(socket) => socket.respond(message)??,
        }
        Ok(())
    }

    /// Sends an event, or queues it until there is room.
    ///
    /// # Errors
    ///
    /// [`TransmitError::Busy`] if the queue is full: see
    /// [`max_queued_bytes`](super::ListenOptions::max_queued_bytes). [`TransmitError::TooLong`] if
    /// the event can never be sent, and [`TransmitError::Channel`] if the connection is unusable.
    pub fn send_event(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        self.send_events([message])
    }

    /// Sends several events at once, which takes fewer system calls.
    ///
    /// # Errors
    ///
    /// As [`send_event`](Self::send_event). The events before the one that failed are sent or
    /// queued, those after it are not.
    pub fn send_events<'a>(
        &mut self,
        messages: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), TransmitError> {
        let sent = messages.into_iter().try_for_each(|message| self.send_or_queue(message));
        let announced = self.announce();
        sent?;
        Ok(announced?)
    }

    fn send_or_queue(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        if self.queued.is_empty() {
            match try_send_event(&mut self.transport, message) {
                Err(TransmitError::Busy) => {}
                outcome => return outcome,
            }
        }
        // One that can never be sent would hold up all others in the queue.
        let (len, most) = (message.len(), self.largest_event());
        if u32::try_from(len).map_or(true, |len| len > most) {
            return Err(TransmitError::TooLong { len, most });
        }
        if self.queued.push(message) { Ok(()) } else { Err(TransmitError::Busy) }
    }

    fn largest_event(&self) -> u32 {
        match &self.transport {
            ServerTransport::Shm(shm) => shm.largest_event(),
            ServerTransport::Socket(socket) => socket.largest_event(),
        }
    }

    /// The number of queued events: those for which there was no room yet.
    pub fn queued_events(&self) -> usize {
        self.queued.len()
    }

    /// Sets which requests are accepted from now on. While that is not all, [`recv`](Self::recv)
    /// returns none; those that come stay where they are.
    pub fn set_flow_control(&mut self, flow_control: FlowControl) {
        self.flow_control = flow_control;
        let value = match flow_control {
            FlowControl::Open => 0,
            FlowControl::Stop => 1,
            FlowControl::SoftStop => 2,
        };
        match &self.transport {
            ServerTransport::Shm(shm) => shm.set_flow_control(value),
            ServerTransport::Socket(socket) => socket.set_flow_control(value),
        }
    }

    /// Ends the connection and leaves its files as and where they are, as a server does that dies,
    /// for as long as the returned value lives.
    pub fn leave_behind(self) -> LeftBehind {
        self.take_apart().2
    }

    /// Leaves the connection's files as and where they are and does not touch them any more, while
    /// the client still sees the connection open.
    ///
    /// For tests, which may truncate the files then without hitting the server as well.
    pub fn unmap(self) -> Unmapped {
        let (setup, datagrams, files) = self.take_apart();
        Unmapped::new(setup, datagrams, files)
    }

    fn take_apart(self) -> (UnixStream, Vec<UnixDatagram>, LeftBehind) {
        let (datagrams, dir) = match self.transport {
            ServerTransport::Shm(mut shm) => (Vec::new(), shm.dir().take()),
            ServerTransport::Socket(mut socket) => {
                let dir = socket.dir().take();
                (socket.into_datagrams().into(), dir)
            }
        };
        (self.setup, datagrams, LeftBehind::new(dir))
    }

    fn pop_request(&mut self, out: &mut Vec<u8>) -> Result<Received, ChannelError> {
        match &mut self.transport {
            ServerTransport::Shm(shm) => shm.pop_request(out),
            ServerTransport::Socket(socket) => socket.pop_request(out),
        }
    }

    /// Sends queued events, as many as there is room for.
    fn flush_events(&mut self) -> Result<(), ChannelError> {
        while let Some(message) = self.queued.front() {
            match try_send_event(&mut self.transport, message) {
                Ok(()) => self.queued.pop(),
                Err(TransmitError::Channel(error)) => return Err(error),
                Err(_) => break,
            }
        }
        self.announce()
    }

    fn announce(&mut self) -> Result<(), ChannelError> {
        match &mut self.transport {
            ServerTransport::Shm(shm) => shm.announce(self.setup.as_fd()),
            ServerTransport::Socket(_) => Ok(()),
        }
    }

    /// Whether something has happened that makes it worth to look again.
    fn poll_woken(&mut self, cx: &mut Context<'_>) -> Result<bool, ChannelError> {
        let setup = &self.setup;
        let mut woken = poll_bytes(setup, cx)?;
        let waits_for_room = match &self.transport {
            ServerTransport::Shm(shm) => {
                let waits = shm.owes_bytes() || !self.queued.is_empty();
                if waits {
                    woken |= stream_writable(setup, cx)?;
                }
                waits
            }
            ServerTransport::Socket(socket) => {
                woken |= datagram_readable(socket.request_socket(), cx)?;
                woken |= datagram_writable(socket.event_socket(), cx)?;
                !self.queued.is_empty()
            }
        };
        if waits_for_room && !woken {
            if self.retry.deadline() <= Instant::now() {
                self.retry.as_mut().reset(Instant::now() + RETRY_EVENTS);
            }
            woken |= self.retry.as_mut().poll(cx).is_ready();
        }
        Ok(woken)
    }
}

fn try_send_event(transport: &mut ServerTransport, message: &[u8]) -> Result<(), TransmitError> {
    match transport {
        ServerTransport::Shm(shm) => shm.stage_event(message)?,
        ServerTransport::Socket(socket) => socket.send_event(message)??,
    }
    Ok(())
}
