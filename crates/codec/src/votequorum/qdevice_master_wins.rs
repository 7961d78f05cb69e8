//! QDEVICE_MASTER_WINS: whether a quorum device's vote decides alone.

use super::message::{Message, RequestId};
use super::{MasterWins, QdeviceName};
use crate::{DecodeError, Reader, Writer};

/// QDEVICE_MASTER_WINS, request id 9. Answered by [STATUS](super::status).
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `name`, 255 bytes |
/// | 271 | padding |
/// | 272 | `allow` u32; anything but 0 is yes |
/// | 276 | padding |
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QdeviceMasterWins {
    /// The device.
    pub name: QdeviceName,
    /// Whether its vote decides.
    pub allow: MasterWins,
}

impl Message for QdeviceMasterWins {
    const ID: i32 = RequestId::QdeviceMasterWins.code();
    const NAME: &'static str = "QDEVICE_MASTER_WINS request";

    fn write(&self, writer: &mut Writer<'_>) {
        QdeviceName::write(Some(&self.name), writer);
        writer.pad_to(272);
        writer.u32_ne(match self.allow {
            MasterWins::Deny => 0,
            MasterWins::Allow => 1,
        });
        writer.pad_to(280);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let name = QdeviceName::read_required(reader, "name")?;
        reader.padding(1)?;
        let allow = match reader.u32_ne("allow")? {
            0 => MasterWins::Deny,
            _ => MasterWins::Allow,
        };
        reader.padding(4)?;
        Ok(Self { name, allow })
    }
}
