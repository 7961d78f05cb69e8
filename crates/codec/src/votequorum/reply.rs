use super::getinfo::NodeInfo;
use super::message::{ResponseId, encode_raw_response, encode_response, read};
use super::qdevice_get_extra_info::QdeviceExtraInfo;
use super::status::Status;
use crate::qb::CsError;
use crate::qb::header::ResponseHeader;
use crate::{DecodeError, Problem, Reader};

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
        let mut reader = Reader::new("response", bytes);
        let header = ResponseHeader::decode(&mut reader)?;
        let id = ResponseId::from(header.id);
        if let Err(error) = header.error.into_result() {
            return Ok(Self { id, result: Err(error) });
        }
        let reply = match id {
            ResponseId::Status => read(&mut reader).map(|Status| Reply::Status)?,
            ResponseId::GetInfo => Reply::GetInfo(read(&mut reader)?),
            ResponseId::QdeviceGetExtraInfo => Reply::QdeviceExtraInfo(read(&mut reader)?),
            ResponseId::Unknown(id) => {
                let expected = "the id of a response";
                let problem = Problem::Number { found: id.into(), expected };
                return Err(reader.error_at("id", 0, problem));
            }
        };
        reader.finish()?;
        Ok(Self { id, result: Ok(reply) })
    }
}

impl Reply {
    /// Appends the successful response that carries this to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Status => encode_response(&Status, out),
            Self::GetInfo(info) => encode_response(info, out),
            Self::QdeviceExtraInfo(extra) => encode_response(extra, out),
        }
    }

    /// Appends an error response to `out`.
    ///
    /// Under [`ResponseId::GetInfo`] it has the length of a successful one, as corosync's has.
    pub fn encode_error(id: ResponseId, error: CsError, out: &mut Vec<u8>) {
        encode_raw_response(id.code(), error, out, |writer| match id {
            ResponseId::GetInfo => writer.pad_to(320),
            ResponseId::QdeviceGetExtraInfo => writer.pad_to(32),
            ResponseId::Status | ResponseId::Unknown(_) => {}
        });
    }
}
