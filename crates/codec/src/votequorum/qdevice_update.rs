//! QDEVICE_UPDATE: a quorum device changes its name.

use bytes::BufMut;

use super::QdeviceName;
use super::message::{Message, RequestId};
use crate::{DecodeError, Fields};

/// QDEVICE_UPDATE, request id 7. Answered by [STATUS](super::status) before the new name has gone
/// round the cluster.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `oldname`, 255 bytes |
/// | 271 | `newname`, 255 bytes, unaligned |
/// | 526 | padding to 528 |
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QdeviceUpdate {
    /// The device as it is called now.
    pub old_name: QdeviceName,
    /// What it is to be called.
    pub new_name: QdeviceName,
}

impl Message for QdeviceUpdate {
    const ID: i32 = RequestId::QdeviceUpdate.code();
    const NAME: &'static str = "QDEVICE_UPDATE request";

    #[inline]
    fn body_len(&self) -> usize {
        512
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        QdeviceName::write(Some(&self.old_name), out);
        QdeviceName::write(Some(&self.new_name), out);
        out.put_u16_ne(0);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let old_name = QdeviceName::read_required(fields, "oldname")?;
        let new_name = QdeviceName::read_required(fields, "newname")?;
        fields.skip(2)?;
        Ok(Self { old_name, new_name })
    }
}
