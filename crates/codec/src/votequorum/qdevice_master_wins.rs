//! QDEVICE_MASTER_WINS: whether a quorum device's vote decides alone.

use bytes::BufMut;

use super::message::{Message, RequestId};
use super::{MasterWins, QdeviceName};
use crate::{DecodeError, Fields};

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

    #[inline]
    fn body_len(&self) -> usize {
        264
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        QdeviceName::write(Some(&self.name), out);
        out.put_u8(0);
        out.put_u32_ne(match self.allow {
            MasterWins::Deny => 0,
            MasterWins::Allow => 1,
        });
        out.put_u32_ne(0);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let name = QdeviceName::read_required(fields, "name")?;
        fields.skip(1)?;
        let allow = match fields.u32_ne("allow")? {
            0 => MasterWins::Deny,
            _ => MasterWins::Allow,
        };
        fields.skip(4)?;
        Ok(Self { name, allow })
    }
}
