//! The engine: an async client of any libqb service.
//!
//! A service is a type that implements [`Service`]: its messages, and how its subscriptions begin and
//! end. Everything else is here and in the [session](quorate_codec::qb::session): connecting and
//! connecting again, matching replies, deadlines, back pressure, several readers of one subscription,
//! and leaving nothing behind.
//!
//! ```text
//!  Call ───────┐                       ┌─► Lifecycle   phase, and why the client is over
//!  Reader ─────┼─► Shared::lock ─► State ─► Session     calls, replies owed, subscriptions
//!  driver ─────┘        │              ├─► Link        the connection or none, and buffers
//!                       ▼              ├─► Wakers      of calls and readers
//!                 unlock, then         ├─► Waiters     tasks that wait for the next phase
//!                 wake, drop (After)   └─► Signal      the descriptor for foreign event loops
//! ```
//!
//! The arrows go one way: the parts know neither each other nor `State`, and `State` does not know
//! the driver. There is one lock per client. Nothing of the user's runs while it is held: wakers are
//! woken and dropped, payloads are dropped, and connections are closed after it is released.

mod after;
mod builder;
mod call;
mod channels;
mod client;
mod connect;
mod driver;
mod error;
mod event_fd;
mod handle;
mod lifecycle;
mod link;
mod parting;
mod phases;
mod reader;
mod shared;
mod spin;
mod start;
mod state;
mod summons;
mod transfer;
mod waiters;
mod wakers;

pub use self::builder::Builder;
pub use self::client::{Client, Transport};
pub use self::error::{Error, ErrorKind};
pub use self::event_fd::EventFd;
pub use self::reader::Reader;

pub use quorate_codec::qb::service::{self, Service};
pub use quorate_codec::qb::session::{Begin, Epoch, Item, LossReason};
