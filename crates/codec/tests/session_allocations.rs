//! What the session of a libqb service allocates once it has run for a while: nothing.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use bytes::BytesMut;
use quorate_codec::qb::CsError;
use quorate_codec::qb::session::{Begin, Limits, ReaderId, Session, Ticket, Window};
use quorate_models::session::service::{Made, Request, Topic, id};
use quorate_models::session::variant::Plain;
use quorate_models::session::wire::{self, RESPONSE};

const LIMITS: Limits = Limits {
    window: Window { requests: 64, reply_space: 1 << 16, first: None },
    largest_request: 1 << 16,
};

/// A client, what is sent to it, and where it puts what it sends.
struct Client {
    session: Session<Made<Plain>>,
    now: Instant,
    head: BytesMut,
    /// A message that is moved out and in again, as from a ring.
    message: BytesMut,
}

fn up() -> Client {
    let (mut session, now) = (Session::new(), Instant::now());
    session.connected(LIMITS, now);
    Client { session, now, head: BytesMut::with_capacity(64), message: BytesMut::with_capacity(64) }
}

impl Client {
    fn go(&mut self) {
        while self.session.poll_transmit(&mut self.head).is_some() {
            self.session.transmitted();
            self.head.clear();
        }
    }

    fn take_in(&mut self, message: &[u8]) {
        self.message.clear();
        self.message.extend_from_slice(message);
    }

    /// So many calls at a time, with a deadline each.
    fn calls(&mut self, width: usize, response: &[u8], tickets: &mut Vec<Ticket>) {
        self.now += Duration::from_micros(1);
        for number in 0..width as u64 {
            let deadline = self.now + Duration::from_secs(5);
            tickets.push(self.session.call(Request::Get(number), Some(deadline)));
        }
        self.go();
        for ticket in tickets.drain(..) {
            self.take_in(response);
            self.session.handle_response(&mut self.message, self.now).unwrap();
            while self.session.poll_output().is_some() {}
            assert!(self.session.take(ticket).unwrap().is_ok());
            self.session.handle_timeout(self.now);
        }
    }

    fn reader(&mut self) -> ReaderId {
        let (reader, call) = self.session.subscribe(Topic::Follow, Begin::Now, 64, None);
        self.go();
        if self.session.owed() > 0 {
            self.take_in(&wire::response(id::TRACK, CsError::Ok, [1, 0], RESPONSE));
            self.session.handle_response(&mut self.message, self.now).unwrap();
        }
        self.session.events_drained();
        assert!(self.session.take(call).unwrap().is_ok());
        reader
    }
}

#[test]
fn a_call_allocates_nothing() {
    for width in [1, 64] {
        let mut client = up();
        let response = wire::response(id::GET, CsError::Ok, [0; 2], RESPONSE);
        let mut tickets = Vec::with_capacity(64);
        let mut run = |rounds| {
            for _ in 0..rounds {
                client.calls(width, &response, &mut tickets);
            }
        };
        run(200);
        let allocated = measure(|| run(200));
        assert_eq!(allocated.count_total, 0, "{width} at a time");
    }
}

#[test]
fn an_event_allocates_nothing() {
    for width in [1, 3] {
        let mut client = up();
        let readers: Vec<_> = (0..width).map(|_| client.reader()).collect();
        let event = wire::response(id::ADDED + 1, CsError::Ok, [0, 1], RESPONSE);
        let mut batch = VecDeque::new();
        let mut run = |rounds| {
            for _ in 0..rounds {
                for _ in 0..32 {
                    client.take_in(&event);
                    client.session.handle_event(&mut client.message).unwrap();
                }
                client.session.events_drained();
                while client.session.poll_output().is_some() {}
                for &reader in &readers {
                    assert_eq!(client.session.take_items(reader, &mut batch), None);
                    assert_eq!(batch.len(), 32);
                    batch.clear();
                }
            }
        };
        run(200);
        let allocated = measure(|| run(200));
        assert_eq!(allocated.count_total, 0, "{width} readers");
    }
}
