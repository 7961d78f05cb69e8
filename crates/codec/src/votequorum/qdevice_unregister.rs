//! QDEVICE_UNREGISTER: a quorum device takes its leave.

use super::QdeviceName;
use super::message::{Message, RequestId};
use crate::{DecodeError, Reader, Writer};

/// QDEVICE_UNREGISTER, request id 6. Answered by [STATUS](super::status).
///
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

    fn write(&self, writer: &mut Writer<'_>) {
        QdeviceName::write(Some(&self.name), writer);
        writer.pad_to(272);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let name = QdeviceName::read_required(reader, "name")?;
        reader.padding(1)?;
        Ok(Self { name })
    }
}
