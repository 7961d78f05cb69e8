//! The sessions: what stands between a message and its meaning, without any I/O.

use std::num::NonZeroU8;
use std::time::Instant;

use bytes::{BufMut, BytesMut};
use criterion::{Criterion, Throughput};
use quorate_codec::confd_ha::session::HaSession;
use quorate_codec::confd_ha::{Order, Reply as ConfdReply};
use quorate_codec::votequorum::getinfo::GetInfo;
use quorate_codec::votequorum::session::{Session, Window};
use quorate_codec::votequorum::{
    Node, NodeId, NodeInfo, NodeState, Notification, QuorumNotification, Reply, Request, TrackFlags,
};
use tokio_util::codec::{Decoder, Encoder};

/// Calls under way at a time.
const IN_FLIGHT: u8 = 64;

fn votequorum(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("votequorum session");
    let window = Window::new(NonZeroU8::new(IN_FLIGHT).expect("it is not zero"));
    let mut response = BytesMut::new();
    Reply::GetInfo(NodeInfo::default()).encode(&mut response);
    let get_info = || Request::GetInfo(GetInfo { node: None });
    let mut out = BytesMut::new();

    let mut session = Session::new(window);
    group.throughput(Throughput::Elements(1));
    group.bench_function("call", |bencher| {
        bencher.iter(|| {
            let ticket = session.call(get_info(), None);
            out.clear();
            assert!(session.poll_transmit(&mut out));
            session.transmitted();
            session.handle_response(&response).expect("it was asked for");
            session.take(ticket)
        });
    });

    group.throughput(Throughput::Elements(IN_FLIGHT.into()));
    group.bench_function(format!("{IN_FLIGHT} calls at a time, with deadlines"), |bencher| {
        let deadline = Instant::now();
        bencher.iter(|| {
            let tickets: Vec<_> =
                (0..IN_FLIGHT).map(|_| session.call(get_info(), Some(deadline))).collect();
            loop {
                out.clear();
                if !session.poll_transmit(&mut out) {
                    break;
                }
                session.transmitted();
            }
            for ticket in tickets {
                session.handle_response(&response).expect("it was asked for");
                assert!(session.take(ticket).is_some());
            }
        });
    });

    let (ticket, _) = session.track(1, TrackFlags::CHANGES_ONLY, None).expect("nothing tracks");
    out.clear();
    session.poll_transmit(&mut out);
    session.transmitted();
    let mut started = BytesMut::new();
    Reply::Status.encode(&mut started);
    session.handle_response(&started).expect("it was asked for");
    session.take(ticket);
    let nodes: Vec<_> = (1..=3).map(|id| Node::new(NodeId::new(id), NodeState::Member)).collect();
    let mut event = BytesMut::new();
    Notification::Quorum(QuorumNotification::new(1, true, nodes)).encode(&mut event);
    group.throughput(Throughput::Elements(1));
    group.bench_function("notification of three nodes", |bencher| {
        bencher.iter(|| session.handle_event(&event));
    });
    group.finish();
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
