use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use tokio::net::UnixStream;
use tokio::time::{Instant, Sleep, sleep};

use super::shm::ServerShm;
use super::socket::ServerSocket;
use super::unmapped::Unmapped;
use crate::doorbell::{datagram_readable, datagram_writable, stream_writable};
use crate::setup::{poll_bytes, take_bytes};
use crate::{ChannelError, PeerCredentials, TransmitError};

/// How often to try again to put events into a full channel.
///
/// Usually the client shows that it has made room; one that takes several events out at a time may
/// not.
const RETRY_EVENTS: Duration = Duration::from_millis(2);

/// A client that was let in.
///
/// When it is dropped, the client sees the end of the connection, and its files are removed.
#[derive(Debug)]
pub struct ServerConnection {
    setup: UnixStream,
    transport: ServerTransport,
    peer: PeerCredentials,
    max_msg_size: u32,
    flow_control: FlowControl,
    /// Events there was no room for, in order.
    queued: VecDeque<Vec<u8>>,
    retry: Pin<Box<Sleep>>,
}

#[derive(Debug)]
pub(super) enum ServerTransport {
    Shm(ServerShm),
    Socket(ServerSocket),
}

/// What a server lets through.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum FlowControl {
    /// Requests.
    #[default]
    Open,
    /// No requests. Every client is asked to stop.
    Stop,
    /// No requests. Clients that wish to be are asked to stop; others queue theirs.
    SoftStop,
}

impl ServerConnection {
    pub(super) fn new(
        setup: UnixStream,
        transport: ServerTransport,
        peer: PeerCredentials,
        max_msg_size: u32,
    ) -> Self {
        Self {
            setup,
            transport,
            peer,
            max_msg_size,
            flow_control: FlowControl::Open,
            queued: VecDeque::new(),
            retry: Box::pin(sleep(RETRY_EVENTS)),
        }
    }

    /// Who the client is.
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

    /// Waits for the next request, which replaces what is in `out`; meanwhile, sends the events
    /// there was no room for.
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
        loop {
            self.flush_events()?;
            if self.flow_control == FlowControl::Open && self.pop_request(out)? {
                return Poll::Ready(Ok(()));
            }
            // Only now are the bytes read that announced the requests: see `respond`.
            if !self.poll_woken(cx)? {
                return Poll::Pending;
            }
        }
    }

    /// Waits until the client is gone, and says why; meanwhile, sends the events there was no room
    /// for. Requests wait where they are.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn closed(&mut self) -> ChannelError {
        std::future::poll_fn(|cx| self.poll_closed(cx)).await
    }

    /// As [`closed`](Self::closed).
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<ChannelError> {
        loop {
            match self.flush_events().and_then(|()| self.poll_woken(cx)) {
                Ok(true) => {}
                Ok(false) => return Poll::Pending,
                Err(error) => return Poll::Ready(error),
            }
        }
    }

    /// Answers a request.
    ///
    /// # Errors
    ///
    /// [`TransmitError::Busy`] if the client has left no room for it. libqb's servers drop the
    /// response then.
    pub fn respond(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        match &mut self.transport {
            ServerTransport::Shm(shm) => {
                shm.respond(message)?;
                if !shm.has_requests() {
                    // That the bytes of its requests are read is how a client may learn that they
                    // are answered. Whether it is there yet is for the next `recv` to find.
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
    /// If it is too long, or the connection is of no more use.
    pub fn send_event(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        if self.queued.is_empty() {
            match self.try_send_event(message) {
                Err(TransmitError::Busy) => {}
                Ok(()) => return Ok(self.announce()?),
                Err(error) => return Err(error),
            }
        }
        self.queued.push_back(message.to_vec());
        Ok(())
    }

    /// Sends several events at once, which takes fewer system calls.
    ///
    /// # Errors
    ///
    /// If one is too long, or the connection is of no more use.
    pub fn send_events<'a>(
        &mut self,
        messages: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), TransmitError> {
        for message in messages {
            if self.queued.is_empty() {
                match self.try_send_event(message) {
                    Ok(()) => continue,
                    Err(TransmitError::Busy) => {}
                    Err(error) => return Err(error),
                }
            }
            self.queued.push_back(message.to_vec());
        }
        Ok(self.announce()?)
    }

    /// How many events wait for room.
    pub fn queued_events(&self) -> usize {
        self.queued.len()
    }

    /// Says what is let through from now on. While it is not open, [`recv`](Self::recv) gives no
    /// requests; those that come wait where they are.
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

    /// Ends the connection and leaves its files as and where they are, as a server does that dies.
    pub fn leave_behind(self) {
        drop(self.unmap());
    }

    /// Leaves the connection's files as and where they are and has nothing more to do with them,
    /// while the client still sees the connection open.
    ///
    /// For tests: whoever cuts the files short after that does not hit the server as well.
    pub fn unmap(self) -> Unmapped {
        let datagrams = match self.transport {
            ServerTransport::Shm(mut shm) => {
                shm.dir().leave_behind();
                Vec::new()
            }
            ServerTransport::Socket(mut socket) => {
                socket.dir().leave_behind();
                socket.into_datagrams().into()
            }
        };
        Unmapped::new(self.setup, datagrams)
    }

    fn pop_request(&mut self, out: &mut Vec<u8>) -> Result<bool, ChannelError> {
        match &mut self.transport {
            ServerTransport::Shm(shm) => shm.pop_request(out),
            ServerTransport::Socket(socket) => socket.pop_request(out),
        }
    }

    fn flush_events(&mut self) -> Result<(), ChannelError> {
        while let Some(message) = self.queued.pop_front() {
            match self.try_send_event(&message) {
                Ok(()) => {}
                Err(TransmitError::Channel(error)) => return Err(error),
                Err(_) => {
                    self.queued.push_front(message);
                    break;
                }
            }
        }
        self.announce()
    }

    fn try_send_event(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        match &mut self.transport {
            ServerTransport::Shm(shm) => shm.stage_event(message)?,
            ServerTransport::Socket(socket) => socket.send_event(message)??,
        }
        Ok(())
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
