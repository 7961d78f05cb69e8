//! Every votequorum message: round trip, size, offsets, every truncation, trailing bytes.

use bytes::{Bytes, BytesMut};
use quorate_codec::DecodeError;
use quorate_codec::qb::CsError;
use quorate_codec::votequorum::getinfo::GetInfo;
use quorate_codec::votequorum::qdevice_get_extra_info::{QdeviceExtraInfo, QdeviceGetExtraInfo};
use quorate_codec::votequorum::qdevice_master_wins::QdeviceMasterWins;
use quorate_codec::votequorum::qdevice_poll::QdevicePoll;
use quorate_codec::votequorum::qdevice_register::QdeviceRegister;
use quorate_codec::votequorum::qdevice_set_extra_info::QdeviceSetExtraInfo;
use quorate_codec::votequorum::qdevice_unregister::QdeviceUnregister;
use quorate_codec::votequorum::qdevice_update::QdeviceUpdate;
use quorate_codec::votequorum::setexpected::SetExpected;
use quorate_codec::votequorum::setvotes::SetVotes;
use quorate_codec::votequorum::trackstart::TrackStart;
use quorate_codec::votequorum::trackstop::TrackStop;
use quorate_codec::votequorum::{
    ExpectedVotesNotification, MasterWins, Node, NodeId, NodeInfo, NodeInfoFlags, NodeState,
    NodelistNotification, Notification, QdeviceExtraInfoNotification, QdeviceName,
    QuorumNotification, Reply, Request, Response, ResponseId, RingId, TrackFlags,
    UnknownNotification, UnknownRequest, Vote,
};

/// A value no field has by accident, as it lies in memory.
const MARK: u32 = 0x1234_5678;
const MARK64: u64 = 0x1122_3344_5566_7788;

/// The offset of a field and the bytes it has to have.
type Field = (usize, Vec<u8>);

fn name(text: &str) -> QdeviceName {
    QdeviceName::new(text).unwrap()
}

/// Every request with its id, its length, and the offsets of marked fields.
fn requests() -> Vec<(Request, i32, usize, Vec<Field>)> {
    let mark = || MARK.to_ne_bytes().to_vec();
    let mark64 = || MARK64.to_ne_bytes().to_vec();
    let node = NodeId::new(MARK);
    vec![
        (Request::GetInfo(GetInfo { node: Some(node) }), 0, 24, vec![(16, mark())]),
        (Request::GetInfo(GetInfo { node: None }), 0, 24, vec![(16, vec![0; 8])]),
        (Request::SetExpected(SetExpected { expected_votes: MARK }), 1, 24, vec![(16, mark())]),
        (
            Request::SetVotes(SetVotes { node, votes: 7 }),
            2,
            24,
            vec![(16, 7u32.to_ne_bytes().to_vec()), (20, mark())],
        ),
        (
            Request::TrackStart(TrackStart { context: MARK64, flags: TrackFlags::CHANGES }),
            3,
            32,
            vec![(16, mark64()), (24, 2u32.to_ne_bytes().to_vec())],
        ),
        (Request::TrackStop(TrackStop), 4, 16, vec![]),
        (
            Request::QdeviceRegister(QdeviceRegister { name: name("Qdevice") }),
            5,
            272,
            vec![(16, b"Qdevice\0".to_vec())],
        ),
        (
            Request::QdeviceUnregister(QdeviceUnregister { name: name("Qdevice") }),
            6,
            272,
            vec![(16, b"Qdevice\0".to_vec())],
        ),
        (
            Request::QdeviceUpdate(QdeviceUpdate { old_name: name("old"), new_name: name("new") }),
            7,
            528,
            vec![(16, b"old\0".to_vec()), (271, b"new\0".to_vec())],
        ),
        (
            Request::QdevicePoll(QdevicePoll {
                name: name("Qdevice"),
                vote: Vote::Yes,
                ring_id: RingId::new(node, MARK64),
            }),
            8,
            296,
            vec![
                (16, b"Qdevice\0".to_vec()),
                (272, 1i32.to_ne_bytes().to_vec()),
                (280, mark()),
                (288, mark64()),
            ],
        ),
        (
            Request::QdeviceMasterWins(QdeviceMasterWins {
                name: name("Qdevice"),
                allow: MasterWins::Allow,
            }),
            9,
            280,
            vec![(16, b"Qdevice\0".to_vec()), (272, 1u32.to_ne_bytes().to_vec())],
        ),
        (
            Request::QdeviceSetExtraInfo(QdeviceSetExtraInfo {
                info: Bytes::from_static(b"extra"),
            }),
            10,
            29,
            vec![(16, 5u32.to_ne_bytes().to_vec()), (20, b"extra".to_vec())],
        ),
        (Request::QdeviceGetExtraInfo(QdeviceGetExtraInfo { node }), 11, 24, vec![(16, mark())]),
        (
            Request::Unknown(UnknownRequest { id: -7, body: Bytes::from_static(b"12345678") }),
            -7,
            24,
            vec![(16, b"12345678".to_vec())],
        ),
    ]
}

fn info() -> NodeInfo {
    let mut info = NodeInfo::default();
    info.node_id = NodeId::new(1);
    info.state = NodeState::Unknown(77);
    info.votes = 2;
    info.expected_votes = 3;
    info.highest_expected = 4;
    info.total_votes = 5;
    info.quorum = 6;
    info.flags = NodeInfoFlags::from_bits_retain(0x8000_0002);
    info.qdevice_votes = 8;
    info.qdevice_name = Some(name("Qdevice"));
    info
}

fn replies() -> Vec<(Reply, usize)> {
    vec![
        (Reply::Status, 24),
        (Reply::GetInfo(info()), 320),
        (Reply::GetInfo(NodeInfo::default()), 320),
        (Reply::QdeviceExtraInfo(QdeviceExtraInfo { info: Bytes::from_static(b"extra") }), 37),
        (Reply::QdeviceExtraInfo(QdeviceExtraInfo::default()), 32),
    ]
}

/// Every notification with its length, and the offsets of marked fields.
fn notifications() -> Vec<(Notification, usize, Vec<Field>)> {
    let mark = || MARK.to_ne_bytes().to_vec();
    let mark64 = || MARK64.to_ne_bytes().to_vec();
    let node = NodeId::new(MARK);
    let nodes =
        vec![Node::new(NodeId::new(2), NodeState::Dead), Node::new(node, NodeState::Unknown(0))];
    vec![
        (
            Notification::Quorum(QuorumNotification::new(MARK64, true, nodes)),
            64,
            vec![(24, 1u32.to_ne_bytes().to_vec()), (32, mark64()), (56, mark())],
        ),
        (Notification::Quorum(QuorumNotification::new(0, false, vec![])), 48, vec![]),
        (
            Notification::Nodelist(NodelistNotification::new(
                MARK64,
                RingId::new(node, 9),
                vec![NodeId::new(1), node, NodeId::new(3)],
            )),
            68,
            vec![(24, mark64()), (32, mark()), (40, 9u64.to_ne_bytes().to_vec()), (60, mark())],
        ),
        (
            Notification::ExpectedVotes(ExpectedVotesNotification::new(MARK64, MARK)),
            40,
            vec![(24, mark64()), (32, mark())],
        ),
        (
            Notification::QdeviceExtraInfo(QdeviceExtraInfoNotification::new(
                MARK64,
                node,
                &b"extra"[..],
            )),
            53,
            vec![(24, mark64()), (32, mark()), (40, 5u32.to_ne_bytes().to_vec())],
        ),
        (
            Notification::Unknown(UnknownNotification::new(99, CsError::Library, &b"?"[..])),
            25,
            vec![(16, 2i32.to_ne_bytes().to_vec()), (24, b"?".to_vec())],
        ),
    ]
}

/// Checks that no proper prefix and no extension of a message decodes.
fn check_edges<T: std::fmt::Debug>(bytes: &[u8], decode: impl Fn(&[u8]) -> Result<T, DecodeError>) {
    for len in 0..bytes.len() {
        let error = decode(&bytes[..len]).unwrap_err();
        assert!(error.offset() <= len, "{error}");
        // The same, with a header that agrees with the length.
        if len >= 16 {
            let mut short = bytes[..len].to_vec();
            short[8..12].copy_from_slice(&u32::try_from(len).unwrap().to_ne_bytes());
            assert!(decode(&short).is_err(), "prefix of {len} bytes");
        }
    }
    let mut long = bytes.to_vec();
    long.push(0);
    assert_eq!(decode(&long).unwrap_err().field(), "size");
    let len = u32::try_from(long.len()).unwrap();
    long[8..12].copy_from_slice(&len.to_ne_bytes());
    assert!(decode(&long).is_err(), "a byte too many");
}

#[test]
fn requests_round_trip() {
    for (request, id, len, fields) in requests() {
        let mut bytes = BytesMut::from(&[0xee; 3][..]);
        request.encode(&mut bytes);
        let bytes = bytes.split_off(3);
        assert_eq!(bytes.len(), len, "{request:?}");
        assert_eq!(bytes[0..4], id.to_ne_bytes(), "{request:?}");
        assert_eq!(request.id().code(), id);
        for (offset, expected) in fields {
            assert_eq!(bytes[offset..offset + expected.len()], expected, "{request:?} @{offset}");
        }
        assert_eq!(Request::decode(&bytes).as_ref(), Ok(&request));
    }
}

#[test]
fn requests_at_their_edges() {
    for (request, ..) in requests() {
        if matches!(request, Request::Unknown(_)) {
            continue;
        }
        let mut bytes = BytesMut::new();
        request.encode(&mut bytes);
        check_edges(&bytes, Request::decode);
    }
}

#[test]
fn replies_round_trip_and_edges() {
    for (reply, len) in replies() {
        let mut bytes = BytesMut::new();
        reply.encode(&mut bytes);
        assert_eq!(bytes.len(), len, "{reply:?}");
        assert_eq!(bytes[16..20], 1i32.to_ne_bytes(), "success is 1");
        assert_eq!(Response::decode(&bytes).unwrap().result, Ok(reply));
        check_edges(&bytes, Response::decode);
    }
}

#[test]
fn getinfo_offsets() {
    let mut bytes = BytesMut::new();
    Reply::GetInfo(info()).encode(&mut bytes);
    let fields = [1, 77, 2, 3, 4, 5, 6, 0x8000_0002, 8u32];
    for (index, value) in fields.iter().enumerate() {
        let offset = 24 + 4 * index;
        assert_eq!(bytes[offset..offset + 4], value.to_ne_bytes(), "offset {offset}");
    }
    assert_eq!(&bytes[60..68], b"Qdevice\0");
}

#[test]
fn error_responses_are_not_looked_into() {
    for (id, len) in [(ResponseId::Status, 24), (ResponseId::GetInfo, 320)] {
        let mut bytes = BytesMut::new();
        Reply::encode_error(id, CsError::NotExist, &mut bytes);
        assert_eq!(bytes.len(), len);
        bytes[24..].fill(0xaa);
        let response = Response::decode(&bytes).unwrap();
        assert_eq!(response, Response { id, result: Err(CsError::NotExist) });
    }
}

#[test]
fn success_under_an_unknown_id_is_refused() {
    let mut bytes = BytesMut::new();
    Reply::Status.encode(&mut bytes);
    bytes[0..4].copy_from_slice(&2i32.to_ne_bytes());
    assert_eq!(Response::decode(&bytes).unwrap_err().field(), "id");
}

#[test]
fn notifications_round_trip() {
    for (notification, len, fields) in notifications() {
        let mut bytes = BytesMut::new();
        notification.encode(&mut bytes);
        assert_eq!(bytes.len(), len, "{notification:?}");
        for (offset, expected) in fields {
            let found = &bytes[offset..offset + expected.len()];
            assert_eq!(found, expected, "{notification:?} @{offset}");
        }
        assert_eq!(Notification::decode(&bytes).as_ref(), Ok(&notification));
    }
}

#[test]
fn notifications_at_their_edges() {
    for (notification, ..) in notifications() {
        if matches!(notification, Notification::Unknown(_)) {
            continue;
        }
        let mut bytes = BytesMut::new();
        notification.encode(&mut bytes);
        check_edges(&bytes, Notification::decode);
    }
}

#[test]
fn counts_that_lie_are_refused() {
    let nodes = vec![Node::new(NodeId::new(2), NodeState::Dead)];
    for (notification, offset) in [
        (Notification::Quorum(QuorumNotification::new(1, true, nodes)), 40),
        (
            Notification::Nodelist(NodelistNotification::new(
                1,
                RingId::default(),
                vec![NodeId::new(2)],
            )),
            48,
        ),
    ] {
        for count in [0u32, 2, 386, 387, 0x2000_0001, u32::MAX] {
            let mut bytes = BytesMut::new();
            notification.encode(&mut bytes);
            bytes[offset..offset + 4].copy_from_slice(&count.to_ne_bytes());
            let error = Notification::decode(&bytes).unwrap_err();
            assert_eq!((error.field(), error.offset()), ("node_list_entries", offset));
        }
    }
}

#[test]
fn extra_info_at_its_limit() {
    for (len, fits) in [(4095, true), (4096, true), (4097, false)] {
        let info = Bytes::from(vec![b'x'; len]);
        let mut bytes = BytesMut::new();
        Request::QdeviceSetExtraInfo(QdeviceSetExtraInfo { info: info.clone() }).encode(&mut bytes);
        assert_eq!(Request::decode(&bytes).is_ok(), fits, "{len} bytes");
        let mut bytes = BytesMut::new();
        Reply::QdeviceExtraInfo(QdeviceExtraInfo { info: info.clone() }).encode(&mut bytes);
        assert_eq!(Response::decode(&bytes).is_ok(), fits, "{len} bytes");
        let mut bytes = BytesMut::new();
        let extra = QdeviceExtraInfoNotification::new(1, NodeId::new(1), info);
        Notification::QdeviceExtraInfo(extra).encode(&mut bytes);
        assert_eq!(Notification::decode(&bytes).is_ok(), fits, "{len} bytes");
    }
}

#[test]
fn any_nonzero_vote_is_a_yes() {
    for (cast, vote) in [(0, Vote::No), (1, Vote::Yes), (-1, Vote::Yes), (i32::MAX, Vote::Yes)] {
        let poll = QdevicePoll { name: name("q"), vote: Vote::No, ring_id: RingId::default() };
        let mut bytes = BytesMut::new();
        Request::QdevicePoll(poll).encode(&mut bytes);
        bytes[272..276].copy_from_slice(&cast.to_ne_bytes());
        let Ok(Request::QdevicePoll(poll)) = Request::decode(&bytes) else { panic!("no poll") };
        assert_eq!(poll.vote, vote);
    }
}
