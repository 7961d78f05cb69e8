use std::time::Duration;

use quorate_codec::confd_ha::{HaEvent, OtherNotification};

use super::SyncGuard;
use crate::Error;

/// An item of [`Events`](super::Events).
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Something happened to the roles (`HA_INFO`).
    Ha {
        /// What.
        event: HaEvent,
        /// With [`EventsBuilder::sync`](super::EventsBuilder::sync): the daemon's HA is
        /// blocked until this is acknowledged or dropped.
        ack: Option<SyncGuard>,
    },
    /// The daemon is alive.
    Heartbeat,
    /// The daemon and its subsystems are alive.
    HealthCheck,
    /// No notification arrived for longer than agreed: the daemon hangs, or the network does.
    /// Repeated for as long as the silence lasts.
    Missed {
        /// For how long nothing arrived.
        silent_for: Duration,
    },
    /// The connection is lost; it is being re-established. Comes once for each outage, and only
    /// where the events [connect again](super::EventsBuilder::reconnect).
    Lost {
        /// Why.
        reason: Error,
    },
    /// The connection is re-established. Events may have been missed in between: ask for the
    /// status. Comes once after each [`Lost`](Self::Lost), unless the stream ends before.
    Restored,
    /// A notification this library has no type for.
    Other(OtherNotification),
}
