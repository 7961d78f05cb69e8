//! TRACKSTART: asks for notifications.

use bytes::BufMut;

use super::TrackFlags;
use super::message::{Message, RequestId};
use crate::{DecodeError, Fields};

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
    /// Returned in every notification.
    pub context: u64,
    /// Which notifications to send.
    pub flags: TrackFlags,
}

impl Message for TrackStart {
    const ID: i32 = RequestId::TrackStart.code();
    const NAME: &'static str = "TRACKSTART request";

    #[inline]
    fn body_len(&self) -> usize {
        16
    }

    #[inline]
    fn write(&self, out: &mut impl BufMut) {
        out.put_u64_ne(self.context);
        out.put_u32_ne(self.flags.bits());
        out.put_u32_ne(0);
    }

    #[inline]
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError> {
        let context = fields.u64_ne("context")?;
        let flags = TrackFlags::from_bits_retain(fields.u32_ne("track_flags")?);
        fields.skip(4)?;
        Ok(Self { context, flags })
    }
}
