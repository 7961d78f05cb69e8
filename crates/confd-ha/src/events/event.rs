use std::time::Duration;

use quorate_codec::confd_ha::{HaEvent, OtherNotification};

use super::SyncGuard;
use crate::Error;

/// What happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Something happened to the roles (`HA_INFO`).
    Ha {
        /// What.
        event: HaEvent,
        /// With [`EventsBuilder::sync`](super::EventsBuilder::sync): the daemon's HA is held up
        /// until this is acknowledged or dropped.
        ack: Option<SyncGuard>,
    },
    /// The daemon is alive.
    Heartbeat,
    /// The daemon and its subsystems are alive.
    HealthCheck,
    /// No notification came for longer than agreed: the daemon hangs, or the network does. Comes
    /// again and again while it lasts.
    Missed {
        /// For how long nothing came.
        silent_for: Duration,
    },
    /// The connection is lost, and is being made again.
    Lost {
        /// How.
        reason: Error,
    },
    /// The connection is there again. What happened in between is lost: ask for the status.
    Gap {
        /// How the connection had been lost.
        reason: Error,
    },
    /// A notification this library has no type for.
    Other(OtherNotification),
}
