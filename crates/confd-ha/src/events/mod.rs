//! What a daemon reports: HA events, and whether it is alive.

mod ack;
mod builder;
mod event;
mod stream;

pub use ack::SyncGuard;
pub use builder::{EventsBuilder, SubscriptionForm};
pub use event::Event;
pub use stream::Events;
