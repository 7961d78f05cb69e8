//! corosync's votequorum service: its messages and the session that orders them.
//!
//! The service is reached over libqb IPC under the name [`SERVICE_NAME`]. A client sends
//! [`Request`]s; each is answered by one [`Reply`], in order (but see
//! [`qdevice_register`]). A client with a track also receives [`Notification`]s on a channel of their
//! own, in no order relative to the replies.
//!
//! Every message has a file named after it, which holds both directions where it has two.

mod flags;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzz;
mod ids;
mod invalid_text;
mod message;
mod notification;
mod qdevice_name;
mod remedy;
mod reply;
mod request;
mod service;
pub mod session;
mod state;
mod state_view;
mod vote;

pub mod expectedvotes_notification;
pub mod getinfo;
pub mod nodelist_notification;
pub mod qdevice_extra_info_notification;
pub mod qdevice_get_extra_info;
pub mod qdevice_master_wins;
pub mod qdevice_poll;
pub mod qdevice_register;
pub mod qdevice_set_extra_info;
pub mod qdevice_unregister;
pub mod qdevice_update;
pub mod quorum_notification;
pub mod setexpected;
pub mod setvotes;
pub mod status;
pub mod trackstart;
pub mod trackstop;

pub use expectedvotes_notification::ExpectedVotesNotification;
pub use flags::{NodeInfoFlags, TrackFlags};
pub use getinfo::NodeInfo;
pub use ids::{InvalidRingId, NodeId, RingId};
pub use invalid_text::InvalidText;
pub use message::{Message, NotificationId, RequestId, ResponseId};
pub use nodelist_notification::NodelistNotification;
pub use notification::{Notification, UnknownNotification};
pub use qdevice_extra_info_notification::QdeviceExtraInfoNotification;
pub use qdevice_name::{InvalidName, QdeviceName};
pub use quorum_notification::{Node, QuorumNotification};
pub use reply::{Reply, Response};
pub use request::{Request, UnknownRequest};
pub use service::Votequorum;
pub use state::NodeState;
pub use state_view::StateView;
pub use vote::{MasterWins, Vote};

/// The name of the service's socket.
pub const SERVICE_NAME: &str = "votequorum";
