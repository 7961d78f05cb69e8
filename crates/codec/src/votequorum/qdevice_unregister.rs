//! QDEVICE_UNREGISTER: a quorum device takes its leave.

use bytes::BufMut;

use super::QdeviceName;
use super::message::{Message, RequestId};
use crate::{DecodeError, Fields};

/// QDEVICE_UNREGISTER, request id 6. Answered by [STATUS](super::status).
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `name`, 255 bytes |
/// | 271 | padding to 272 |
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QdeviceUnregister {
    /// The device.
    pub name: QdeviceName,
}

impl Message for QdeviceUnregister {
    const ID: i32 = RequestId::QdeviceUnregister.code();
    const NAME: &'static str = "QDEVICE_UNREGISTER request";

    #[inline]
    fn body_len(&self) -> usize {
        256
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        QdeviceName::write(Some(&self.name), out);
        out.put_u8(0);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let name = QdeviceName::read_required(fields, "name")?;
        fields.skip(1)?;
        Ok(Self { name })
    }
}
