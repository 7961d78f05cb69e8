use std::future::poll_fn;
use std::path::Path;
use std::task::Poll;

use tokio::net::{UnixDatagram, UnixStream};

use super::files::ConnectionDir;
use crate::setup::poll_bytes;

/// A connection whose files the server does not have mapped any more, while the client still sees
/// it open.
///
/// Made by [`ServerConnection::unmap`](super::ServerConnection::unmap). When it is dropped, the
/// client sees the end of the connection, and the files are removed.
#[derive(Debug)]
pub struct Unmapped {
    setup: UnixStream,
    /// Those of a connection over sockets: not read any more, and not closed.
    _datagrams: Vec<UnixDatagram>,
    _files: LeftBehind,
}

/// The files of a connection that has ended as if its server had died.
///
/// Made by [`ServerConnection::leave_behind`](super::ServerConnection::leave_behind). The files are
/// removed when this is dropped, unless the client has removed them before.
#[derive(Debug)]
#[must_use = "the files are removed when this is dropped"]
pub struct LeftBehind {
    dir: ConnectionDir,
}

impl LeftBehind {
    pub(super) fn new(dir: ConnectionDir) -> Self {
        Self { dir }
    }

    /// Where the files are, or were.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Unmapped {
    pub(super) fn new(setup: UnixStream, datagrams: Vec<UnixDatagram>, files: LeftBehind) -> Self {
        Self { setup, _datagrams: datagrams, _files: files }
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
