use quorate_codec::votequorum::setexpected::SetExpected;
use quorate_codec::votequorum::setvotes::SetVotes;
use quorate_codec::votequorum::{NodeId, Request};

use super::Client;
use crate::Error;

impl Client {
    /// Sets how many votes a complete cluster has, 1 and up, on every node.
    ///
    /// Returns before the change has gone round the cluster; an
    /// [`Event::ExpectedVotes`](crate::Event::ExpectedVotes) tells when it has. If more votes are
    /// present than that, the daemon then raises it to these.
    ///
    /// SETEXPECTED, request id 1.
    ///
    /// # Errors
    ///
    /// - [`CsError::InvalidParam`](crate::CsError::InvalidParam): fewer than are present, or more
    ///   than would leave a quorate cluster quorate.
    /// - [`CsError::NoResources`](crate::CsError::NoResources): it could not be sent to the cluster.
    /// - [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): `u32::MAX`, which the
    ///   daemon would take for 0 in its arithmetic.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_setexpected")]
    #[doc(alias = "setexpected")]
    pub async fn set_expected(&self, expected_votes: u32) -> Result<(), Error> {
        if expected_votes >= u32::MAX - 1 {
            return Err(Error::invalid_input(
                "so many expected votes overflow the daemon's arithmetic; expect fewer",
            ));
        }
        self.order(Request::SetExpected(SetExpected { expected_votes })).await
    }

    /// Sets how many votes a node has.
    ///
    /// Returns before the change has gone round the cluster. Expected votes grow with it if need
    /// be, and never shrink by it.
    ///
    /// SETVOTES, request id 2.
    ///
    /// # Errors
    ///
    /// - [`CsError::NameNotFound`](crate::CsError::NameNotFound): the cluster has never seen the
    ///   node.
    /// - [`CsError::InvalidParam`](crate::CsError::InvalidParam): the quorum would be below half of
    ///   the votes present, or above all.
    /// - [`CsError::NoResources`](crate::CsError::NoResources): it could not be sent to the cluster.
    /// - [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): node 0, which is the
    ///   quorum device here; see [`set_qdevice_votes`](Self::set_qdevice_votes).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_setvotes")]
    #[doc(alias = "setvotes")]
    pub async fn set_votes(&self, node: impl Into<NodeId>, votes: u32) -> Result<(), Error> {
        let node = node.into();
        if node == NodeId::QDEVICE {
            return Err(Error::invalid_input(
                "node 0 is the quorum device here, not the local node; name the node, or use \
                 set_qdevice_votes",
            ));
        }
        self.order(Request::SetVotes(SetVotes { node, votes })).await
    }

    /// Sets how many votes the quorum device has.
    ///
    /// SETVOTES, request id 2, for node 0. The daemon accepts it even if no device is configured.
    ///
    /// # Errors
    ///
    /// As [`set_votes`](Self::set_votes), except that the device is always there.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    pub async fn set_qdevice_votes(&self, votes: u32) -> Result<(), Error> {
        self.order(Request::SetVotes(SetVotes { node: NodeId::QDEVICE, votes })).await
    }
}
