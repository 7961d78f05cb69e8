//! QDEVICE_REGISTER: a quorum device announces itself.

use bytes::BufMut;

use super::QdeviceName;
use super::message::{Message, RequestId};
use crate::{DecodeError, Fields};

/// QDEVICE_REGISTER, request id 5.
///
/// Answered by [STATUS](super::status) when the registration has gone round the cluster. Replies
/// to requests sent after it **overtake** its reply, and replies carry no id: nothing may be sent
/// behind it until it is answered.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `name`, 255 bytes |
/// | 271 | padding to 272 |
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QdeviceRegister {
    /// The device.
    pub name: QdeviceName,
}

impl Message for QdeviceRegister {
    const ID: i32 = RequestId::QdeviceRegister.code();
    const NAME: &'static str = "QDEVICE_REGISTER request";

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
