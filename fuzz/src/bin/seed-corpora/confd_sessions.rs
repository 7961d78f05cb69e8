//! What a client did and got as a list of operations.

use bytes::Bytes;
use quorate_codec::confd_ha::{Order, Subscription, Wait};
use quorate_fixtures::captures::{Direction, Message};
use quorate_models::confd::operations::{event_session, ha_session};

use crate::confd::content;
use crate::seeds::Seeds;

pub(crate) fn add(seeds: &mut Seeds, connection: &[Message]) {
    let frames: Vec<(&Message, &[u8])> =
        connection.iter().filter_map(|message| Some((message, content(message)?))).collect();
    if let Some(&(Message { name, .. }, subscription)) = frames.first() {
        match name.as_str() {
            "subscription" => add_events(seeds, subscription, &frames),
            _ => add_orders(seeds, &frames),
        }
    }
}

/// A client that subscribes, and looks after each message.
fn add_events(seeds: &mut Seeds, subscription: &[u8], frames: &[(&Message, &[u8])]) {
    let Ok(subscription) = Subscription::decode(&Bytes::copy_from_slice(subscription)) else {
        return;
    };
    let mut input = subscription.mask.bits().to_le_bytes().to_vec();
    // A silence of a second.
    input.push(100);
    for (message, _) in frames {
        if message.direction == Direction::ServerToClient {
            send(&mut input, event_session::SEND, &message.bytes);
            input.extend([event_session::DELIVER_ALL, event_session::POLL]);
        }
    }
    input.extend([event_session::ADVANCE, 100, event_session::POLL, event_session::EOF]);
    seeds.add_message("confd_event_session", "capture", &input);
}

/// A client that gives orders, and looks after each answer.
fn add_orders(seeds: &mut Seeds, frames: &[(&Message, &[u8])]) {
    let mut input = Vec::new();
    for (message, content) in frames.iter().skip(1) {
        if message.direction == Direction::ServerToClient {
            send(&mut input, ha_session::SEND, &message.bytes);
            input.extend([ha_session::DELIVER_ALL, ha_session::POLL]);
        } else if let Ok(order) = Order::decode(&Bytes::copy_from_slice(content)) {
            input.extend([ha_session::ORDER, kind(&order), 0]);
        }
    }
    input.push(ha_session::EOF);
    seeds.add_message("confd_ha_session", "capture", &input);
}

/// The daemon sends bytes, at most 255 in one operation.
fn send(input: &mut Vec<u8>, operation: u8, bytes: &[u8]) {
    for piece in bytes.chunks(u8::MAX.into()) {
        input.extend([operation, u8::try_from(piece.len()).unwrap_or(u8::MAX)]);
        input.extend_from_slice(piece);
    }
}

/// The order's kind, as the target counts them.
fn kind(order: &Order) -> u8 {
    match order {
        Order::Status => 0,
        Order::BeNone => 1,
        Order::BePrimary(_) => 2,
        Order::BeSecondary(order) if order.wait == Wait::from(1) => 3,
        Order::BeSecondary(_) => 4,
        Order::SecondaryDead(_) => 6,
        Order::BeRelay => 7,
        _ => 8,
    }
}
