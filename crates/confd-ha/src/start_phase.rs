//! Waiting for a daemon that starts.

use std::time::Duration;

use quorate_codec::confd_ha::{ErrorCode, HaState};

use crate::{Client, Error};

impl Client {
    /// Waits until the daemon has left start phase 0, in which it obeys no order but status.
    ///
    /// It asks for the status every `interval`. A status of "none" is not conclusive, since a daemon
    /// has that role in start phase 0 and after it; it then issues `be_none`, a no-op for a node that
    /// is already none, which is refused with `BADSTATE` in start phase 0. A daemon may send an
    /// `IsNone` event for it.
    ///
    /// It waits without a limit; use a timeout around it.
    ///
    /// # Errors
    ///
    /// Those of [`status`](Self::status) and [`be_none`](Self::be_none), but for refusals that mean
    /// "not yet".
    ///
    /// # Cancel safety
    ///
    /// See [`Client`](Client#cancel-safety): use a client of its own, or call
    /// [`reconnect`](Self::reconnect) after a timeout.
    ///
    /// # Panics
    ///
    /// See [`Client`](Client#panics).
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
