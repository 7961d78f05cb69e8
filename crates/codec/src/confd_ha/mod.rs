//! ConfD's and NSO's high-availability control, over the daemon's IPC socket.
//!
//! A client connects, introduces itself in the [`handshake`], and passes the [`access`] check if there
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
//! socket, as [`Decoder`](tokio_util::codec::Decoder)s and
//! [`Encoder`](tokio_util::codec::Encoder)s.

mod address;
mod error_code;
mod event_mask;
mod fields;
mod ha_event;
mod node;
mod notification;
mod order;
mod reply;

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
pub use status::{HaState, Status, StatusReply};
pub use subscription::{StreamSubscription, Subscription};
pub use sync::SyncAnswer;

/// Default port of ConfD's IPC socket.
pub const CONFD_PORT: u16 = 4565;

/// Default port of NSO's IPC socket.
pub const NSO_PORT: u16 = 4569;
