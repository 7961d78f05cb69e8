//! ConfD's and NSO's high-availability control, over the daemon's IPC socket.
//!
//! A client connects, says in the [`handshake`] what it is, and passes the [`access`] check if there
//! is one. Then both sides exchange [frames](frame) of [Erlang terms](term):
//!
//! - On an **HA socket** the client sends its [`token`], then [`Order`]s; each is answered by one
//!   [`Reply`] (status by a [`StatusReply`]), in order, except one that is [not
//!   answered](Order::answer). A daemon has one HA socket: a new one closes the one before.
//! - On an **event socket** it sends a [`Subscription`], gets a [`Reply`], and from then on
//!   [`Notification`]s; some want a [`SyncAnswer`].
//!
//! Every message has a file named after it. The names are the newer ones of the C library; the
//! older ones (master, slave) stand in the docs. [`session`] keeps the order of messages on each
//! socket.

mod address;
mod error_code;
mod event_mask;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzz;
mod ha_event;
mod node;
mod notification;
mod order;
mod reply;
mod short_bytes;

pub mod access;
pub mod be_primary;
pub mod be_secondary;
pub mod frame;
pub mod handshake;
pub mod node_id;
pub mod secondary_dead;
pub mod session;
pub mod status;
pub mod subscription;
pub mod sync;
pub mod term;
pub mod token;

pub use address::Address;
pub use be_primary::BePrimary;
pub use be_secondary::{BeSecondary, Wait};
pub use error_code::ErrorCode;
pub use event_mask::EventMask;
pub use ha_event::{CdbInitialized, HaEvent, HaEventType};
pub use node::Node;
pub use node_id::NodeId;
pub use notification::{Notification, OtherNotification};
pub use order::{Answer, Order, OrderNumber};
pub use reply::{Refusal, Reply};
pub use secondary_dead::SecondaryDead;
pub use short_bytes::ShortBytes;
pub use status::{HaState, Status, StatusReply};
pub use subscription::{StreamSubscription, Subscription};
pub use sync::SyncAnswer;

/// Port of ConfD's IPC socket, unless configured otherwise.
pub const CONFD_PORT: u16 = 4565;

/// Port of NSO's IPC socket, unless configured otherwise.
pub const NSO_PORT: u16 = 4569;
