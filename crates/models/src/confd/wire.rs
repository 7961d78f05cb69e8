use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use quorate_codec::confd_ha::session::Closed;
use quorate_codec::limits::MAX_FRAME;

/// What a daemon has sent, as seen from both ends of the connection.
#[derive(Debug, Default)]
pub(super) struct Wire {
    /// Sent and not delivered.
    under_way: VecDeque<u8>,
    /// Delivered, and not in a frame that was taken.
    delivered: Vec<u8>,
}

/// What stands at the start of what was delivered.
#[derive(Debug)]
pub(super) enum Next {
    /// Not all of a frame.
    Incomplete,
    /// A frame no session takes.
    TooLong,
    /// The content of a frame.
    Frame(Bytes),
}

impl Wire {
    /// The daemon sends.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.under_way.extend(bytes);
    }

    /// Delivers at most `len` bytes into the client's buffer; returns how many.
    pub(super) fn deliver(&mut self, len: usize, received: &mut BytesMut) -> usize {
        let len = len.min(self.under_way.len());
        let before = self.delivered.len();
        self.delivered.extend(self.under_way.drain(..len));
        received.extend_from_slice(self.delivered.get(before..).unwrap_or_default());
        len
    }

    /// Whether every byte that was delivered is part of a frame that was taken.
    pub(super) fn is_silent(&self) -> bool {
        self.delivered.is_empty()
    }

    /// Takes the next frame, found the simple way.
    pub(super) fn next_frame(&mut self) -> Next {
        let Some((prefix, rest)) = self.delivered.split_first_chunk::<4>() else {
            return Next::Incomplete;
        };
        let len = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
        if len > MAX_FRAME {
            return Next::TooLong;
        }
        let Some(frame) = rest.get(..len).map(Bytes::copy_from_slice) else {
            return Next::Incomplete;
        };
        self.delivered.drain(..4 + len);
        Next::Frame(frame)
    }

    /// Why a session is over if the connection ends now, between two frames or inside one.
    pub(super) fn end(&self) -> Closed {
        if self.is_silent() { Closed::Eof } else { Closed::EofInFrame }
    }
}
