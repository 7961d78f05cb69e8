//! Becoming secondary without occupying the HA socket.

use quorate_codec::confd_ha::{HaEvent, Node, NodeId, Refusal, Wait};

use crate::events::{Event, Events};
use crate::ha_socket::deadline_after;
use crate::{Client, Error};

impl Client {
    /// Makes the node a secondary of `primary` and waits for the result, which comes as an event:
    /// meanwhile the HA socket is free for other orders.
    ///
    /// It subscribes to events on a socket of its own, sends the order with [`Wait::No`], and
    /// resolves with the event `BeSecondaryResult` (type 7). The timeout for all of it is that of
    /// [`be_secondary`](Self::be_secondary) with [`Wait::ForSync`].
    ///
    /// The event does not say which order it belongs to: another one given before that is still
    /// under way may be mistaken for this one.
    ///
    /// # Errors
    ///
    /// Those of [`be_secondary`](Self::be_secondary), and those of the event socket.
    ///
    /// # Cancel safety
    ///
    /// Once the order was sent, dropping the future only closes the event socket: the client stays
    /// usable and the daemon goes on.
    ///
    /// # Panics
    ///
    /// See [`Client`](Client#panics).
    #[doc(alias("HA_INFO_BESLAVE_RESULT", "HA_INFO_BESECONDARY_RESULT"))]
    pub async fn be_secondary_joined(
        &self,
        node: impl Into<NodeId>,
        primary: Node,
    ) -> Result<(), Error> {
        let timeout = self.timeout().unwrap_or(self.options().sync_timeout);
        let joined = async {
            let mut events = self.events().once().subscribe().await?;
            self.be_secondary(node, primary, Wait::No).await?;
            result(&mut events).await
        };
        match deadline_after(timeout) {
            None => joined.await,
            Some(deadline) => match tokio::time::timeout_at(deadline, joined).await {
                Ok(result) => result,
                Err(_elapsed) => Err(Error::sync_timeout()),
            },
        }
    }
}

async fn result(events: &mut Events) -> Result<(), Error> {
    loop {
        match events.next().await {
            Some(Ok(Event::Ha { event: HaEvent::BeSecondaryResult(result), .. })) => {
                let refused = |code| Error::refused("be-secondary", Refusal::new(code));
                return result.map_err(refused);
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error),
            None => return Err(Error::events_ended()),
        }
    }
}
