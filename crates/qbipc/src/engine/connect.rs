//! Making connections: the first, and those after a loss.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use quorate_codec::{Backoff, Reconnect};
use tracing::debug;

use super::error::is_retryable;
use super::lifecycle::CloseReason;
use crate::world::{Instant, sleep};
use crate::{ConnectError, ConnectOptions, Connection};

/// Makes the connections of a client, one after the other, with pauses between attempts. Fails when
/// no further attempt is to be made.
pub(crate) trait Connect<C>: Send + 'static {
    fn connect(&mut self) -> impl Future<Output = Result<C, CloseReason>> + Send;
}

/// Connects to a daemon.
#[derive(Debug)]
pub(super) struct Connector {
    options: ConnectOptions,
    backoff: Option<Backoff>,
    /// Whether the first connection is tried again as those after a loss are.
    insists: bool,
    /// Since when there has been a connection.
    since: Option<Instant>,
}

impl Connector {
    pub(super) fn new(options: ConnectOptions, reconnect: Option<Reconnect>) -> Self {
        let insists = reconnect.is_some_and(Reconnect::covers_first);
        Self { options, backoff: reconnect.map(Reconnect::backoff), insists, since: None }
    }

    async fn attempt(&mut self) -> Result<Connection, ConnectError> {
        let outcome = self.options.connect().await;
        match &outcome {
            Ok(_) => self.since = Some(Instant::now()),
            Err(error) => debug!(%error, "no connection"),
        }
        outcome
    }

    /// The pause before the next attempt; `None` if there is to be none.
    fn pause(&mut self) -> Option<Duration> {
        self.backoff.as_mut()?.pause()
    }
}

impl Connect<Connection> for Connector {
    async fn connect(&mut self) -> Result<Connection, CloseReason> {
        let is_first = self.since.is_none();
        let mut last = match self.since.take() {
            None => match self.attempt().await {
                Ok(connection) => return Ok(connection),
                Err(error) if self.insists && is_retryable(&error) => Some(error),
                Err(error) => return Err(CloseReason::NoConnection(Arc::new(error))),
            },
            Some(since) => {
                if let Some(backoff) = &mut self.backoff {
                    backoff.lost_after(since.elapsed());
                }
                None
            }
        };
        while let Some(pause) = self.pause() {
            sleep(pause).await;
            match self.attempt().await {
                Ok(connection) => return Ok(connection),
                // A daemon that was there before may be there again, whatever it says meanwhile.
                Err(error) if is_first && !is_retryable(&error) => {
                    return Err(CloseReason::NoConnection(Arc::new(error)));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.map_or(CloseReason::Server, |error| CloseReason::NoConnection(Arc::new(error))))
    }
}
