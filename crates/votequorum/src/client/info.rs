use std::time::Duration;

use quorate_codec::votequorum::getinfo::GetInfo;
use quorate_codec::votequorum::{NodeId, NodeInfo, Reply, Request};
use tokio::time::Instant;

use super::Client;
use crate::Error;

impl Client {
    /// What the daemon knows of its own node.
    ///
    /// GETINFO, request id 0, for node 0.
    ///
    /// # Errors
    ///
    /// If there is no answer before the deadline, or the client is over.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_getinfo")]
    pub async fn local_info(&self) -> Result<NodeInfo, Error> {
        self.info(None).await
    }

    /// What the daemon knows of a node.
    ///
    /// GETINFO, request id 0.
    ///
    /// # Errors
    ///
    /// - [`CsError::NotExist`](crate::CsError::NotExist): the cluster has never seen the node.
    /// - [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): node 0. The daemon takes that
    ///   for its own node; see [`local_info`](Self::local_info).
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_getinfo")]
    #[doc(alias = "getinfo")]
    pub async fn get_info(&self, node: impl Into<NodeId>) -> Result<NodeInfo, Error> {
        let node = node.into();
        if node.get() == 0 {
            return Err(Error::invalid_input(
                "node 0 is no node; use local_info for the node the daemon runs on",
            ));
        }
        self.info(Some(node)).await
    }

    /// Asks the daemon for a sign of life, and returns how long the answer took.
    ///
    /// A daemon that is merely busy answers within milliseconds, during a membership change too; one
    /// that does not answer is stopped or gone.
    ///
    /// # Errors
    ///
    /// If there is no answer before the deadline, or the client is over.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    pub async fn ping(&self) -> Result<Duration, Error> {
        let start = Instant::now();
        self.local_info().await?;
        Ok(start.elapsed())
    }

    async fn info(&self, node: Option<NodeId>) -> Result<NodeInfo, Error> {
        match self.call(Request::GetInfo(GetInfo { node })).await? {
            Reply::GetInfo(info) => Ok(info),
            _ => Err(Error::unexpected_reply("GETINFO")),
        }
    }
}
