//! What ConfD's C and Erlang clients sent and got.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

use bytes::{Bytes, BytesMut};
use quorate_codec::confd_ha::term::{Dialect, Term};
use quorate_codec::confd_ha::{
    BePrimary, EventMask, NodeId, Order, StreamSubscription, Subscription,
};
use quorate_fixtures::captures::confd::{self, Capture};
use quorate_fixtures::captures::{CaptureError, Direction, Message};

use crate::confd_sessions;
use crate::seeds::Seeds;

/// A status with the names of 255 nodes says no more than one with three, and slows fuzzing down.
const LONGEST: usize = 2048;

pub(crate) fn add(seeds: &mut Seeds) -> Result<(), CaptureError> {
    for capture in confd::all()? {
        for connection in connections(&capture)?.values() {
            for message in connection {
                add_message(seeds, message);
            }
            add_handshake(seeds, connection);
            add_stream(seeds, connection);
            confd_sessions::add(seeds, connection);
        }
    }
    add_forms(seeds);
    Ok(())
}

/// Forms that no capture holds.
fn add_forms(seeds: &mut Seeds) {
    let mut frame = BytesMut::new();
    let node = NodeId::Ipv6AndPlen(Ipv6Addr::LOCALHOST, 64);
    Order::BePrimary(BePrimary { node }).encode(Dialect::Libconfd, &mut frame);
    add_form(seeds, "address and prefix", &frame[4..]);

    frame.clear();
    let mut stream = StreamSubscription::new("NETCONF");
    stream.filter = Some(Bytes::from_static(b"/interfaces"));
    let mut subscription = Subscription::new(EventMask::HA_INFO);
    subscription.stream = Some(stream);
    subscription.encode(Dialect::Libconfd, &mut frame);
    add_form(seeds, "stream with a filter", &frame[4..]);

    let nil = b'j';
    add_form(seeds, "large tuple", &[&b"\x83i\0\0\x01\0"[..], &[nil; 256]].concat());
    let letter = b'a';
    add_form(seeds, "long atom", &[&b"\x83v\x01\0"[..], &[letter; 256]].concat());
    add_form(seeds, "not a number", b"\x83F\x7f\xf8\0\0\0\0\0\0");
}

fn add_form(seeds: &mut Seeds, name: &str, content: &[u8]) {
    seeds.add("confd_messages", name, content);
    seeds.add("confd_terms", name, content);
    if let Ok(term) = Term::decode(&Bytes::copy_from_slice(content)) {
        add_parts(seeds, name, &term);
    }
}

/// All that was sent, by connection.
fn connections(capture: &Capture) -> Result<BTreeMap<u32, Vec<Message>>, CaptureError> {
    let mut connections: BTreeMap<u32, Vec<Message>> = BTreeMap::new();
    for decoded in capture.decode()? {
        let message = decoded.message().clone();
        if message.bytes.len() <= LONGEST {
            connections.entry(message.connection).or_default().push(message);
        }
    }
    Ok(connections)
}

fn add_message(seeds: &mut Seeds, message: &Message) {
    let Some(content) = content(message) else {
        return seeds.add_message("confd_handshake", &message.name, &message.bytes);
    };
    if message.name == "token" {
        return;
    }
    seeds.add_message("confd_messages", &message.name, content);
    seeds.add_message("confd_terms", &message.name, content);
    if let Ok(term) = Term::decode(&Bytes::copy_from_slice(content)) {
        let name = format!("{} part", message.name);
        for part in elements(&term) {
            add_parts(seeds, &name, part);
        }
    }
}

/// Adds a term and all those in it, as either client writes them.
fn add_parts(seeds: &mut Seeds, name: &str, term: &Term) {
    for dialect in [Dialect::Libconfd, Dialect::Erlang] {
        if let Ok(raw) = term.to_raw(dialect) {
            seeds.add_message("confd_node_ids", name, raw.as_bytes());
        }
    }
    for element in elements(term) {
        add_parts(seeds, name, element);
    }
}

fn elements(term: &Term) -> &[Term] {
    match term {
        Term::Tuple(elements) | Term::List(elements) => elements,
        _ => &[],
    }
}

/// All that the daemon sent before the first frame, behind the target's settings: whether there is
/// a secret, and pieces of five bytes.
fn add_handshake(seeds: &mut Seeds, connection: &[Message]) {
    let has_secret = connection.iter().any(|message| message.name == "access_response");
    let mut input = vec![5 << 1 | u8::from(has_secret)];
    for message in connection.iter().filter(|message| content(message).is_none()) {
        if message.direction == Direction::ServerToClient {
            input.extend_from_slice(&message.bytes);
        }
    }
    seeds.add_message("confd_handshake", "daemon", &input);
}

/// All frames of either side, behind a byte that says in which pieces they arrive.
fn add_stream(seeds: &mut Seeds, connection: &[Message]) {
    let sides = [(Direction::ClientToServer, "client"), (Direction::ServerToClient, "daemon")];
    for (direction, name) in sides {
        let frames = connection
            .iter()
            .filter(|message| message.direction == direction && content(message).is_some());
        let frames: Vec<&[u8]> = frames.map(|message| message.bytes.as_slice()).collect();
        if frames.len() > 1 {
            let pieces = u8::try_from(frames.len() % 256).unwrap_or(0);
            seeds.add_message("confd_frames", name, &[&[pieces], &frames.concat()[..]].concat());
        }
    }
}

/// What is in a message's frame, if it is sent in one.
pub(crate) fn content(message: &Message) -> Option<&[u8]> {
    match message.name.as_str() {
        "access_challenge" | "access_response" | "access_verdict" | "close" | "handshake_reply"
        | "handshake_request" | "ignored" | "incomplete" | "unavailable" => None,
        _ => message.bytes.get(4..),
    }
}
