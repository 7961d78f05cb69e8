//! What every message of the service has in common.

use crate::qb::CsError;
use crate::qb::header::{self, RequestHeader, ResponseHeader};
use crate::wire_enum::wire_enum;
use crate::{DecodeError, Reader, Writer};

wire_enum! {
    /// Which request (`MESSAGE_REQ_VOTEQUORUM_*`).
    pub enum RequestId(i32) {
        /// See [`getinfo`](super::getinfo).
        GetInfo = 0 => "GETINFO",
        /// See [`setexpected`](super::setexpected).
        SetExpected = 1 => "SETEXPECTED",
        /// See [`setvotes`](super::setvotes).
        SetVotes = 2 => "SETVOTES",
        /// See [`trackstart`](super::trackstart).
        TrackStart = 3 => "TRACKSTART",
        /// See [`trackstop`](super::trackstop).
        TrackStop = 4 => "TRACKSTOP",
        /// See [`qdevice_register`](super::qdevice_register).
        QdeviceRegister = 5 => "QDEVICE_REGISTER",
        /// See [`qdevice_unregister`](super::qdevice_unregister).
        QdeviceUnregister = 6 => "QDEVICE_UNREGISTER",
        /// See [`qdevice_update`](super::qdevice_update).
        QdeviceUpdate = 7 => "QDEVICE_UPDATE",
        /// See [`qdevice_poll`](super::qdevice_poll).
        QdevicePoll = 8 => "QDEVICE_POLL",
        /// See [`qdevice_master_wins`](super::qdevice_master_wins).
        QdeviceMasterWins = 9 => "QDEVICE_MASTER_WINS",
        /// See [`qdevice_set_extra_info`](super::qdevice_set_extra_info).
        QdeviceSetExtraInfo = 10 => "QDEVICE_SET_EXTRA_INFO",
        /// See [`qdevice_get_extra_info`](super::qdevice_get_extra_info).
        QdeviceGetExtraInfo = 11 => "QDEVICE_GET_EXTRA_INFO",
    }
}

wire_enum! {
    /// Which response (`MESSAGE_RES_VOTEQUORUM_*`, on the response channel).
    pub enum ResponseId(i32) {
        /// See [`status`](super::status).
        Status = 0 => "STATUS",
        /// See [`getinfo`](super::getinfo).
        GetInfo = 1 => "GETINFO",
        /// See [`qdevice_get_extra_info`](super::qdevice_get_extra_info).
        QdeviceGetExtraInfo = 6 => "QDEVICE_GET_EXTRA_INFO",
    }
}

wire_enum! {
    /// Which notification (`MESSAGE_RES_VOTEQUORUM_*`, on the event channel).
    pub enum NotificationId(i32) {
        /// See [`quorum_notification`](super::quorum_notification).
        Quorum = 3 => "QUORUM_NOTIFICATION",
        /// See [`expectedvotes_notification`](super::expectedvotes_notification).
        ExpectedVotes = 4 => "EXPECTEDVOTES_NOTIFICATION",
        /// See [`nodelist_notification`](super::nodelist_notification).
        Nodelist = 5 => "NODELIST_NOTIFICATION",
        /// See [`qdevice_extra_info_notification`](super::qdevice_extra_info_notification).
        QdeviceExtraInfo = 7 => "QDEVICE_EXTRA_INFO_NOTIFICATION",
    }
}

/// What follows the header of a message, of one kind.
///
/// Requests, replies and notifications alike: which of them it is shows in where it is encoded.
pub trait Message: Sized {
    /// Its id, in the numbering of its channel.
    const ID: i32;
    /// Its name in errors.
    const NAME: &'static str;

    /// Writes what follows the header.
    fn write(&self, writer: &mut Writer<'_>);

    /// Reads what follows the header.
    ///
    /// # Errors
    ///
    /// If it is cut short or a field is wrong.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// Appends a request to `out`.
pub(crate) fn encode_request<M: Message>(message: &M, out: &mut Vec<u8>) {
    let mut writer = Writer::new(out);
    RequestHeader { id: M::ID }.encode(&mut writer);
    message.write(&mut writer);
    header::finish(&mut writer);
}

/// Appends a successful response or an event to `out`.
pub(crate) fn encode_response<M: Message>(message: &M, out: &mut Vec<u8>) {
    encode_raw_response(M::ID, CsError::Ok, out, |writer| message.write(writer));
}

/// Appends any response or event to `out`.
pub(crate) fn encode_raw_response(
    id: i32,
    error: CsError,
    out: &mut Vec<u8>,
    body: impl FnOnce(&mut Writer<'_>),
) {
    let mut writer = Writer::new(out);
    ResponseHeader { id, error }.encode(&mut writer);
    body(&mut writer);
    header::finish(&mut writer);
}

/// Reads the fields of the message that the header announced.
pub(crate) fn read<M: Message>(reader: &mut Reader<'_>) -> Result<M, DecodeError> {
    reader.rename(M::NAME);
    M::read(reader)
}
