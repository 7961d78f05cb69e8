use std::future::poll_fn;
use std::task::Poll;

use tokio::net::{UnixDatagram, UnixStream};

use crate::setup::poll_bytes;

/// A connection whose files the server does not have mapped any more, while the client still sees
/// it open.
///
/// Made by [`ServerConnection::unmap`](super::ServerConnection::unmap).
#[derive(Debug)]
pub struct Unmapped {
    setup: UnixStream,
    /// Those of a connection over sockets: read by nobody, and not closed.
    _datagrams: Vec<UnixDatagram>,
}

impl Unmapped {
    pub(super) fn new(setup: UnixStream, datagrams: Vec<UnixDatagram>) -> Self {
        Self { setup, _datagrams: datagrams }
    }

    /// Waits until the client is gone.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn closed(&mut self) {
        poll_fn(|cx| {
            while let Ok(woken) = poll_bytes(&self.setup, cx) {
                if !woken {
                    return Poll::Pending;
                }
            }
            Poll::Ready(())
        })
        .await;
    }
}
