//! QDEVICE_GET_EXTRA_INFO: what the quorum device of a node wants others to know.
//!
//! No released corosync has it: daemons up to 3.1.10 answer with
//! [`InvalidParam`](crate::qb::CsError::InvalidParam), as to any request they do not know.

use super::NodeId;
use super::message::{Message, RequestId, ResponseId};
use super::qdevice_set_extra_info::read_extra_info;
use crate::{DecodeError, Reader, Writer};

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

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u32_ne(self.node.get());
        writer.pad_to(24);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let node = NodeId::new(reader.u32_ne("nodeid")?);
        reader.padding(4)?;
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
    pub info: Vec<u8>,
}

impl Message for QdeviceExtraInfo {
    const ID: i32 = ResponseId::QdeviceGetExtraInfo.code();
    const NAME: &'static str = "QDEVICE_GET_EXTRA_INFO response";

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u32_ne(u32::try_from(self.info.len()).unwrap_or(u32::MAX));
        writer.bytes(&self.info);
        writer.u32_ne(0);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let info = read_extra_info(reader, 0)?;
        reader.padding(4)?;
        Ok(Self { info })
    }
}
