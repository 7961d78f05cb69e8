//! QDEVICE_SET_EXTRA_INFO: what a quorum device wants the other nodes to know.
//!
//! No released corosync has it: daemons up to 3.1.10 answer with
//! [`InvalidParam`](crate::qb::CsError::InvalidParam), as to any request they do not know.

use bytes::{BufMut, Bytes};

use super::message::{Message, RequestId};
use crate::limits::MAX_EXTRA_INFO;
use crate::{DecodeError, Fields, Problem};

/// QDEVICE_SET_EXTRA_INFO, request id 10. Answered by [STATUS](super::status).
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `ei_size` u32 |
/// | 20 | the information, `ei_size` bytes |
/// | 20 + `ei_size` | padding, 4 bytes |
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QdeviceSetExtraInfo {
    /// The information; empty removes it. The daemon refuses more than 4096 bytes.
    pub info: Bytes,
}

impl Message for QdeviceSetExtraInfo {
    const ID: i32 = RequestId::QdeviceSetExtraInfo.code();
    const NAME: &'static str = "QDEVICE_SET_EXTRA_INFO request";

    #[inline]
    fn body_len(&self) -> usize {
        8 + self.info.len()
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u32_ne(u32::try_from(self.info.len()).unwrap_or(u32::MAX));
        out.put_slice(&self.info);
        out.put_u32_ne(0);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let info = read_extra_info(fields, 0)?;
        fields.skip(4)?;
        Ok(Self { info })
    }
}

/// Reads `ei_size`, `gap` bytes of padding, and the information.
pub(super) fn read_extra_info(fields: &mut Fields<'_>, gap: usize) -> Result<Bytes, DecodeError> {
    let offset = fields.offset();
    let size = fields.u32_ne("ei_size")?;
    let len = usize::try_from(size).unwrap_or(usize::MAX);
    if len > MAX_EXTRA_INFO {
        let problem = Problem::Number { found: size.into(), expected: "at most 4096" };
        return Err(fields.error_at("ei_size", offset, problem));
    }
    fields.skip(gap)?;
    fields.bytes("extra_info", len).map(Bytes::copy_from_slice)
}
