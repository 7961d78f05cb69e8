//! Every message, both ways: nanoseconds, and bytes per second.

mod messages;

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use criterion::{BenchmarkId, Criterion, Throughput};
use quorate_codec::DecodeError;
use quorate_codec::confd_ha::frame::FrameCodec;
use quorate_codec::confd_ha::term::{Dialect, VersionByte};
use quorate_codec::confd_ha::{
    Notification as ConfdNotification, Order, Reply as ConfdReply, StatusReply, Subscription,
};
use quorate_codec::qb::auth::{AuthRequest, AuthResponse};
use quorate_codec::votequorum::{Notification, Request, Response};
use tokio_util::codec::Decoder;

/// Measures one of corosync's messages both ways.
fn both_ways<T>(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    encode: impl Fn(&mut BytesMut),
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
) {
    let mut bytes = BytesMut::new();
    encode(&mut bytes);
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Bytes(u64::try_from(bytes.len()).unwrap_or_default()));
    let mut out = BytesMut::new();
    group.bench_function(BenchmarkId::new("encode", name), |bencher| {
        bencher.iter(|| {
            out.clear();
            encode(&mut out);
        });
    });
    group.bench_function(BenchmarkId::new("decode", name), |bencher| {
        bencher.iter(|| decode(black_box(&bytes)).expect("it was encoded here"));
    });
    group.finish();
}

/// Measures one of ConfD's messages both ways. Decoding starts from a frame as it leaves the buffer
/// that it arrived in.
fn confd_both_ways<T>(
    criterion: &mut Criterion,
    name: &str,
    encode: impl Fn(&mut BytesMut),
    decode: impl Fn(&Bytes) -> Result<T, DecodeError>,
) {
    let mut out = BytesMut::new();
    encode(&mut out);
    let mut group = criterion.benchmark_group("ConfD");
    group.throughput(Throughput::Bytes(u64::try_from(out.len()).unwrap_or_default()));
    let frame = frame(&mut out);
    group.bench_function(BenchmarkId::new("encode", name), |bencher| {
        bencher.iter(|| {
            out.clear();
            encode(&mut out);
        });
    });
    group.bench_function(BenchmarkId::new("decode", name), |bencher| {
        bencher.iter(|| decode(black_box(&frame)).expect("it was encoded here"));
    });
    group.finish();
}

/// The content of the frame in a buffer.
fn frame(received: &mut BytesMut) -> Bytes {
    let frame = FrameCodec.decode(received).expect("it was encoded here");
    frame.expect("all of it is there")
}

fn libqb(criterion: &mut Criterion) {
    let request = AuthRequest { max_msg_size: 1 << 16 };
    let encode = |out: &mut BytesMut| request.encode(out);
    both_ways(criterion, "libqb", "authentication", encode, AuthRequest::decode);
    let response = messages::auth_response();
    let encode = |out: &mut BytesMut| response.encode(out);
    both_ways(criterion, "libqb", "authentication answer", encode, AuthResponse::decode);
}

fn votequorum(criterion: &mut Criterion) {
    const GROUP: &str = "votequorum";
    for (name, request) in messages::requests() {
        both_ways(criterion, GROUP, name, |out| request.encode(out), Request::decode);
    }
    for (name, reply) in messages::replies() {
        both_ways(criterion, GROUP, name, |out| reply.encode(out), Response::decode);
    }
    for (name, message) in messages::notifications() {
        both_ways(criterion, GROUP, name, |out| message.encode(out), Notification::decode);
    }
}

fn confd(criterion: &mut Criterion) {
    for (name, order) in messages::orders() {
        let encode = |out: &mut BytesMut| order.encode(Dialect::Libconfd, out);
        confd_both_ways(criterion, name, encode, Order::decode);
    }
    let decode = |frame: &Bytes| ConfdReply::decode(frame, VersionByte::Optional);
    for (name, reply) in messages::confd_replies() {
        confd_both_ways(criterion, name, |out| reply.encode(out), decode);
    }
    let decode = |frame: &Bytes| StatusReply::decode(frame, VersionByte::Optional);
    for (name, status) in messages::statuses() {
        confd_both_ways(criterion, name, |out| status.encode(out), decode);
    }
    let subscription = messages::subscription();
    let encode = |out: &mut BytesMut| subscription.encode(Dialect::Libconfd, out);
    confd_both_ways(criterion, "subscription", encode, Subscription::decode);
    for (name, message) in messages::confd_notifications() {
        let encode = |out: &mut BytesMut| message.encode(out);
        confd_both_ways(criterion, name, encode, ConfdNotification::decode);
    }
}

/// A status of as many nodes as libconfd has room for; an element is a node.
fn status_per_node(criterion: &mut Criterion) {
    let mut out = BytesMut::new();
    messages::large_status().encode(&mut out);
    let frame = frame(&mut out);
    let mut group = criterion.benchmark_group("ConfD status of 255 nodes");
    group.throughput(Throughput::Elements(255));
    group.bench_function("decode, per node", |bencher| {
        bencher.iter(|| StatusReply::decode(black_box(&frame), VersionByte::Optional));
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
