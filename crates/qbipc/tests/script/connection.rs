use std::os::fd::BorrowedFd;
use std::task::{Context, Poll};

use bytes::BytesMut;
use quorate_codec::qb::auth::ConnectionType;

use super::Wire;
use crate::{ChannelError, TransmitError};

/// The client's end of a wire.
#[derive(Debug)]
pub(crate) struct Connection(pub(super) Wire);

impl Connection {
    pub(crate) fn connection_type(&self) -> ConnectionType {
        self.0.connection_type()
    }

    pub(crate) fn max_msg_size(&self) -> u32 {
        1 << 16
    }

    pub(crate) fn largest_request(&self) -> usize {
        1 << 16
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.is_stopped()
    }

    pub(crate) fn transmit(&mut self) -> Transmit<'_> {
        Transmit { wire: &self.0, staged: Vec::new(), finished: false }
    }

    pub(crate) fn pop_response(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        Ok(take(self.0.with(|state| state.responses.pop_front()), out))
    }

    pub(crate) fn pop_event(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        Ok(take(self.0.with(|state| state.events.pop_front()), out))
    }

    pub(crate) fn poll_rung(&self, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        self.0.poll_rung(cx)
    }

    pub(crate) fn hush(&mut self) -> Result<(), ChannelError> {
        self.0.with(|state| if state.ended { Err(ChannelError::Closed) } else { Ok(()) })
    }

    /// Nothing rings for a foreign event loop.
    pub(crate) fn poll_fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        std::iter::empty()
    }

    pub(crate) fn has_to_linger(&self, owed: usize) -> bool {
        owed > 0 && self.connection_type() == ConnectionType::Socket
    }

    pub(crate) fn remove_files(&mut self) {
        self.0.with(|state| state.removals += 1);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.part();
    }
}

fn take(message: Option<BytesMut>, out: &mut BytesMut) -> bool {
    let Some(message) = message else { return false };
    *out = message;
    true
}

/// Requests arrive when it ends, all at once.
#[derive(Debug)]
pub(crate) struct Transmit<'a> {
    wire: &'a Wire,
    staged: Vec<BytesMut>,
    finished: bool,
}

impl Transmit<'_> {
    pub(crate) fn push(&mut self, head: &[u8], body: &[u8]) -> Result<(), TransmitError> {
        if self.staged.len() >= self.wire.room() {
            return Err(TransmitError::Busy);
        }
        self.staged.push([head, body].concat().as_slice().into());
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<(), ChannelError> {
        self.finished = true;
        self.wire.send(std::mem::take(&mut self.staged))
    }
}

impl Drop for Transmit<'_> {
    fn drop(&mut self) {
        if !self.finished {
            let _ = self.wire.send(std::mem::take(&mut self.staged));
        }
    }
}
