//! TRACKSTOP: no longer be told of changes.

use super::message::{Message, RequestId};
use crate::{DecodeError, Reader, Writer};

/// TRACKSTOP, request id 4, nothing but a header. Answered by [STATUS](super::status):
/// [`NotExist`](crate::qb::CsError::NotExist) if the connection does not track.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrackStop;

impl Message for TrackStop {
    const ID: i32 = RequestId::TrackStop.code();
    const NAME: &'static str = "TRACKSTOP request";

    fn write(&self, _writer: &mut Writer<'_>) {}

    fn read(_reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}
