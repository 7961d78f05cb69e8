use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use super::mapping::Shared;

/// The control file of a connection over sockets: how many messages are under way, per channel.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Control {
    /// Requests.
    pub(crate) request: ChannelCounters,
    /// Responses.
    pub(crate) response: ChannelCounters,
    /// Events.
    pub(crate) event: ChannelCounters,
}

/// One channel of a [`Control`].
#[derive(Debug)]
#[repr(C)]
pub(crate) struct ChannelCounters {
    sent: AtomicI32,
    flow_control: AtomicU32,
}

// SAFETY: only atomics; any bit pattern is valid.
unsafe impl Shared for Control {}

const _: () = assert!(size_of::<Control>() == 24);

impl ChannelCounters {
    /// A message was put in.
    pub(crate) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// A message was taken out.
    pub(crate) fn received(&self) {
        self.sent.fetch_sub(1, Ordering::Relaxed);
    }

    /// What the server lets through; used for requests only.
    pub(crate) fn flow_control(&self) -> &AtomicU32 {
        &self.flow_control
    }
}
