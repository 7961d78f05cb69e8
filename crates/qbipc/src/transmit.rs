use crate::{ChannelError, Connection, TransmitError};

/// Requests on their way out.
///
/// Over shared memory, a server that has received a request waits for the byte that announces it,
/// and serves no client until that came. So requests become visible to the server, and their bytes
/// are sent, in one step, which happens however this guard ends: by [`finish`](Self::finish), by
/// being dropped, in a panic too.
#[derive(Debug)]
#[must_use = "requests are sent when this is finished or dropped"]
pub struct Transmit<'a> {
    connection: &'a mut Connection,
    finished: bool,
}

impl<'a> Transmit<'a> {
    pub(crate) fn new(connection: &'a mut Connection) -> Self {
        Self { connection, finished: false }
    }

    /// Adds a request: `head`, followed by `body`, which may be empty. Both are copied once.
    ///
    /// # Errors
    ///
    /// [`TransmitError::Busy`] if the request has to wait, [`TransmitError::TooLong`] if it is
    /// longer than [`largest_request`](Connection::largest_request), [`TransmitError::Channel`] if
    /// the connection is unusable. Nothing of this request is sent then; those added before it are.
    pub fn push(&mut self, head: &[u8], body: &[u8]) -> Result<(), TransmitError> {
        self.connection.stage(head, body)
    }

    /// Sends the requests.
    ///
    /// Bytes of earlier requests that the kernel would not accept are sent as well.
    ///
    /// # Errors
    ///
    /// If the connection is unusable.
    pub fn finish(mut self) -> Result<(), ChannelError> {
        self.finished = true;
        self.connection.commit()
    }
}

impl Drop for Transmit<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // A connection that is unusable reports it again at its next use.
            let _ = self.connection.commit();
        }
    }
}
