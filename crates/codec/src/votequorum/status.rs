//! STATUS: the answer to every request that asks for no data.
//!
//! Response id 0, nothing but a header, whose `error` says how the request fared. A daemon also
//! answers requests it does not know this way, with
//! [`InvalidParam`](crate::qb::CsError::InvalidParam), whatever answer was expected.

use bytes::BufMut;

use super::message::{Message, ResponseId};
use crate::{DecodeError, Fields};

/// STATUS, response id 0: the request succeeded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Status;

impl Message for Status {
    const ID: i32 = ResponseId::Status.code();
    const NAME: &'static str = "STATUS response";

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
