use bytes::Bytes;
use quorate_codec::limits::MAX_EXTRA_INFO;
use quorate_codec::qb::CsError;
use quorate_codec::votequorum::qdevice_get_extra_info::QdeviceGetExtraInfo;
use quorate_codec::votequorum::qdevice_master_wins::QdeviceMasterWins;
use quorate_codec::votequorum::qdevice_poll::QdevicePoll;
use quorate_codec::votequorum::qdevice_register::QdeviceRegister;
use quorate_codec::votequorum::qdevice_set_extra_info::QdeviceSetExtraInfo;
use quorate_codec::votequorum::qdevice_unregister::QdeviceUnregister;
use quorate_codec::votequorum::qdevice_update::QdeviceUpdate;
use quorate_codec::votequorum::{MasterWins, NodeId, QdeviceName, Reply, Request, RingId, Vote};

use super::Client;
use crate::Error;

/// Calls of a quorum device.
///
/// A device is registered with the daemon, not with the connection: it stays registered when the
/// connection closes, and any connection may poll in its name. Names have 1 to 254 bytes, none of
/// them NUL; others are refused before anything is sent.
impl Client {
    /// Registers a quorum device.
    ///
    /// Returns when the registration has gone round the cluster. Other calls of this connection
    /// wait until then: their replies would overtake this one's, and nothing tells them apart.
    ///
    /// QDEVICE_REGISTER, request id 5.
    ///
    /// # Errors
    ///
    /// - [`CsError::Exist`]: a device of another name is registered, here or on another node.
    /// - [`CsError::TryAgain`]: another registration is under way on this node.
    /// - [`CsError::Access`]: the daemon's device configuration is not valid.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the device may be registered all the same.
    #[doc(alias = "votequorum_qdevice_register")]
    pub async fn qdevice_register(&self, name: &str) -> Result<(), Error> {
        let name = QdeviceName::new(name)?;
        self.order(Request::QdeviceRegister(QdeviceRegister { name })).await
    }

    /// Unregisters a quorum device.
    ///
    /// QDEVICE_UNREGISTER, request id 6.
    ///
    /// # Errors
    ///
    /// - [`CsError::NotExist`]: no device is registered.
    /// - [`CsError::InvalidParam`]: the one that is has another name.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_qdevice_unregister")]
    pub async fn qdevice_unregister(&self, name: &str) -> Result<(), Error> {
        let name = QdeviceName::new(name)?;
        self.order(Request::QdeviceUnregister(QdeviceUnregister { name })).await
    }

    /// Gives a quorum device another name.
    ///
    /// Returns before the new name has gone round the cluster.
    ///
    /// QDEVICE_UPDATE, request id 7.
    ///
    /// # Errors
    ///
    /// - [`CsError::NotExist`]: no device is registered.
    /// - [`CsError::InvalidParam`]: the one that is has another name than `old_name`.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_qdevice_update")]
    pub async fn qdevice_update(&self, old_name: &str, new_name: &str) -> Result<(), Error> {
        let (old_name, new_name) = (QdeviceName::new(old_name)?, QdeviceName::new(new_name)?);
        self.order(Request::QdeviceUpdate(QdeviceUpdate { old_name, new_name })).await
    }

    /// Says that a quorum device is alive, and how it votes.
    ///
    /// Has to be repeated within `quorum.device.timeout` (10 s unless configured otherwise). After a
    /// membership change the daemon waits for a poll with the new ring id, which comes in an
    /// [`Event::Nodelist`](crate::Event::Nodelist), before it decides on quorum: for
    /// `quorum.device.sync_timeout` at most (30 s unless configured otherwise).
    ///
    /// QDEVICE_POLL, request id 8.
    ///
    /// # Errors
    ///
    /// - [`CsError::NotExist`]: no device is registered.
    /// - [`CsError::MessageError`]: `ring_id` is not the current one.
    /// - [`CsError::InvalidParam`]: the device that is registered has another name.
    /// - [`CsError::Access`]: the daemon's device configuration is not valid.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_qdevice_poll")]
    pub async fn qdevice_poll(&self, name: &str, vote: Vote, ring_id: RingId) -> Result<(), Error> {
        let name = QdeviceName::new(name)?;
        self.order(Request::QdevicePoll(QdevicePoll { name, vote, ring_id })).await
    }

    /// Says whether a partition is quorate by the vote of the quorum device alone.
    ///
    /// QDEVICE_MASTER_WINS, request id 9.
    ///
    /// # Errors
    ///
    /// - [`CsError::NotExist`]: no device is registered.
    /// - [`CsError::InvalidParam`]: the one that is has another name.
    /// - [`CsError::Access`]: the daemon's device configuration is not valid.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_qdevice_master_wins")]
    pub async fn qdevice_master_wins(&self, name: &str, allow: MasterWins) -> Result<(), Error> {
        let name = QdeviceName::new(name)?;
        self.order(Request::QdeviceMasterWins(QdeviceMasterWins { name, allow })).await
    }

    /// Sets what the quorum device of this node wants other nodes to know: up to 4096 bytes, none
    /// to remove it.
    ///
    /// QDEVICE_SET_EXTRA_INFO, request id 10, in corosync after 3.1.10.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::NotSupported`](crate::ErrorKind::NotSupported): the daemon is too old.
    /// - [`CsError::NotExist`]: no device is registered.
    /// - [`CsError::Access`]: the daemon's device configuration is not valid.
    ///
    /// # Cancel safety
    ///
    /// See [`Client`].
    #[doc(alias = "votequorum_set_qdevice_extra_info")]
    pub async fn set_qdevice_extra_info(&self, info: &[u8]) -> Result<(), Error> {
        if info.len() > MAX_EXTRA_INFO {
            return Err(Error::invalid_argument(
                "the extra information of a quorum device has at most 4096 bytes",
            ));
        }
        let request = Request::QdeviceSetExtraInfo(QdeviceSetExtraInfo {
            info: Bytes::copy_from_slice(info),
        });
        self.newer_call(request).await.map(drop)
    }

    /// What the quorum device of a node wants others to know; empty if there is nothing.
    ///
    /// [`NodeId::QDEVICE`] (0) is the device's own entry, not the local node.
    ///
    /// QDEVICE_GET_EXTRA_INFO, request id 11, in corosync after 3.1.10.
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
    pub async fn qdevice_extra_info(&self, node: impl Into<NodeId>) -> Result<Bytes, Error> {
        let request = Request::QdeviceGetExtraInfo(QdeviceGetExtraInfo { node: node.into() });
        match self.newer_call(request).await? {
            Reply::QdeviceExtraInfo(extra) => Ok(extra.info),
            // The session lets no other reply through.
            Reply::Status | Reply::GetInfo(_) => Ok(Bytes::new()),
        }
    }

    /// A call that daemons up to 3.1.10 do not know: they answer that a parameter is not valid,
    /// which newer ones never do here.
    async fn newer_call(&self, request: Request) -> Result<Reply, Error> {
        let id = request.id();
        self.call(request).await.map_err(|error| match error.status() {
            Some(CsError::InvalidParam) => Error::not_supported(id),
            _ => error,
        })
    }
}
