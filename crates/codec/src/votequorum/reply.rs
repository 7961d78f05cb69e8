use bytes::{BufMut, BytesMut};

use super::getinfo::NodeInfo;
use super::message::{ResponseId, encode_response, read};
use super::qdevice_get_extra_info::QdeviceExtraInfo;
use super::status::Status;
use crate::qb::CsError;
use crate::qb::header::{RESPONSE_LEN, ResponseHeader};
use crate::{DecodeError, Fields, Problem};

/// What a successful response carries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reply {
    /// Nothing but success.
    Status,
    /// What the daemon knows of a node.
    GetInfo(NodeInfo),
    /// What the quorum device of a node wants others to know.
    QdeviceExtraInfo(QdeviceExtraInfo),
}

/// Any message of the response channel.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// Which response it is.
    ///
    /// An error may come as [`ResponseId::Status`] whatever the request.
    pub id: ResponseId,
    /// What the request led to.
    pub result: Result<Reply, CsError>,
}

impl Response {
    /// Reads a message.
    ///
    /// The body of an error response is not looked at: it holds whatever was in the daemon's
    /// memory.
    ///
    /// # Errors
    ///
    /// If it is not exactly one response, or announces success under an unknown id.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::new("response", bytes);
        let header = ResponseHeader::decode(&mut fields)?;
        let id = ResponseId::from(header.id);
        if let Err(error) = header.error.into_result() {
            return Ok(Self { id, result: Err(error) });
        }
        Ok(Self { id, result: Ok(Reply::read(id, fields)?) })
    }
}

impl Reply {
    /// Reads what follows the header of a successful response with that id.
    #[inline]
    pub(super) fn read(id: ResponseId, mut fields: Fields<'_>) -> Result<Self, DecodeError> {
        let reply = match id {
            ResponseId::Status => read(&mut fields).map(|Status| Self::Status)?,
            ResponseId::GetInfo => Self::GetInfo(read(&mut fields)?),
            ResponseId::QdeviceGetExtraInfo => Self::QdeviceExtraInfo(read(&mut fields)?),
            ResponseId::Unknown(id) => {
                let expected = "the id of a response";
                let problem = Problem::Number { found: id.into(), expected };
                return Err(fields.error_at("id", 0, problem));
            }
        };
        fields.finish()?;
        Ok(reply)
    }

    /// Appends the successful response that carries this to `out`.
    pub fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::Status => encode_response(&Status, out),
            Self::GetInfo(info) => encode_response(info, out),
            Self::QdeviceExtraInfo(extra) => encode_response(extra, out),
        }
    }

    /// Appends an error response to `out`.
    ///
    /// Under [`ResponseId::GetInfo`] it has the length of a successful one, as corosync's has.
    pub fn encode_error(id: ResponseId, error: CsError, out: &mut BytesMut) {
        let body = match id {
            ResponseId::GetInfo => 296,
            ResponseId::QdeviceGetExtraInfo => 8,
            ResponseId::Status | ResponseId::Unknown(_) => 0,
        };
        let len = RESPONSE_LEN + body;
        out.reserve(len);
        out.put_slice(&ResponseHeader { id: id.code(), error }.to_bytes(len));
        out.put_bytes(0, body);
    }
}
