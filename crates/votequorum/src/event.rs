use quorate_codec::votequorum::{
    ExpectedVotesNotification, NodelistNotification, Notification, QdeviceExtraInfoNotification,
    QuorumNotification, UnknownNotification,
};

/// What a [`Track`](crate::Track) tells.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
#[doc(alias = "votequorum_callbacks_t")]
#[doc(alias = "Callbacks")]
pub enum Event {
    /// The membership has changed, and to what (NODELIST_NOTIFICATION, id 5).
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
    /// A quorum device has something to tell (QDEVICE_EXTRA_INFO_NOTIFICATION, id 7, corosync after
    /// 3.1.10).
    #[doc(alias = "votequorum_qdevice_extra_info_notification_fn_t")]
    QdeviceExtraInfo(QdeviceExtraInfoNotification),
    /// A notification this library does not know.
    Unknown(UnknownNotification),
    /// So many notifications were dropped here, because nobody took them in time.
    ///
    /// What follows is the newest there is, in order, with nothing missing from here on.
    Lagged {
        /// How many are missing.
        missed: u64,
    },
    /// The connection was lost, with whatever happened meanwhile.
    ///
    /// Comes only with [`Options::reconnect`](crate::Options::reconnect). What was known before is
    /// out of date; when there is a connection again, the state of now follows, as after starting to
    /// track.
    Gap {
        /// Why.
        reason: GapReason,
    },
}

/// Why events may be missing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum GapReason {
    /// The daemon closed the connection: it exited, died, or was restarted.
    DaemonGone,
    /// The daemon broke the protocol.
    Broken,
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
