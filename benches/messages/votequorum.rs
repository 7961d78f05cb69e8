use quorate_codec::qb::auth::{Accepted, AuthResponse, ConnectionType};
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
    ExpectedVotesNotification, MasterWins, Node, NodeId, NodeInfo, NodeState, NodelistNotification,
    Notification, QdeviceExtraInfoNotification, QdeviceName, QuorumNotification, Reply, Request,
    RingId, TrackFlags, Vote,
};

const NODE: NodeId = NodeId::new(1);

fn name() -> QdeviceName {
    QdeviceName::new("Qdevice").expect("a name like any other")
}

/// As a server answers that is asked for rings of 64 KiB.
pub(crate) fn auth_response() -> AuthResponse {
    let path = |channel: &str| {
        format!("/dev/shm/qb-1234-5678-30-AbCdEf/qb-{channel}-votequorum").into_bytes()
    };
    AuthResponse::Accepted(Accepted {
        connection_type: ConnectionType::Shm,
        max_msg_size: 1 << 16,
        request: path("request"),
        response: path("response"),
        event: path("event"),
    })
}

pub(crate) fn requests() -> Vec<(&'static str, Request)> {
    let ring_id = RingId::new(NODE, 99);
    let poll = QdevicePoll { name: name(), vote: Vote::Yes, ring_id };
    let wins = QdeviceMasterWins { name: name(), allow: MasterWins::Allow };
    let extra = QdeviceSetExtraInfo { info: vec![7; 64].into() };
    vec![
        ("getinfo", Request::GetInfo(GetInfo { node: Some(NODE) })),
        ("setexpected", Request::SetExpected(SetExpected { expected_votes: 3 })),
        ("setvotes", Request::SetVotes(SetVotes { node: NODE, votes: 1 })),
        ("trackstart", Request::TrackStart(TrackStart { context: 1, flags: TrackFlags::CHANGES })),
        ("trackstop", Request::TrackStop(TrackStop)),
        ("qdevice_register", Request::QdeviceRegister(QdeviceRegister { name: name() })),
        ("qdevice_unregister", Request::QdeviceUnregister(QdeviceUnregister { name: name() })),
        (
            "qdevice_update",
            Request::QdeviceUpdate(QdeviceUpdate { old_name: name(), new_name: name() }),
        ),
        ("qdevice_poll", Request::QdevicePoll(poll)),
        ("qdevice_master_wins", Request::QdeviceMasterWins(wins)),
        ("qdevice_set_extra_info", Request::QdeviceSetExtraInfo(extra)),
        (
            "qdevice_get_extra_info",
            Request::QdeviceGetExtraInfo(QdeviceGetExtraInfo { node: NODE }),
        ),
    ]
}

pub(crate) fn replies() -> Vec<(&'static str, Reply)> {
    let mut with_device = NodeInfo::default();
    with_device.qdevice_name = Some(name());
    vec![
        ("status answer", Reply::Status),
        ("getinfo answer", Reply::GetInfo(NodeInfo::default())),
        ("getinfo answer, with a device", Reply::GetInfo(with_device)),
        (
            "qdevice_get_extra_info answer",
            Reply::QdeviceExtraInfo(QdeviceExtraInfo { info: vec![7; 64].into() }),
        ),
    ]
}

pub(crate) fn notifications() -> Vec<(&'static str, Notification)> {
    let nodes = |count: u32| -> Vec<Node> {
        (1..=count).map(|id| Node::new(NodeId::new(id), NodeState::Member)).collect()
    };
    let ids: Vec<_> = (1..=3).map(NodeId::new).collect();
    vec![
        ("quorum, 3 nodes", Notification::Quorum(QuorumNotification::new(1, true, nodes(3)))),
        ("quorum, 16 nodes", Notification::Quorum(QuorumNotification::new(1, true, nodes(16)))),
        (
            "nodelist, 3 nodes",
            Notification::Nodelist(NodelistNotification::new(1, RingId::new(NODE, 99), ids)),
        ),
        ("expectedvotes", Notification::ExpectedVotes(ExpectedVotesNotification::new(1, 3))),
        (
            "qdevice_extra_info",
            Notification::QdeviceExtraInfo(QdeviceExtraInfoNotification::new(1, NODE, vec![7; 64])),
        ),
    ]
}
