use bytes::Bytes;
use quorate_codec::limits::MAX_EXTRA_INFO;
use quorate_codec::qb::CsError;
use quorate_codec::votequorum::qdevice_get_extra_info::QdeviceGetExtraInfo;
use quorate_codec::votequorum::qdevice_set_extra_info::QdeviceSetExtraInfo;
use quorate_codec::votequorum::{NodeId, Reply, Request};

use super::Client;
use crate::Error;

/// The caller's word that the daemon is corosync 3.0 or later.
///
/// corosync 2.x does not check the ids of requests: one it does not know makes it abort, and its node
/// leaves the cluster. votequorum has no request that tells the version. `corosync -v` does, and so
/// does the package manager.
#[derive(Clone, Copy, Debug)]
pub struct Corosync3;

/// The extra information of quorum devices: up to 4096 bytes that a device wants other nodes to know.
///
/// Made by [`Client::extra_info`]. It is supported by corosync after 3.1.10.
#[derive(Clone, Copy, Debug)]
pub struct ExtraInfo<'a> {
    client: &'a Client,
}

impl Client {
    /// The extra information of quorum devices. **The daemon has to be corosync 3.0 or later**: see
    /// [`Corosync3`].
    pub fn extra_info(&self, _version: Corosync3) -> ExtraInfo<'_> {
        ExtraInfo { client: self }
    }
}

impl ExtraInfo<'_> {
    /// Sets the extra information of this node's quorum device: up to 4096 bytes, none to remove it.
    ///
    /// **corosync 3.0 or later**: 2.x aborts. See [`Corosync3`].
    ///
    /// QDEVICE_SET_EXTRA_INFO, request id 10.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::NotSupported`](crate::ErrorKind::NotSupported): the daemon is too old.
    /// - [`CsError::NotExist`]: no device is registered.
    /// - [`CsError::Access`]: the daemon's device configuration is not valid.
    /// - [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): more than 4096 bytes.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_set_qdevice_extra_info")]
    pub async fn set(&self, info: impl Into<Bytes>) -> Result<(), Error> {
        let info = info.into();
        if info.len() > MAX_EXTRA_INFO {
            return Err(Error::invalid_input(
                "the extra information of a quorum device has at most 4096 bytes",
            ));
        }
        self.call(Request::QdeviceSetExtraInfo(QdeviceSetExtraInfo { info })).await.map(drop)
    }

    /// The extra information of a node's quorum device; empty if there is none.
    ///
    /// [`NodeId::QDEVICE`] (0) is the device's own entry, not the local node.
    ///
    /// **corosync 3.0 or later**: 2.x aborts. See [`Corosync3`].
    ///
    /// QDEVICE_GET_EXTRA_INFO, request id 11.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::NotSupported`](crate::ErrorKind::NotSupported): the daemon is too old.
    /// - [`CsError::NotExist`]: the cluster has never seen the node.
    /// - [`CsError::Access`]: the daemon's device configuration is not valid.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_get_qdevice_extra_info")]
    pub async fn get(&self, node: impl Into<NodeId>) -> Result<Bytes, Error> {
        let request = Request::QdeviceGetExtraInfo(QdeviceGetExtraInfo { node: node.into() });
        match self.call(request).await? {
            Reply::QdeviceExtraInfo(extra) => Ok(extra.info),
            _ => Err(Error::unexpected_reply("QDEVICE_GET_EXTRA_INFO")),
        }
    }

    /// Daemons up to 3.1.10 answer that a parameter is not valid, which newer ones never do here.
    async fn call(&self, request: Request) -> Result<Reply, Error> {
        let name = request.id().name().unwrap_or("extra info");
        self.client.call(request).await.map_err(|error| match error.status() {
            Some(CsError::InvalidParam) => Error::not_supported(name, "it came after 3.1.10"),
            _ => error,
        })
    }
}
