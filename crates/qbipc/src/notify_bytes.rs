use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::net::{self, SendFlags};

use crate::ChannelError;

/// The bytes on the setup socket that announce messages in a ring, one each.
///
/// What they say does not matter, only how many they are.
#[derive(Debug, Default)]
pub(crate) struct NotifyBytes {
    /// Those the kernel would not take yet, for messages that are in the ring.
    owed: usize,
}

impl NotifyBytes {
    /// Sends a byte for each of `committed` messages more, and those that are owed; as many as the
    /// socket takes.
    ///
    /// The rest goes with the next, so this may be called with none.
    pub(crate) fn send(
        &mut self,
        setup: BorrowedFd<'_>,
        committed: u32,
    ) -> Result<(), ChannelError> {
        const BYTES: [u8; 256] = [0; 256];
        self.owed += usize::try_from(committed).unwrap_or(usize::MAX);
        while self.owed > 0 {
            let bytes = BYTES.get(..self.owed).unwrap_or(&BYTES);
            match net::send(setup, bytes, SendFlags::NOSIGNAL) {
                Ok(sent) => self.owed -= sent,
                Err(Errno::AGAIN) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// Whether there are messages in the ring that were not announced.
    pub(crate) fn are_owed(&self) -> bool {
        self.owed > 0
    }
}
