use std::net::Ipv4Addr;

use quorate_codec::confd_ha::{
    Address, BePrimary, BeSecondary, CdbInitialized, ErrorCode, EventMask, HaEvent, HaState, Node,
    Notification, Order, Refusal, Reply, SecondaryDead, Status, StatusReply, Subscription, Wait,
};

fn node(id: u32) -> Node {
    Node::new(format!("node{id}"), Address::from(Ipv4Addr::from(0x0a00_0000 | id)))
}

pub(crate) fn orders() -> Vec<(&'static str, Order)> {
    let secondary = BeSecondary { node: "node1".into(), primary: node(0), wait: Wait::ForSync };
    vec![
        ("be_primary", Order::BePrimary(BePrimary { node: "node0".into() })),
        ("be_secondary", Order::BeSecondary(secondary)),
        ("be_none", Order::BeNone),
        ("status order", Order::Status),
        ("secondary_dead", Order::SecondaryDead(SecondaryDead { node: "node1".into() })),
        ("be_relay", Order::BeRelay),
    ]
}

pub(crate) fn confd_replies() -> Vec<(&'static str, Reply)> {
    vec![("ok", Reply::Ok), ("refusal", Reply::Refused(Refusal::new(ErrorCode::HaBadToken)))]
}

pub(crate) fn statuses() -> Vec<(&'static str, StatusReply)> {
    let three = Status::new(HaState::Primary, (1..=3).map(node).collect());
    vec![("status, 3 nodes", StatusReply::Status(three)), ("status, 255 nodes", large_status())]
}

/// As many nodes as libconfd has room for.
pub(crate) fn large_status() -> StatusReply {
    StatusReply::Status(Status::new(HaState::Primary, (1..=255).map(node).collect()))
}

pub(crate) fn subscription() -> Subscription {
    Subscription::new(EventMask::HA_INFO)
}

pub(crate) fn confd_notifications() -> Vec<(&'static str, Notification)> {
    let event = Notification::HaInfo;
    vec![
        ("no_primary", event(HaEvent::NoPrimary { reason: ErrorCode::HaNoTick })),
        ("secondary_died", event(HaEvent::SecondaryDied(node(1)))),
        ("secondary_arrived", event(HaEvent::SecondaryArrived(node(1)))),
        ("secondary_initialized", event(HaEvent::SecondaryInitialized(CdbInitialized::ByCopy))),
        ("is_primary", event(HaEvent::IsPrimary)),
        ("is_none", event(HaEvent::IsNone)),
        ("be_secondary_result", event(HaEvent::BeSecondaryResult(Ok(())))),
        ("heartbeat", Notification::Heartbeat),
        ("health_check", Notification::HealthCheck),
    ]
}
