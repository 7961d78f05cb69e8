//! TRACKSTOP: ends the notifications.

use bytes::BufMut;

use super::message::{Message, RequestId};
use crate::{DecodeError, Fields};

/// TRACKSTOP, request id 4, nothing but a header. Answered by [STATUS](super::status):
/// [`NotExist`](crate::qb::CsError::NotExist) if the connection has no track.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrackStop;

impl Message for TrackStop {
    const ID: i32 = RequestId::TrackStop.code();
    const NAME: &'static str = "TRACKSTOP request";

    #[inline]
    fn body_len(&self) -> usize {
        0
    }

    #[inline]
    fn write(&self, _out: &mut impl BufMut) {}

    #[inline]
    fn read(_fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}
