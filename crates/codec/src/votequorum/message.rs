//! What every message of the service has in common.

use bytes::{BufMut, BytesMut};

use crate::qb::CsError;
use crate::qb::header::{REQUEST_LEN, RESPONSE_LEN, RequestHeader, ResponseHeader};
use crate::wire_enum::wire_enum;
use crate::{DecodeError, Fields};

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
/// Requests, replies and notifications alike: the function that encodes a message decides which of
/// them it is.
pub trait Message: Sized {
    /// Its id, in the numbering of its channel.
    const ID: i32;
    /// Its name in errors.
    const NAME: &'static str;

    /// How many bytes [`write`](Self::write) writes.
    fn body_len(&self) -> usize;

    /// Writes what follows the header.
    fn write(&self, out: &mut impl BufMut);

    /// Reads what follows the header.
    ///
    /// # Errors
    ///
    /// If it is cut short or a field is wrong.
    fn read(fields: &mut Fields<'_>) -> Result<Self, DecodeError>;
}

/// Messages of up to this many bytes are put together on the stack.
///
/// The requests that clients send all the time are shorter. With their length known at compile time
/// they become a few stores and one copy.
const SMALL: usize = 64;

/// Appends a request to `out`.
#[inline]
pub(crate) fn encode_request<M: Message>(message: &M, out: &mut BytesMut) {
    let len = REQUEST_LEN + message.body_len();
    append(RequestHeader { id: M::ID }.to_bytes(len), message, out);
}

/// Appends a successful response or an event to `out`.
#[inline]
pub(crate) fn encode_response<M: Message>(message: &M, out: &mut BytesMut) {
    let len = RESPONSE_LEN + message.body_len();
    append(ResponseHeader { id: M::ID, error: CsError::Ok }.to_bytes(len), message, out);
}

#[inline(always)]
fn append<M: Message, const HEADER: usize>(header: [u8; HEADER], message: &M, out: &mut BytesMut) {
    let len = HEADER + message.body_len();
    let end = out.len() + len;
    let mut small = [0; SMALL];
    if let Some(small) = small.get_mut(..len) {
        let mut rest = &mut *small;
        rest.put_slice(&header);
        message.write(&mut rest);
        out.put_slice(small);
    } else {
        out.reserve(len);
        out.put_slice(&header);
        message.write(out);
    }
    debug_assert_eq!(out.len(), end, "a message is not as long as it says");
}

/// Reads the fields of the message that the header announced.
#[inline(always)]
pub(crate) fn read<M: Message>(fields: &mut Fields<'_>) -> Result<M, DecodeError> {
    fields.rename(M::NAME);
    M::read(fields)
}
