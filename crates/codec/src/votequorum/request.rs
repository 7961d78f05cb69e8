use bytes::{BufMut, Bytes, BytesMut};

use super::getinfo::GetInfo;
use super::message::{Message, RequestId, ResponseId, encode_request, read};
use super::qdevice_get_extra_info::QdeviceGetExtraInfo;
use super::qdevice_master_wins::QdeviceMasterWins;
use super::qdevice_poll::QdevicePoll;
use super::qdevice_register::QdeviceRegister;
use super::qdevice_set_extra_info::QdeviceSetExtraInfo;
use super::qdevice_unregister::QdeviceUnregister;
use super::qdevice_update::QdeviceUpdate;
use super::setexpected::SetExpected;
use super::setvotes::SetVotes;
use super::trackstart::TrackStart;
use super::trackstop::TrackStop;
use crate::limits::MAX_EXTRA_INFO;
use crate::qb::header::{REQUEST_LEN, RequestHeader};
use crate::qb::ring::{WORD, chunk_words};
use crate::{DecodeError, Fields};

/// Any request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Request {
    /// What the daemon knows of a node.
    GetInfo(GetInfo),
    /// How many votes a complete cluster has.
    SetExpected(SetExpected),
    /// How many votes a node has.
    SetVotes(SetVotes),
    /// Asks for notifications.
    TrackStart(TrackStart),
    /// Ends the notifications.
    TrackStop(TrackStop),
    /// A quorum device announces itself.
    QdeviceRegister(QdeviceRegister),
    /// A quorum device unregisters.
    QdeviceUnregister(QdeviceUnregister),
    /// A quorum device changes its name.
    QdeviceUpdate(QdeviceUpdate),
    /// A quorum device is alive, and how it votes.
    QdevicePoll(QdevicePoll),
    /// Whether a quorum device's vote decides alone.
    QdeviceMasterWins(QdeviceMasterWins),
    /// What a quorum device wants other nodes to know.
    QdeviceSetExtraInfo(QdeviceSetExtraInfo),
    /// What the quorum device of a node wants others to know.
    QdeviceGetExtraInfo(QdeviceGetExtraInfo),
    /// A request this library does not know.
    Unknown(UnknownRequest),
}

/// A request this library does not know, as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownRequest {
    /// Its id.
    pub id: i32,
    /// What follows the header.
    pub body: Bytes,
}

/// Runs an expression with the message inside a [`Request`], whichever it is.
macro_rules! with_message {
    ($request:expr, $message:ident => $known:expr, $unknown:ident => $other:expr) => {
        match $request {
            Request::GetInfo($message) => $known,
            Request::SetExpected($message) => $known,
            Request::SetVotes($message) => $known,
            Request::TrackStart($message) => $known,
            Request::TrackStop($message) => $known,
            Request::QdeviceRegister($message) => $known,
            Request::QdeviceUnregister($message) => $known,
            Request::QdeviceUpdate($message) => $known,
            Request::QdevicePoll($message) => $known,
            Request::QdeviceMasterWins($message) => $known,
            Request::QdeviceSetExtraInfo($message) => $known,
            Request::QdeviceGetExtraInfo($message) => $known,
            Request::Unknown($unknown) => $other,
        }
    };
}

impl Request {
    /// Which request it is.
    pub fn id(&self) -> RequestId {
        fn id_of<M: Message>(_: &M) -> RequestId {
            RequestId::from(M::ID)
        }
        with_message!(self, message => id_of(message), unknown => RequestId::from(unknown.id))
    }

    /// The response a daemon sends if all is well.
    pub fn expects(&self) -> ResponseId {
        match self {
            Self::GetInfo(_) => ResponseId::GetInfo,
            Self::QdeviceGetExtraInfo(_) => ResponseId::QdeviceGetExtraInfo,
            _ => ResponseId::Status,
        }
    }

    /// What the longest reply to it takes in a response ring, in bytes.
    pub fn max_reply_len(&self) -> u32 {
        let longest = match self.expects() {
            ResponseId::Status | ResponseId::Unknown(_) => 24,
            ResponseId::GetInfo => 320,
            ResponseId::QdeviceGetExtraInfo => 32 + MAX_EXTRA_INFO,
        };
        u32::try_from(longest).map_or(u32::MAX, chunk_words).saturating_mul(WORD)
    }

    /// Appends the message to `out`.
    pub fn encode(&self, out: &mut BytesMut) {
        with_message!(self, message => encode_request(message, out), unknown => unknown.encode(out));
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// If it is not exactly one request. An unknown id is no error.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::new("request", bytes);
        let header = RequestHeader::decode(&mut fields)?;
        let request = match RequestId::from(header.id) {
            RequestId::GetInfo => Self::GetInfo(read(&mut fields)?),
            RequestId::SetExpected => Self::SetExpected(read(&mut fields)?),
            RequestId::SetVotes => Self::SetVotes(read(&mut fields)?),
            RequestId::TrackStart => Self::TrackStart(read(&mut fields)?),
            RequestId::TrackStop => Self::TrackStop(read(&mut fields)?),
            RequestId::QdeviceRegister => Self::QdeviceRegister(read(&mut fields)?),
            RequestId::QdeviceUnregister => Self::QdeviceUnregister(read(&mut fields)?),
            RequestId::QdeviceUpdate => Self::QdeviceUpdate(read(&mut fields)?),
            RequestId::QdevicePoll => Self::QdevicePoll(read(&mut fields)?),
            RequestId::QdeviceMasterWins => Self::QdeviceMasterWins(read(&mut fields)?),
            RequestId::QdeviceSetExtraInfo => Self::QdeviceSetExtraInfo(read(&mut fields)?),
            RequestId::QdeviceGetExtraInfo => Self::QdeviceGetExtraInfo(read(&mut fields)?),
            RequestId::Unknown(id) => {
                let body = Bytes::copy_from_slice(fields.rest());
                return Ok(Self::Unknown(UnknownRequest { id, body }));
            }
        };
        fields.finish()?;
        Ok(request)
    }
}

impl UnknownRequest {
    fn encode(&self, out: &mut BytesMut) {
        let len = REQUEST_LEN + self.body.len();
        out.reserve(len);
        out.put_slice(&RequestHeader { id: self.id }.to_bytes(len));
        out.put_slice(&self.body);
    }
}
