use std::time::Duration;

use quorate_codec::votequorum::getinfo::GetInfo;
use quorate_codec::votequorum::{NodeId, NodeInfo, Reply, Request};
use tokio::time::Instant;

use super::Client;
use crate::Error;

impl Client {
    /// What the daemon knows of a node; of its own with [`NodeId::LOCAL`].
    ///
    /// GETINFO, request id 0.
    ///
    /// # Errors
    ///
    /// [`CsError::NotExist`](crate::CsError::NotExist) if the cluster has never seen the node.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_getinfo")]
    #[doc(alias = "getinfo")]
    pub async fn get_info(&self, node: impl Into<NodeId>) -> Result<NodeInfo, Error> {
        let request = Request::GetInfo(GetInfo { node: node.into() });
        match self.call(request).await? {
            Reply::GetInfo(info) => Ok(info),
            // The session lets no other reply through.
            Reply::Status | Reply::QdeviceExtraInfo(_) => Ok(NodeInfo::default()),
        }
    }

    /// Asks the daemon for a sign of life; gives how long it took.
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
        self.get_info(NodeId::LOCAL).await?;
        Ok(start.elapsed())
    }
}
