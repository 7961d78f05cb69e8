use crate::{ChannelError, Connection, TransmitError};

/// Requests on their way out.
///
/// Over shared memory, a server that has taken a request waits for the byte that announces it, and
/// serves nobody until that came. So requests become visible to the server, and their bytes are
/// sent, in one step, which happens however this guard ends: by [`finish`](Self::finish), by being
/// dropped, in a panic too.
#[derive(Debug)]
#[must_use = "requests go out when this is finished or dropped"]
pub struct Transmit<'a> {
    connection: &'a mut Connection,
    finished: bool,
}

impl<'a> Transmit<'a> {
    pub(crate) fn new(connection: &'a mut Connection) -> Self {
        Self { connection, finished: false }
    }

    /// Adds a request.
    ///
    /// # Errors
    ///
    /// [`TransmitError::Busy`] if it has to wait, another if it can never go.
    pub fn push(&mut self, message: &[u8]) -> Result<(), TransmitError> {
        self.connection.stage(message)
    }

    /// Lets the requests go.
    ///
    /// Bytes of earlier requests that the kernel would not take are sent as well.
    ///
    /// # Errors
    ///
    /// If the connection is of no more use.
    pub fn finish(mut self) -> Result<(), ChannelError> {
        self.finished = true;
        self.connection.commit()
    }
}

impl Drop for Transmit<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // A connection that is of no more use says so again at its next use.
            let _ = self.connection.commit();
        }
    }
}
