use std::fmt::Debug;
use std::io;
use std::num::NonZeroU8;
use std::task::{Context, Poll};

use bytes::BytesMut;
use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::qb::session::{Limits, Window};

use super::EventFd;
use crate::{ChannelError, Connection, TransmitError};

/// Most requests under way over sockets: the replies to more could overflow the daemon's socket.
const SOCKET_WINDOW: u32 = 64;

/// Most requests under way over sockets until the daemon has connected back, which it does to reply.
/// For each reply to a client that is gone by then it blocks for a second.
const SOCKET_FIRST_WINDOW: u32 = 1;

/// What the engine needs of a connection. Moving a message never waits.
///
/// The connection is a parameter so that tests can put a script, and the loom model a daemon of its
/// own, in its place.
pub(crate) trait Channels: Debug + Send + 'static {
    /// Requests on their way out.
    type Transmit<'a>: Transmit
    where
        Self: 'a;

    /// What the session is allowed to have under way.
    fn limits(&self, window: NonZeroU8) -> Limits;

    /// Whether looking for a message costs no system call.
    fn looks_are_cheap(&self) -> bool;

    /// Requests pushed into it become visible, and are announced by one write, when it ends, however
    /// it ends.
    fn transmit(&mut self) -> Self::Transmit<'_>;

    fn pop_response(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError>;

    fn pop_event(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError>;

    /// Whether the daemon asks for flow control.
    fn is_stopped(&self) -> bool;

    /// Waits until something may have come.
    fn poll_rung(&self, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>>;

    /// Takes in the bytes that announce events, for callers that do not wait.
    fn hush(&mut self) -> Result<(), ChannelError>;

    /// Makes the descriptor readable when something may have come.
    fn watched_by(&self, event_fd: &EventFd) -> io::Result<()>;

    /// Whether the daemon suffers if the sockets are closed before it has answered.
    fn has_to_linger(&self, owed: usize) -> bool;

    /// Removes what a daemon that is gone has left. Never waits.
    fn remove_files(&mut self);
}

pub(crate) trait Transmit {
    /// Adds one message in two parts, each of which is copied once.
    fn push(&mut self, head: &[u8], body: &[u8]) -> Result<(), TransmitError>;

    fn finish(self) -> Result<(), ChannelError>;
}

impl Channels for Connection {
    type Transmit<'a> = crate::Transmit<'a>;

    fn limits(&self, window: NonZeroU8) -> Limits {
        let requests = u32::from(window.get());
        let window = Window { requests, reply_space: self.max_msg_size(), first: None };
        let window = match self.connection_type() {
            ConnectionType::Socket => Window {
                requests: requests.min(SOCKET_WINDOW),
                first: Some(SOCKET_FIRST_WINDOW),
                ..window
            },
            _ => window,
        };
        Limits { window, largest_request: self.largest_request() }
    }

    fn looks_are_cheap(&self) -> bool {
        self.connection_type() == ConnectionType::Shm
    }

    fn transmit(&mut self) -> crate::Transmit<'_> {
        Self::transmit(self)
    }

    fn pop_response(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        Self::pop_response(self, out)
    }

    fn pop_event(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        Self::pop_event(self, out)
    }

    fn is_stopped(&self) -> bool {
        Self::is_stopped(self)
    }

    fn poll_rung(&self, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        Self::poll_rung(self, cx)
    }

    fn hush(&mut self) -> Result<(), ChannelError> {
        Self::hush(self)
    }

    fn watched_by(&self, event_fd: &EventFd) -> io::Result<()> {
        event_fd.watch(self.poll_fds())
    }

    fn has_to_linger(&self, owed: usize) -> bool {
        Self::has_to_linger(self, owed)
    }

    fn remove_files(&mut self) {
        Self::remove_files(self);
    }
}

impl Transmit for crate::Transmit<'_> {
    fn push(&mut self, head: &[u8], body: &[u8]) -> Result<(), TransmitError> {
        Self::push(self, head, body)
    }

    fn finish(self) -> Result<(), ChannelError> {
        Self::finish(self)
    }
}
