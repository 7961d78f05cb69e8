//! TRACKSTART: be told of changes.

use super::TrackFlags;
use super::message::{Message, RequestId};
use crate::{DecodeError, Reader, Writer};

/// TRACKSTART, request id 3. Answered by [STATUS](super::status), which may come later than the
/// first notifications.
///
/// A connection tracks once; a second request is answered with
/// [`Exist`](crate::qb::CsError::Exist), *after* the notifications its flags ask for.
///
/// | offset | field |
/// |---|---|
/// | 0 | header |
/// | 16 | `context` u64 |
/// | 24 | `track_flags` u32 |
/// | 28 | padding |
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrackStart {
    /// Comes back in every notification.
    pub context: u64,
    /// What to be told.
    pub flags: TrackFlags,
}

impl Message for TrackStart {
    const ID: i32 = RequestId::TrackStart.code();
    const NAME: &'static str = "TRACKSTART request";

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u64_ne(self.context);
        writer.u32_ne(self.flags.bits());
        writer.pad_to(32);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let context = reader.u64_ne("context")?;
        let flags = TrackFlags::from_bits_retain(reader.u32_ne("track_flags")?);
        reader.padding(4)?;
        Ok(Self { context, flags })
    }
}
