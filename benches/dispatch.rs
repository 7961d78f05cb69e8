//! Notifications, from a fake daemon in this process through the public `Stream`; and calls to it.
//!
//! The fake is not in a hurry, so these say how our code changes, not how it compares:
//! see `benches/peers` for that.

mod support;

use std::time::Duration;

use criterion::{Criterion, Throughput};
use quorate_codec::qb::auth::ConnectionType;
use tokio::task::JoinSet;
use votequorum::{Builder, TrackFlags};

use crate::support::{Fake, runtime};

/// Notifications in one go.
const FLOOD: u32 = 10_000;

/// Calls under way at a time.
const IN_FLIGHT: u64 = 64;

fn notifications(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dispatch");
    group.throughput(Throughput::Elements(FLOOD.into()));
    group.sample_size(20);
    for (name, transport) in TRANSPORTS {
        let fake = Fake::start(transport);
        let runtime = runtime();
        let mut track = runtime.block_on(async {
            let builder = fake.builder().max_msg_size(1 << 20).event_capacity(1 << 16);
            let client = builder.connect().await.expect("the fake lets us in");
            client.track(TrackFlags::CHANGES_ONLY, 1).await.expect("nothing else tracks")
        });
        group.bench_function(format!("flood/{name}"), |bencher| {
            bencher.iter(|| {
                fake.flood(FLOOD);
                runtime.block_on(async {
                    for _ in 0..FLOOD {
                        track.next().await.expect("it goes on").expect("it stays connected");
                    }
                });
            });
        });
        drop(track);
    }
    group.finish();
}

fn calls(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("get_info");
    for (name, transport) in TRANSPORTS {
        let fake = Fake::start(transport);
        let runtime = runtime();
        let connect = |builder: Builder| {
            runtime.block_on(async { builder.connect().await.expect("the fake lets us in") })
        };
        let spinning = connect(fake.builder());
        let parking = connect(fake.builder().spin(Duration::ZERO));
        group.throughput(Throughput::Elements(1));
        for (how, client) in [("spin", &spinning), ("park", &parking)] {
            group.bench_function(format!("one at a time/{how}/{name}"), |bencher| {
                bencher.iter(|| runtime.block_on(client.local_info()));
            });
        }
        group.throughput(Throughput::Elements(IN_FLIGHT));
        group.bench_function(format!("{IN_FLIGHT} in flight/{name}"), |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let mut calls = JoinSet::new();
                    for _ in 0..IN_FLIGHT {
                        let client = spinning.clone();
                        calls.spawn(async move { client.local_info().await });
                    }
                    while let Some(call) = calls.join_next().await {
                        call.expect("no call panics").expect("the fake answers");
                    }
                });
            });
        });
    }
    group.finish();
}

const TRANSPORTS: [(&str, ConnectionType); 2] =
    [("shm", ConnectionType::Shm), ("socket", ConnectionType::Socket)];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    notifications(&mut criterion);
    calls(&mut criterion);
    criterion.final_summary();
}
