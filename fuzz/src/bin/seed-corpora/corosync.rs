//! What clients of a live corosync sent and got.

use bytes::{Bytes, BytesMut};
use quorate_codec::limits::PATH_LEN;
use quorate_codec::qb::CsError;
use quorate_codec::votequorum::qdevice_get_extra_info::{QdeviceExtraInfo, QdeviceGetExtraInfo};
use quorate_codec::votequorum::{
    NodeId, Notification, QdeviceExtraInfoNotification, Reply, Request, ResponseId,
};
use quorate_fixtures::captures::corosync::{self, Channel};
use quorate_fixtures::captures::{CaptureError, Direction};
use quorate_models::votequorum::operation;

use crate::seeds::Seeds;

pub(crate) fn add(seeds: &mut Seeds) -> Result<(), CaptureError> {
    let mut accepted = None;
    for capture in corosync::all()? {
        let mut told = Vec::new();
        for (recorded, decoded) in capture.messages.iter().zip(capture.decode()?) {
            let (bytes, name) = (&recorded.bytes, &decoded.message().name);
            match (recorded.channel, recorded.dir) {
                // Bytes that ring, and connections that are lost.
                (Channel::Setup, _) if bytes.len() < 2 => {}
                (Channel::Setup, Direction::ClientToServer) => {
                    seeds.add_message("qb_setup", name, bytes);
                }
                (Channel::Setup, Direction::ServerToClient) => {
                    add_setup_response(seeds, bytes);
                    let fixed = bytes.get(..bytes.len() - 3 * PATH_LEN);
                    accepted = accepted.or_else(|| fixed.map(<[u8]>::to_vec));
                }
                (Channel::Request, _) => seeds.add_message("vq_requests", name, bytes),
                (Channel::Response, _) => {
                    add_operation(&mut told, operation::RESPONSE, bytes);
                    seeds.add_message("vq_responses", name, bytes);
                }
                (Channel::Event, _) => {
                    add_operation(&mut told, operation::EVENT, bytes);
                    seeds.add_message("vq_notifications", name, bytes);
                }
                _ => {}
            }
        }
        if !told.is_empty() {
            seeds.add_message("vq_state", "conversation", &told);
        }
    }
    add_extra_info(seeds);
    // The first path is said to be as long as there is room for, which leaves none for its end.
    let too_long = u16::try_from(PATH_LEN).unwrap_or(u16::MAX).to_le_bytes();
    let mut unterminated = accepted.unwrap_or_default();
    unterminated.extend(too_long);
    seeds.add("qb_setup", "path without end", &unterminated);
    Ok(())
}

/// A message, as one of the operations of `vq_state`, of which some are enough.
fn add_operation(told: &mut Vec<u8>, operation: u8, message: &[u8]) {
    let len = u16::try_from(message.len()).unwrap_or(u16::MAX);
    if told.len() < 1024 {
        told.push(operation);
        told.extend(len.to_le_bytes());
        told.extend_from_slice(message);
    }
}

/// A response whole, and in the short form that the target knows: the part before the paths, then
/// each path with its length.
fn add_setup_response(seeds: &mut Seeds, bytes: &[u8]) {
    seeds.add_message("qb_setup", "authenticate response", bytes);
    let (fixed, paths) = bytes.split_at(bytes.len() - 3 * PATH_LEN);
    let mut short = fixed.to_vec();
    for path in paths.chunks(PATH_LEN) {
        let path = path.split(|byte| *byte == 0).next().unwrap_or_default();
        short.extend(u16::try_from(path.len()).unwrap_or(u16::MAX).to_le_bytes());
        short.extend_from_slice(path);
    }
    seeds.add_message("qb_setup", "short response", &short);
}

/// The messages about a device's information, which no capture holds.
fn add_extra_info(seeds: &mut Seeds) {
    let node = NodeId::new(1);
    let mut bytes = BytesMut::new();
    Request::QdeviceGetExtraInfo(QdeviceGetExtraInfo { node }).encode(&mut bytes);
    seeds.add("vq_requests", "qdevice-get-extra-info", &bytes);
    bytes.clear();
    Reply::QdeviceExtraInfo(QdeviceExtraInfo { info: Bytes::from_static(b"weight 3") })
        .encode(&mut bytes);
    seeds.add("vq_responses", "qdevice-get-extra-info", &bytes);
    bytes.clear();
    Reply::encode_error(ResponseId::QdeviceGetExtraInfo, CsError::NotExist, &mut bytes);
    seeds.add("vq_responses", "qdevice-get-extra-info-refused", &bytes);
    bytes.clear();
    let notification = QdeviceExtraInfoNotification::new(7, node, &b"weight 3"[..]);
    Notification::QdeviceExtraInfo(notification).encode(&mut bytes);
    seeds.add("vq_notifications", "qdevice-extra-info-notification", &bytes);
}
