use std::time::Duration;

use quorate_codec::confd_ha::handshake::{LibraryVersion, ProtocolVersion, Sizes};

use crate::secret::Secret;
use crate::{Endpoint, Reconnect};

/// The settings of a builder, shared by all connections made from it.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) endpoint: Endpoint,
    pub(crate) token: Option<Secret>,
    pub(crate) secret: Option<Secret>,
    pub(crate) protocol: ProtocolVersion,
    pub(crate) library: LibraryVersion,
    pub(crate) sizes: Sizes,
    pub(crate) bad_version: BadVersion,
    pub(crate) connect_timeout: Duration,
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) sync_timeout: Option<Duration>,
    pub(crate) reconnect: Option<Reconnect>,
}

/// What to do when the daemon speaks another version of the protocol.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum BadVersion {
    /// Fail, with both versions in the error.
    #[default]
    Fail,
    /// Try once more, on a new connection, with the daemon's version. HA is the same in all
    /// versions seen.
    RetryWithDaemons,
}
