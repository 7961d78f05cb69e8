use std::collections::VecDeque;

use crate::confd_ha::session::Closed;
use crate::limits::MAX_FRAME;

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
    Frame(Vec<u8>),
}

impl Wire {
    /// The daemon sends.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.under_way.extend(bytes);
    }

    /// Delivers at most `len` bytes into a buffer that has `room`; gives them.
    pub(super) fn deliver(&mut self, len: usize, room: usize) -> Vec<u8> {
        let len = len.min(room).min(self.under_way.len());
        let bytes: Vec<u8> = self.under_way.drain(..len).collect();
        self.delivered.extend_from_slice(&bytes);
        bytes
    }

    /// Whether bytes were delivered that no frame was made of.
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
        let Some(frame) = rest.get(..len).map(<[u8]>::to_vec) else { return Next::Incomplete };
        self.delivered.drain(..4 + len);
        Next::Frame(frame)
    }

    /// Why a session is over if the connection ends now.
    pub(super) fn end(&self) -> Closed {
        if self.is_silent() { Closed::Eof } else { Closed::EofInFrame }
    }
}
