//! STATUS: the answer to every request that asks for no data.
//!
//! Response id 0, nothing but a header, whose `error` says how the request fared. A daemon also
//! answers requests it does not know this way, with
//! [`InvalidParam`](crate::qb::CsError::InvalidParam), whatever answer was expected.

use super::message::{Message, ResponseId};
use crate::{DecodeError, Reader, Writer};

/// STATUS, response id 0: the request succeeded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Status;

impl Message for Status {
    const ID: i32 = ResponseId::Status.code();
    const NAME: &'static str = "STATUS response";

    fn write(&self, _writer: &mut Writer<'_>) {}

    fn read(_reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}
