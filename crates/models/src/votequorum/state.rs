use std::hint::black_box;

use bytes::BytesMut;
use quorate_codec::qb::service::{Route, Service, View};
use quorate_codec::votequorum::{
    ExpectedVotesNotification, Node, NodeId, NodeState, NodelistNotification, Notification,
    QuorumNotification, Response, RingId, StateView, Votequorum,
};

use crate::{Input, Memory, Target};

/// Replies and notifications, as a session decodes them, and the state that notifications tell.
pub const STATE: Target = Target {
    name: "vq_state",
    check,
    decode: |bytes| {
        let mut input = Input::new(bytes);
        let mut view = StateView::default();
        while !input.is_empty() {
            if let Some(event) = next(&mut input) {
                view.fold(&event);
            }
        }
        drop(black_box(view));
    },
    memory: Memory { per_byte: 64, beside: 4096 },
};

/// What the first byte of an operation says, modulo their number.
pub mod operation {
    /// The membership has changed: its sequence number in two bytes, its nodes.
    pub const NODELIST: u8 = 0;
    /// The quorum was decided: whether there is one, and of which nodes.
    pub const QUORUM: u8 = 1;
    /// The expected votes have changed: how many.
    pub const EXPECTED: u8 = 2;
    /// A message of the event channel: its length in two bytes, and its bytes.
    pub const EVENT: u8 = 3;
    /// A message of the response channel: its length in two bytes, and its bytes.
    pub const RESPONSE: u8 = 4;
    /// How many there are.
    pub const COUNT: u8 = 5;
}

/// Does the next operation; returns the notification, if it is one.
fn next(input: &mut Input<'_>) -> Option<Notification> {
    let context = 7;
    Some(match input.byte() % operation::COUNT {
        operation::NODELIST => {
            let ring_id = RingId { node: NodeId::new(1), seq: input.u16().into() };
            let nodes: Vec<_> = nodes(input).collect();
            Notification::Nodelist(NodelistNotification::new(context, ring_id, nodes))
        }
        operation::QUORUM => {
            let quorate = input.one_in(2);
            let nodes: Vec<_> =
                nodes(input).map(|node| Node::new(node, NodeState::Member)).collect();
            Notification::Quorum(QuorumNotification::new(context, quorate, nodes))
        }
        operation::EXPECTED => {
            let votes = input.byte().into();
            Notification::ExpectedVotes(ExpectedVotesNotification::new(context, votes))
        }
        operation::EVENT => return event(message(input)),
        _ => {
            reply(message(input));
            return None;
        }
    })
}

/// A length in two bytes, and as many bytes, or as many as there are.
fn message<'a>(input: &mut Input<'a>) -> &'a [u8] {
    let len = input.u16().into();
    input.take(len)
}

fn nodes(input: &mut Input<'_>) -> impl Iterator<Item = NodeId> {
    input.bytes().iter().map(|&id| NodeId::new(id.into()))
}

/// A session and a caller of the codec read the same notification.
fn event(bytes: &[u8]) -> Option<Notification> {
    let event = Votequorum::decode_event(&mut BytesMut::from(bytes));
    assert_eq!(event, Notification::decode(bytes));
    let event = event.ok()?;
    let route = Votequorum::route(&event);
    match event.context() {
        Some(context) => assert!(matches!(route, Route::Instance(to) if to == context)),
        None => assert!(matches!(route, Route::Any)),
    }
    Some(event)
}

/// A session and a caller of the codec read the same reply.
fn reply(bytes: &[u8]) {
    match Response::decode(bytes) {
        Ok(Response { id, result: Ok(reply) }) => {
            let read = Votequorum::decode_reply(id.code(), &mut BytesMut::from(bytes));
            assert_eq!(read, Ok(reply));
        }
        // The session has read the status before it decodes a body.
        Ok(_) => {}
        Err(error) => {
            for id in 0..32 {
                drop(black_box(Votequorum::decode_reply(id, &mut BytesMut::from(bytes))));
            }
            assert!(error.offset() <= bytes.len());
        }
    }
}

fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut view = StateView::default();
    let mut told = Vec::new();
    while !input.is_empty() {
        let Some(event) = next(&mut input) else { continue };
        view.fold(&event);
        told.push(event);
    }
    assert_eq!(view.announcements(), told.len() as u64);
    is_what_was_told(&view, &told);
    let replayed = view.replay();
    let mut again = StateView::default();
    replayed.iter().for_each(|event| again.fold(event));
    is_what_was_told(&again, &told);
    assert_eq!(again.replay(), replayed, "a replay of a replay");
    assert!(replayed.iter().all(|event| told.contains(event)), "nothing is made up");
}

/// The last of each kind stands; a membership is being formed until its quorum is told.
fn is_what_was_told(view: &StateView, told: &[Notification]) {
    let decided = told.iter().rposition(|event| matches!(event, Notification::Quorum(_)));
    let (before, after) = told.split_at(decided.map_or(0, |index| index + 1));
    let nodelist = last(before, |event| match event {
        Notification::Nodelist(nodelist) => Some(nodelist),
        _ => None,
    });
    let quorum = last(before, |event| match event {
        Notification::Quorum(quorum) => Some(quorum),
        _ => None,
    });
    let forming = last(after, |event| match event {
        Notification::Nodelist(nodelist) => Some(nodelist.ring_id),
        _ => None,
    });
    let expected = last(told, |event| match event {
        Notification::ExpectedVotes(expected) => Some(expected.expected_votes),
        _ => None,
    });
    assert_eq!(view.nodelist(), nodelist);
    assert_eq!(view.quorum(), quorum);
    assert_eq!(view.forming(), forming);
    assert_eq!(view.expected_votes(), expected);
    assert_eq!(view.is_complete(&()), nodelist.is_some() && quorum.is_some());
}

fn last<'a, T>(told: &'a [Notification], of: impl Fn(&'a Notification) -> Option<T>) -> Option<T> {
    told.iter().rev().find_map(of)
}
