use qbipc::engine::{Item, LossReason, Service};
use quorate_codec::votequorum::{
    ExpectedVotesNotification, NodelistNotification, Notification, QdeviceExtraInfoNotification,
    QuorumNotification, UnknownNotification, Votequorum,
};

/// What a [`Track`](crate::Track) tells.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
#[doc(alias = "votequorum_callbacks_t")]
#[doc(alias = "Callbacks")]
pub enum Event {
    /// The membership has changed (NODELIST_NOTIFICATION, id 5).
    ///
    /// Comes first in every membership change.
    #[doc(alias = "votequorum_nodelist_notification_fn_t")]
    Nodelist(NodelistNotification),
    /// Whether the partition is quorate, and all nodes ever seen (QUORUM_NOTIFICATION, id 3).
    ///
    /// Comes at the end of every membership change, and whenever the cluster gains or loses quorum
    /// for another reason.
    #[doc(alias = "votequorum_quorum_notification_fn_t")]
    Quorum(QuorumNotification),
    /// How many votes a complete cluster has from now on (EXPECTEDVOTES_NOTIFICATION, id 4).
    #[doc(alias = "votequorum_expectedvotes_notification_fn_t")]
    ExpectedVotes(ExpectedVotesNotification),
    /// The extra information of a quorum device has changed (QDEVICE_EXTRA_INFO_NOTIFICATION, id 7,
    /// corosync after 3.1.10).
    #[doc(alias = "votequorum_qdevice_extra_info_notification_fn_t")]
    QdeviceExtraInfo(QdeviceExtraInfoNotification),
    /// A notification this library does not know.
    Unknown(UnknownNotification),
    /// So many notifications were dropped, because the reader was too slow.
    ///
    /// What they told about the current state follows, then the newest notifications in order.
    Lagged {
        /// How many were dropped.
        missed: u64,
    },
    /// The connection was lost. What was known is out of date.
    ///
    /// Comes only with [`Builder::reconnect`](crate::Builder::reconnect). The state of the new
    /// connection follows, then [`Restored`](Self::Restored).
    Lost {
        /// Why.
        reason: LossReason,
    },
    /// There is a connection again, and all of the current state was told since
    /// [`Lost`](Self::Lost).
    Restored,
}

impl Event {
    /// What an item of the subscription means for a reader with this context.
    pub(crate) fn of(item: Item<<Votequorum as Service>::Event>, context: u64) -> Self {
        match item {
            Item::Event(notification) => notification.with_context(context).into(),
            Item::Lagged { missed } => Self::Lagged { missed },
            Item::Lost { reason } => Self::Lost { reason },
            _ => Self::Restored,
        }
    }
}

impl From<Notification> for Event {
    fn from(notification: Notification) -> Self {
        match notification {
            Notification::Nodelist(message) => Self::Nodelist(message),
            Notification::Quorum(message) => Self::Quorum(message),
            Notification::ExpectedVotes(message) => Self::ExpectedVotes(message),
            Notification::QdeviceExtraInfo(message) => Self::QdeviceExtraInfo(message),
            Notification::Unknown(message) => Self::Unknown(message),
        }
    }
}
