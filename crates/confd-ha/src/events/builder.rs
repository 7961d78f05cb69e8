use std::sync::Arc;
use std::time::Duration;

use quorate_codec::confd_ha::{EventMask, Subscription};

use super::Events;
use crate::options::Options;
use crate::{Error, Reconnect};

/// Which events to subscribe to. Made by [`Client::events`](crate::Client::events) or
/// [`Builder::events`](crate::Builder::events).
///
/// Always HA events (`HA_INFO`), and what is added here.
#[derive(Clone, Debug)]
#[must_use = "nothing happens until it subscribes"]
pub struct EventsBuilder {
    pub(super) options: Arc<Options>,
    pub(super) subscription: Subscription,
    pub(super) silence: Option<Duration>,
    pub(super) reconnect: Option<Reconnect>,
    grace: Option<Duration>,
}

/// The wire form of a subscription: four or five elements.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SubscriptionForm {
    /// Five, as clients send from the progress verbosity on.
    #[default]
    Five,
    /// Four, as older clients send. Which daemons want it is not known.
    Four,
}

impl EventsBuilder {
    pub(crate) fn new(options: Arc<Options>) -> Self {
        let reconnect = options.reconnect;
        let subscription = Subscription::new(EventMask::HA_INFO);
        Self { options, subscription, silence: None, reconnect, grace: None }
    }

    /// Asks for a sign of life at this interval, at least 1 s, at most 24 days; 10 s is
    /// recommended. One that is late yields an [`Event::Missed`](super::Event::Missed).
    #[doc(alias = "CONFD_NOTIF_HEARTBEAT")]
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.subscription.mask |= EventMask::HEARTBEAT;
        self.subscription.heartbeat_ms = milliseconds(interval);
        self
    }

    /// How much later than its interval a heartbeat may come. Defaults to half of the interval. Any
    /// other notification counts as a heartbeat.
    pub fn heartbeat_grace(mut self, grace: Duration) -> Self {
        self.grace = Some(grace);
        self
    }

    /// Asks for a sign of life of all subsystems at this interval, at least 1 s, at most 24 days.
    /// The daemon may be late with it.
    #[doc(alias = "CONFD_NOTIF_HEALTH_CHECK")]
    pub fn health_check(mut self, interval: Duration) -> Self {
        self.subscription.mask |= EventMask::HEALTH_CHECK;
        self.subscription.health_check_ms = milliseconds(interval);
        self
    }

    /// Blocks the daemon's HA after each HA event until its [guard](super::SyncGuard) is
    /// acknowledged.
    ///
    /// A slow subscriber slows the whole cluster down.
    #[doc(alias("CONFD_NOTIF_HA_INFO_SYNC", "confd_sync_ha_notification"))]
    pub fn sync(mut self) -> Self {
        self.subscription.mask |= EventMask::HA_INFO_SYNC;
        self
    }

    /// Asks for these notifications too; they come as [`Event::Other`](super::Event::Other).
    ///
    /// Those whose notifications have to be answered are left out, since nothing here answers them:
    /// `COMMIT_DIFF`, `AUDIT_SYNC` and `AUDIT_NETWORK_SYNC`; and so are heartbeats and health
    /// checks, which need an interval.
    pub fn also(mut self, mask: EventMask) -> Self {
        let answered = EventMask::COMMIT_DIFF
            | EventMask::AUDIT_SYNC
            | EventMask::AUDIT_NETWORK_SYNC
            | EventMask::HA_INFO_SYNC;
        let with_interval = EventMask::HEARTBEAT | EventMask::HEALTH_CHECK;
        self.subscription.mask |= mask.difference(answered | with_interval);
        self
    }

    /// How many elements the subscription has. Defaults to five.
    pub fn form(mut self, form: SubscriptionForm) -> Self {
        self.subscription.verbosity = match form {
            SubscriptionForm::Five => Some(0),
            SubscriptionForm::Four => None,
        };
        self
    }

    /// Connects and subscribes again when the connection is lost. Defaults to
    /// [`Builder::reconnect`](crate::Builder::reconnect).
    pub fn reconnect(mut self, schedule: Reconnect) -> Self {
        self.reconnect = Some(schedule);
        self
    }

    /// Disables reconnecting for these events.
    pub fn once(mut self) -> Self {
        self.reconnect = None;
        self
    }

    /// Opens an event socket and subscribes.
    ///
    /// # Errors
    ///
    /// Those of [`Builder::connect`](crate::Builder::connect), and
    /// [`Refused`](crate::ErrorKind::Refused) if the daemon does not accept the subscription.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what was opened.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled.
    pub async fn subscribe(mut self) -> Result<Events, Error> {
        if self.subscription.mask.contains(EventMask::HEARTBEAT) {
            let milliseconds = u64::try_from(self.subscription.heartbeat_ms).unwrap_or_default();
            let interval = Duration::from_millis(milliseconds);
            self.silence = Some(interval.saturating_add(self.grace.unwrap_or(interval / 2)));
        }
        Events::subscribe(self).await
    }
}

/// An interval for the wire: at least 1000, to which the daemon raises anything less.
fn milliseconds(interval: Duration) -> i32 {
    i32::try_from(interval.as_millis()).unwrap_or(i32::MAX).max(1000)
}
