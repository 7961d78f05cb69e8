use super::message::{NotificationId, encode_raw_response, encode_response, read};
use super::{
    ExpectedVotesNotification, NodelistNotification, QdeviceExtraInfoNotification,
    QuorumNotification,
};
use crate::qb::CsError;
use crate::qb::header::ResponseHeader;
use crate::{DecodeError, Reader};

/// Any message of the event channel.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Notification {
    /// Whether the partition is quorate, and all nodes ever seen.
    Quorum(QuorumNotification),
    /// The membership has changed, and to what.
    Nodelist(NodelistNotification),
    /// How many votes a complete cluster has from now on.
    ExpectedVotes(ExpectedVotesNotification),
    /// A quorum device has something to tell.
    QdeviceExtraInfo(QdeviceExtraInfoNotification),
    /// A notification this library does not know.
    Unknown(UnknownNotification),
}

/// A notification this library does not know, as it came.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct UnknownNotification {
    /// Its id.
    pub id: i32,
    /// Its error field.
    pub error: CsError,
    /// What follows the header.
    pub body: Vec<u8>,
}

impl UnknownNotification {
    /// A notification, for those who play the daemon.
    pub fn new(id: i32, error: CsError, body: Vec<u8>) -> Self {
        Self { id, error, body }
    }
}

impl Notification {
    /// Which notification it is.
    pub fn id(&self) -> NotificationId {
        match self {
            Self::Quorum(_) => NotificationId::Quorum,
            Self::Nodelist(_) => NotificationId::Nodelist,
            Self::ExpectedVotes(_) => NotificationId::ExpectedVotes,
            Self::QdeviceExtraInfo(_) => NotificationId::QdeviceExtraInfo,
            Self::Unknown(unknown) => NotificationId::from(unknown.id),
        }
    }

    /// The context TRACKSTART gave; unknown where the notification is.
    pub fn context(&self) -> Option<u64> {
        match self {
            Self::Quorum(message) => Some(message.context),
            Self::Nodelist(message) => Some(message.context),
            Self::ExpectedVotes(message) => Some(message.context),
            Self::QdeviceExtraInfo(message) => Some(message.context),
            Self::Unknown(_) => None,
        }
    }

    /// Appends the message to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Quorum(message) => encode_response(message, out),
            Self::Nodelist(message) => encode_response(message, out),
            Self::ExpectedVotes(message) => encode_response(message, out),
            Self::QdeviceExtraInfo(message) => encode_response(message, out),
            Self::Unknown(UnknownNotification { id, error, body }) => {
                encode_raw_response(*id, *error, out, |writer| writer.bytes(body));
            }
        }
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// If it is not exactly one event. An unknown id is no error.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new("notification", bytes);
        let header = ResponseHeader::decode(&mut reader)?;
        let notification = match NotificationId::from(header.id) {
            NotificationId::Quorum => Self::Quorum(read(&mut reader)?),
            NotificationId::ExpectedVotes => Self::ExpectedVotes(read(&mut reader)?),
            NotificationId::Nodelist => Self::Nodelist(read(&mut reader)?),
            NotificationId::QdeviceExtraInfo => Self::QdeviceExtraInfo(read(&mut reader)?),
            NotificationId::Unknown(id) => {
                let body = reader.rest().to_vec();
                return Ok(Self::Unknown(UnknownNotification { id, error: header.error, body }));
            }
        };
        reader.finish()?;
        Ok(notification)
    }
}
