//! libqb's ring buffer, both sides on one thread.

use bytes::BytesMut;
use criterion::{BenchmarkId, Criterion, Throughput};
use qbipc::ring::{HeapRing, RingReader, RingWriter};
use quorate_codec::qb::ring::RingSize;

/// A ring of the size a client asks for by default.
const MAX_LEN: u32 = 64 * 1024;

/// Messages put in before they are made visible in one step.
const BATCH: u32 = 32;

fn push_pop(criterion: &mut Criterion) {
    let size = RingSize::for_message(MAX_LEN, 4096).expect("a ring of this size can be had");
    let ring = HeapRing::new(size);
    let mut writer = RingWriter::new(&ring, size, MAX_LEN);
    let mut reader = RingReader::new(&ring, size, MAX_LEN);
    let mut out = BytesMut::new();
    let mut group = criterion.benchmark_group("ring");
    // A request, a notification of three nodes, an answer to getinfo, and a large message.
    for len in [24, 72, 320, 1024] {
        let message = vec![7; len];
        group.throughput(Throughput::Bytes(u64::try_from(len).unwrap_or_default()));
        group.bench_function(BenchmarkId::new("push and pop", len), |bencher| {
            bencher.iter(|| {
                writer.stage(&message).expect("there is room");
                writer.commit();
                reader.pop(&mut out).expect("the ring is sound")
            });
        });
    }
    group.throughput(Throughput::Elements(BATCH.into()));
    group.bench_function(format!("push and pop {BATCH} of 72 bytes at once"), |bencher| {
        bencher.iter(|| {
            for _ in 0..BATCH {
                writer.stage(&[7; 72]).expect("there is room");
            }
            writer.commit();
            while reader.pop(&mut out).expect("the ring is sound") {}
        });
    });
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    push_pop(&mut criterion);
    criterion.final_summary();
}
