//! QDEVICE_EXTRA_INFO_NOTIFICATION: a quorum device has set or removed extra information.
//!
//! No released corosync sends it.

use bytes::{BufMut, Bytes};

use super::NodeId;
use super::message::{Message, NotificationId};
use super::qdevice_set_extra_info::read_extra_info;
use crate::{DecodeError, Fields};

/// A quorum device has set or removed its extra information.
///
/// QDEVICE_EXTRA_INFO_NOTIFICATION, id 7. No released corosync sends it.
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
    /// The context of the TRACKSTART.
    pub context: u64,
    /// The node whose device it is.
    pub node: NodeId,
    /// The information; empty if it was removed.
    pub info: Bytes,
}

impl QdeviceExtraInfoNotification {
    /// A notification, as a daemon sends it.
    pub fn new(context: u64, node: NodeId, info: impl Into<Bytes>) -> Self {
        Self { context, node, info: info.into() }
    }
}

impl Message for QdeviceExtraInfoNotification {
    const ID: i32 = NotificationId::QdeviceExtraInfo.code();
    const NAME: &'static str = "QDEVICE_EXTRA_INFO_NOTIFICATION";

    #[inline]
    fn body_len(&self) -> usize {
        24 + self.info.len()
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u64_ne(self.context);
        out.put_u32_ne(self.node.get());
        out.put_u32_ne(0);
        out.put_u32_ne(u32::try_from(self.info.len()).unwrap_or(u32::MAX));
        out.put_u32_ne(0);
        out.put_slice(&self.info);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let context = fields.u64_ne("context")?;
        let node = NodeId::new(fields.u32_ne("nodeid")?);
        fields.skip(4)?;
        let info = read_extra_info(fields, 4)?;
        Ok(Self { context, node, info })
    }
}
