use std::hint::black_box;

use bytes::BytesMut;
use quorate_codec::confd_ha::term::VersionByte;
use quorate_codec::confd_ha::{Address, HaState, Node, Status, StatusReply};
use serde_json::Value;

use crate::Outcome;
use crate::meter::Meter;

/// As many nodes as libconfd has room for.
const NODES: u32 = 255;

/// Decodes a status N times; an operation is a node.
pub(crate) fn decode(n: u64) -> Outcome<Value> {
    let address = |id: u32| Address::from(std::net::Ipv4Addr::from(0x0a00_0000 | id));
    let nodes = (0..NODES).map(|id| Node::new(format!("node{id}"), address(id))).collect();
    let mut frame = BytesMut::new();
    StatusReply::Status(Status::new(HaState::Primary, nodes)).encode(&mut frame);
    // The frame is found by its length before it is decoded.
    let frame = frame.split_off(4).freeze();
    let mut meter = Meter::new();
    meter.start();
    for _ in 0..n {
        black_box(StatusReply::decode(black_box(&frame), VersionByte::Optional)?);
    }
    meter.stop();
    Ok(meter.line(n * u64::from(NODES)))
}

/// N status orders, one after the other.
pub(crate) async fn rtt(address: &str, n: u64) -> Outcome<Value> {
    let client = confd_ha::Client::builder().tcp(address).token("token").connect().await?;
    client.status().await?;
    let mut meter = Meter::new();
    meter.start();
    for _ in 0..n {
        client.status().await?;
    }
    meter.stop();
    Ok(meter.line(n))
}
