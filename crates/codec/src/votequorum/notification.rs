use bytes::{BufMut, Bytes, BytesMut};

use super::message::{NotificationId, encode_response, read};
use super::{
    ExpectedVotesNotification, NodelistNotification, QdeviceExtraInfoNotification,
    QuorumNotification,
};
use crate::qb::CsError;
use crate::qb::header::{RESPONSE_LEN, ResponseHeader};
use crate::{DecodeError, Fields};

/// Any message of the event channel.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Notification {
    /// Whether the partition is quorate, and all nodes ever seen.
    Quorum(QuorumNotification),
    /// The membership has changed, and to what.
    Nodelist(NodelistNotification),
    /// The number of expected votes has changed.
    ExpectedVotes(ExpectedVotesNotification),
    /// A quorum device has set or removed its extra information.
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
    pub body: Bytes,
}

impl UnknownNotification {
    /// A notification, as a daemon sends it.
    pub fn new(id: i32, error: CsError, body: impl Into<Bytes>) -> Self {
        Self { id, error, body: body.into() }
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

    /// The context of the TRACKSTART; `None` if the notification is unknown.
    pub fn context(&self) -> Option<u64> {
        match self {
            Self::Quorum(message) => Some(message.context),
            Self::Nodelist(message) => Some(message.context),
            Self::ExpectedVotes(message) => Some(message.context),
            Self::QdeviceExtraInfo(message) => Some(message.context),
            Self::Unknown(_) => None,
        }
    }

    /// The same notification with another context, where it has one.
    #[must_use]
    pub fn with_context(mut self, context: u64) -> Self {
        match &mut self {
            Self::Quorum(message) => message.context = context,
            Self::Nodelist(message) => message.context = context,
            Self::ExpectedVotes(message) => message.context = context,
            Self::QdeviceExtraInfo(message) => message.context = context,
            Self::Unknown(_) => {}
        }
        self
    }

    /// Appends the message to `out`.
    pub fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::Quorum(message) => encode_response(message, out),
            Self::Nodelist(message) => encode_response(message, out),
            Self::ExpectedVotes(message) => encode_response(message, out),
            Self::QdeviceExtraInfo(message) => encode_response(message, out),
            Self::Unknown(UnknownNotification { id, error, body }) => {
                let len = RESPONSE_LEN + body.len();
                out.reserve(len);
                out.put_slice(&ResponseHeader { id: *id, error: *error }.to_bytes(len));
                out.put_slice(body);
            }
        }
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// If it is not exactly one event. An unknown id is no error.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::new("notification", bytes);
        let header = ResponseHeader::decode(&mut fields)?;
        let notification = match NotificationId::from(header.id) {
            NotificationId::Quorum => Self::Quorum(read(&mut fields)?),
            NotificationId::ExpectedVotes => Self::ExpectedVotes(read(&mut fields)?),
            NotificationId::Nodelist => Self::Nodelist(read(&mut fields)?),
            NotificationId::QdeviceExtraInfo => Self::QdeviceExtraInfo(read(&mut fields)?),
            NotificationId::Unknown(id) => {
                let body = Bytes::copy_from_slice(fields.rest());
                return Ok(Self::Unknown(UnknownNotification { id, error: header.error, body }));
            }
        };
        fields.finish()?;
        Ok(notification)
    }
}
