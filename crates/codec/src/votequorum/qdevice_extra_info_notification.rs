//! QDEVICE_EXTRA_INFO_NOTIFICATION: a quorum device has something to tell.
//!
//! No released corosync sends it.

use super::NodeId;
use super::message::{Message, NotificationId};
use super::qdevice_set_extra_info::read_extra_info;
use crate::{DecodeError, Reader, Writer};

/// QDEVICE_EXTRA_INFO_NOTIFICATION, id 7.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 24 | `context` u64 |
/// | 32 | `nodeid` u32 |
/// | 36 | padding |
/// | 40 | `ei_size` u32 |
/// | 44 | padding |
/// | 48 | the information, `ei_size` bytes |
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct QdeviceExtraInfoNotification {
    /// What TRACKSTART gave.
    pub context: u64,
    /// The node whose device it is.
    pub node: NodeId,
    /// The information; empty if it was removed.
    pub info: Vec<u8>,
}

impl QdeviceExtraInfoNotification {
    /// A notification, for those who play the daemon.
    pub fn new(context: u64, node: NodeId, info: Vec<u8>) -> Self {
        Self { context, node, info }
    }
}

impl Message for QdeviceExtraInfoNotification {
    const ID: i32 = NotificationId::QdeviceExtraInfo.code();
    const NAME: &'static str = "QDEVICE_EXTRA_INFO_NOTIFICATION";

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u64_ne(self.context);
        writer.u32_ne(self.node.get());
        writer.pad_to(40);
        writer.u32_ne(u32::try_from(self.info.len()).unwrap_or(u32::MAX));
        writer.pad_to(48);
        writer.bytes(&self.info);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let context = reader.u64_ne("context")?;
        let node = NodeId::new(reader.u32_ne("nodeid")?);
        reader.padding(4)?;
        let info = read_extra_info(reader, 4)?;
        Ok(Self { context, node, info })
    }
}
