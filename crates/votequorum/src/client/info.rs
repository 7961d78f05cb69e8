use std::time::Duration;

use quorate_codec::votequorum::getinfo::GetInfo;
use quorate_codec::votequorum::{NodeId, NodeInfo, Reply, Request};
use tokio::time::Instant;

use super::Client;
use crate::Error;

impl Client {
    /// Returns what the daemon knows of its own node.
    ///
    /// GETINFO, request id 0.
    ///
    /// # Errors
    ///
    /// If there is no answer before the deadline, or the connection is closed.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_getinfo")]
    #[doc(alias = "getinfo")]
    pub async fn local_info(&self) -> Result<NodeInfo, Error> {
        self.info(None).await
    }

    /// Returns what the daemon knows of a node.
    ///
    /// GETINFO, request id 0.
    ///
    /// # Errors
    ///
    /// - [`CsError::NotExist`](crate::CsError::NotExist): the cluster has never seen the node.
    /// - [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument): node 0, for which the
    ///   daemon would answer about its own node; see [`local_info`](Self::local_info).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_getinfo")]
    #[doc(alias = "getinfo")]
    pub async fn get_info(&self, node: impl Into<NodeId>) -> Result<NodeInfo, Error> {
        let node = node.into();
        if node == NodeId::QDEVICE {
            return Err(Error::invalid_argument(
                "node 0 is no node of the cluster; for the daemon's own node, use local_info",
            ));
        }
        self.info(Some(node)).await
    }

    async fn info(&self, node: Option<NodeId>) -> Result<NodeInfo, Error> {
        match self.call(Request::GetInfo(GetInfo { node })).await? {
            Reply::GetInfo(info) => Ok(info),
            // The session matches replies to requests, so this is no other reply.
            Reply::Status | Reply::QdeviceExtraInfo(_) => Ok(NodeInfo::default()),
        }
    }

    /// Sends a cheap request and returns the round-trip time.
    ///
    /// A daemon that is merely busy answers this within milliseconds, in the middle of a membership
    /// change too; one that does not is stopped or gone.
    ///
    /// # Errors
    ///
    /// If there is no answer before the deadline, or the connection is over.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    pub async fn ping(&self) -> Result<Duration, Error> {
        let start = Instant::now();
        self.local_info().await?;
        Ok(start.elapsed())
    }
}
