//! Waiting for a daemon that starts.

use std::time::Duration;

use quorate_codec::confd_ha::{ErrorCode, HaState};

use crate::{Client, Error};

impl Client {
    /// Waits until the daemon has left start phase 0, in which it obeys no order but status.
    ///
    /// It asks for the status every `interval`. A status of "none" does not tell, since a daemon
    /// has that role in start phase 0 and after it; it then orders the daemon to be what it is,
    /// none, which is refused with `BADSTATE` in start phase 0 and changes nothing after it, but for
    /// an `IsNone` event that a daemon may send.
    ///
    /// It waits for as long as it takes; use a timeout around it.
    ///
    /// # Errors
    ///
    /// Those of [`status`](Self::status), but for refusals that say "not yet".
    ///
    /// # Cancel safety
    ///
    /// See [`Client`](Client#cancel-safety): give it a client of its own, or a
    /// [`reconnect`](Self::reconnect) after a timeout.
    pub async fn wait_started(&self, interval: Duration) -> Result<(), Error> {
        loop {
            let started = match self.status().await {
                Ok(status) if status.state != HaState::None => Ok(()),
                Ok(_) => self.be_none().await,
                Err(error) => Err(error),
            };
            match started.as_ref().map_err(Error::status) {
                Err(Some(ErrorCode::BadState | ErrorCode::Unavailable)) => {
                    tokio::time::sleep(interval).await;
                }
                _ => return started,
            }
        }
    }
}
