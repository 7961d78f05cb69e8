//! QDEVICE_GET_EXTRA_INFO: what the quorum device of a node wants others to know.
//!
//! No released corosync has it: daemons up to 3.1.10 answer with
//! [`InvalidParam`](crate::qb::CsError::InvalidParam), as to any request they do not know.

use bytes::{BufMut, Bytes};

use super::NodeId;
use super::message::{Message, RequestId, ResponseId};
use super::qdevice_set_extra_info::read_extra_info;
use crate::{DecodeError, Fields};

/// QDEVICE_GET_EXTRA_INFO, request id 11.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `nodeid` u32; 0 is the quorum device's own entry, not the local node |
/// | 20 | padding |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QdeviceGetExtraInfo {
    /// The node.
    pub node: NodeId,
}

impl Message for QdeviceGetExtraInfo {
    const ID: i32 = RequestId::QdeviceGetExtraInfo.code();
    const NAME: &'static str = "QDEVICE_GET_EXTRA_INFO request";

    #[inline]
    fn body_len(&self) -> usize {
        8
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u32_ne(self.node.get());
        out.put_u32_ne(0);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let node = NodeId::new(fields.u32_ne("nodeid")?);
        fields.skip(4)?;
        Ok(Self { node })
    }
}

/// QDEVICE_GET_EXTRA_INFO, response id 6.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 24 | `ei_size` u32; 0 if there is none |
/// | 28 | the information, `ei_size` bytes |
/// | 28 + `ei_size` | padding, 4 bytes |
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct QdeviceExtraInfo {
    /// The information; empty if there is none.
    pub info: Bytes,
}

impl Message for QdeviceExtraInfo {
    const ID: i32 = ResponseId::QdeviceGetExtraInfo.code();
    const NAME: &'static str = "QDEVICE_GET_EXTRA_INFO response";

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
