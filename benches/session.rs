//! The sessions: what stands between a message and its meaning, without any I/O.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::{BufMut, BytesMut};
use criterion::{Criterion, Throughput};
use quorate_codec::confd_ha::session::HaSession;
use quorate_codec::confd_ha::{Order, Reply as ConfdReply};
use quorate_codec::qb::session::{Begin, Limits, Session, Window};
use quorate_codec::votequorum::getinfo::GetInfo;
use quorate_codec::votequorum::{
    Node, NodeId, NodeInfo, NodeState, Notification, QuorumNotification, Reply, Request,
    TrackFlags, Votequorum,
};
use tokio_util::codec::{Decoder, Encoder};

/// Calls under way at a time.
const IN_FLIGHT: u32 = 64;

/// A session with a connection that lets so many requests go at a time.
fn connected() -> Session<Votequorum> {
    let window = Window { requests: IN_FLIGHT, reply_space: 1 << 20, first: None };
    let mut session = Session::new();
    session.connected(Limits { window, largest_request: 1 << 16 }, Instant::now());
    session
}

fn votequorum(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("votequorum session");
    let now = Instant::now();
    let mut response = BytesMut::new();
    Reply::GetInfo(NodeInfo::default()).encode(&mut response);
    let get_info = || Request::GetInfo(GetInfo { node: None });
    let (mut out, mut received) = (BytesMut::new(), BytesMut::new());

    let mut session = connected();
    group.throughput(Throughput::Elements(1));
    group.bench_function("call", |bencher| {
        bencher.iter(|| {
            let ticket = session.call(get_info(), None);
            out.clear();
            assert!(session.poll_transmit(&mut out).is_some());
            session.transmitted();
            receive(&mut received, &response);
            session.handle_response(&mut received, now).expect("it was asked for");
            while session.poll_output().is_some() {}
            session.take(ticket)
        });
    });

    group.throughput(Throughput::Elements(IN_FLIGHT.into()));
    group.bench_function(format!("{IN_FLIGHT} calls at a time, with deadlines"), |bencher| {
        bencher.iter(|| {
            let tickets: Vec<_> =
                (0..IN_FLIGHT).map(|_| session.call(get_info(), Some(now))).collect();
            loop {
                out.clear();
                if session.poll_transmit(&mut out).is_none() {
                    break;
                }
                session.transmitted();
            }
            for ticket in tickets {
                receive(&mut received, &response);
                session.handle_response(&mut received, now).expect("it was asked for");
                while session.poll_output().is_some() {}
                assert!(session.take(ticket).is_some());
            }
        });
    });

    let (reader, _) = session.subscribe(TrackFlags::CHANGES_ONLY, Begin::Now, 64, None);
    out.clear();
    assert!(session.poll_transmit(&mut out).is_some());
    session.transmitted();
    let context = context_of(&out);
    received.clear();
    Reply::Status.encode(&mut received);
    session.handle_response(&mut received, now).expect("it was asked for");
    let nodes: Vec<_> = (1..=3).map(|id| Node::new(NodeId::new(id), NodeState::Member)).collect();
    let mut event = BytesMut::new();
    Notification::Quorum(QuorumNotification::new(context, true, nodes)).encode(&mut event);
    let mut items = VecDeque::new();
    group.throughput(Throughput::Elements(1));
    group.bench_function("notification of three nodes", |bencher| {
        bencher.iter(|| {
            receive(&mut received, &event);
            session.handle_event(&mut received).expect("it is well-formed");
            session.events_drained();
            while session.poll_output().is_some() {}
            items.clear();
            session.take_items(reader, &mut items);
        });
    });
    assert!(!items.is_empty(), "the reader was told");
    group.finish();
}

/// Puts a message where a ring or a socket would.
fn receive(received: &mut BytesMut, message: &[u8]) {
    received.clear();
    received.extend_from_slice(message);
}

/// The context of a TRACKSTART.
fn context_of(request: &[u8]) -> u64 {
    match Request::decode(request) {
        Ok(Request::TrackStart(start)) => start.context,
        other => panic!("not a TRACKSTART: {other:?}"),
    }
}

fn confd(criterion: &mut Criterion) {
    let mut reply = BytesMut::new();
    ConfdReply::Ok.encode(&mut reply);
    let (mut sent, mut received) = (BytesMut::new(), BytesMut::new());
    let mut session = HaSession::new();
    criterion.bench_function("ConfD session/order", |bencher| {
        bencher.iter(|| {
            sent.clear();
            session.encode(&Order::BeNone, &mut sent).expect("nothing is owed");
            received.put_slice(&reply);
            session.decode(&mut received).expect("it was asked for")
        });
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    votequorum(&mut criterion);
    confd(&mut criterion);
    criterion.final_summary();
}
