use std::time::Duration;

use quorate_codec::confd_ha::handshake::{LibraryVersion, ProtocolVersion, Sizes};

use crate::secret::Secret;
use crate::{Endpoint, Reconnect};

/// What a builder has settled, shared by all that connects.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) endpoint: Endpoint,
    pub(crate) token: Option<Secret>,
    pub(crate) secret: Option<Secret>,
    pub(crate) protocol: ProtocolVersion,
    pub(crate) library: LibraryVersion,
    pub(crate) sizes: Sizes,
    pub(crate) bad_version: BadVersion,
    pub(crate) connect_deadline: Duration,
    pub(crate) order_deadline: Option<Duration>,
    pub(crate) sync_deadline: Option<Duration>,
    pub(crate) reconnect: Option<Reconnect>,
}

/// What to do when the daemon says that it speaks another version of the protocol.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum BadVersion {
    /// Fail, with both versions in the error.
    #[default]
    Fail,
    /// Try once more, on a fresh connection, and say the daemon's version. HA is the same in all
    /// versions seen.
    RetryWithDaemons,
}
