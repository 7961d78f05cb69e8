use quorate_codec::votequorum::qdevice_master_wins::QdeviceMasterWins;
use quorate_codec::votequorum::qdevice_poll::QdevicePoll;
use quorate_codec::votequorum::qdevice_register::QdeviceRegister;
use quorate_codec::votequorum::qdevice_unregister::QdeviceUnregister;
use quorate_codec::votequorum::qdevice_update::QdeviceUpdate;
use quorate_codec::votequorum::{MasterWins, QdeviceName, Request, RingId, Vote};

use super::Client;
#[expect(unused_imports, reason = "for the documentation")]
use crate::CsError;
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
        let name = Self::device_name(name)?;
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
        let name = Self::device_name(name)?;
        self.order(Request::QdeviceUnregister(QdeviceUnregister { name })).await
    }

    /// Renames a quorum device.
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
        let (old_name, new_name) = (Self::device_name(old_name)?, Self::device_name(new_name)?);
        self.order(Request::QdeviceUpdate(QdeviceUpdate { old_name, new_name })).await
    }

    /// Says that a quorum device is alive, and how it votes.
    ///
    /// Has to be repeated within `quorum.device.timeout`, which defaults to 10 s. After a membership
    /// change the daemon waits for a poll with the new ring id, which comes in an
    /// [`Event::Nodelist`](crate::Event::Nodelist), before it decides on quorum: at most for
    /// `quorum.device.sync_timeout`, which defaults to 30 s.
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
        let name = Self::device_name(name)?;
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
        let name = Self::device_name(name)?;
        self.order(Request::QdeviceMasterWins(QdeviceMasterWins { name, allow })).await
    }

    /// A device's name, checked.
    fn device_name(name: &str) -> Result<QdeviceName, Error> {
        QdeviceName::new(name).map_err(Error::invalid_input)
    }
}
