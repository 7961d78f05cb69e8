//! Every message, both ways: nanoseconds, and bytes per second.

mod messages;

use std::hint::black_box;

use bytes::BytesMut;
use criterion::{BenchmarkId, Criterion, Throughput};
use quorate_codec::DecodeError;
use quorate_codec::confd_ha::term::{Dialect, VersionByte};
use quorate_codec::confd_ha::{
    Notification as ConfdNotification, Order, Reply as ConfdReply, StatusReply, Subscription,
};
use quorate_codec::qb::auth::{AuthRequest, AuthResponse};
use quorate_codec::votequorum::{Notification, Request, Response};

/// Length of the prefix of ConfD's frames, which is gone when a frame is decoded.
const PREFIX: usize = 4;

/// What messages are encoded into.
trait Buffer: AsRef<[u8]> + Default {
    fn clear(&mut self);
}

impl Buffer for BytesMut {
    fn clear(&mut self) {
        self.clear();
    }
}

impl Buffer for Vec<u8> {
    fn clear(&mut self) {
        self.clear();
    }
}

/// Measures one message both ways.
fn both_ways<T, B: Buffer>(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    encode: impl Fn(&mut B),
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
    prefix: usize,
) {
    let mut bytes = B::default();
    encode(&mut bytes);
    let bytes = bytes.as_ref();
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Bytes(u64::try_from(bytes.len()).unwrap_or_default()));
    let mut out = B::default();
    group.bench_function(BenchmarkId::new("encode", name), |bencher| {
        bencher.iter(|| {
            out.clear();
            encode(&mut out);
        });
    });
    let content = bytes.get(prefix..).unwrap_or_default();
    group.bench_function(BenchmarkId::new("decode", name), |bencher| {
        bencher.iter(|| decode(black_box(content)).expect("it was encoded here"));
    });
    group.finish();
}

fn libqb(criterion: &mut Criterion) {
    let request = AuthRequest { max_msg_size: 1 << 16 };
    let encode = |out: &mut BytesMut| request.encode(out);
    both_ways(criterion, "libqb", "authentication", encode, AuthRequest::decode, 0);
    let response = messages::auth_response();
    let encode = |out: &mut BytesMut| response.encode(out);
    both_ways(criterion, "libqb", "authentication answer", encode, AuthResponse::decode, 0);
}

fn votequorum(criterion: &mut Criterion) {
    const GROUP: &str = "votequorum";
    for (name, request) in messages::requests() {
        both_ways(criterion, GROUP, name, |out| request.encode(out), Request::decode, 0);
    }
    for (name, reply) in messages::replies() {
        both_ways(criterion, GROUP, name, |out| reply.encode(out), Response::decode, 0);
    }
    for (name, message) in messages::notifications() {
        both_ways(criterion, GROUP, name, |out| message.encode(out), Notification::decode, 0);
    }
}

fn confd(criterion: &mut Criterion) {
    const GROUP: &str = "ConfD";
    for (name, order) in messages::orders() {
        let encode = |out: &mut Vec<u8>| order.encode(Dialect::Libconfd, out);
        both_ways(criterion, GROUP, name, encode, Order::decode, PREFIX);
    }
    let decode = |frame: &[u8]| ConfdReply::decode(frame, VersionByte::Optional);
    for (name, reply) in messages::confd_replies() {
        both_ways(criterion, GROUP, name, |out| reply.encode(out), decode, PREFIX);
    }
    let decode = |frame: &[u8]| StatusReply::decode(frame, VersionByte::Optional);
    for (name, status) in messages::statuses() {
        both_ways(criterion, GROUP, name, |out| status.encode(out), decode, PREFIX);
    }
    let subscription = messages::subscription();
    let encode = |out: &mut Vec<u8>| subscription.encode(Dialect::Libconfd, out);
    both_ways(criterion, GROUP, "subscription", encode, Subscription::decode, PREFIX);
    for (name, message) in messages::confd_notifications() {
        let encode = |out: &mut Vec<u8>| message.encode(out);
        both_ways(criterion, GROUP, name, encode, ConfdNotification::decode, PREFIX);
    }
}

/// A status of as many nodes as libconfd has room for; an element is a node.
fn status_per_node(criterion: &mut Criterion) {
    let status = messages::large_status();
    let mut bytes = Vec::new();
    status.encode(&mut bytes);
    let frame = bytes.get(PREFIX..).unwrap_or_default();
    let mut group = criterion.benchmark_group("ConfD status of 255 nodes");
    group.throughput(Throughput::Elements(255));
    group.bench_function("decode, per node", |bencher| {
        bencher.iter(|| StatusReply::decode(black_box(frame), VersionByte::Optional));
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    libqb(&mut criterion);
    votequorum(&mut criterion);
    confd(&mut criterion);
    status_per_node(&mut criterion);
    criterion.final_summary();
}
