//! The events of a real corosync.

use tokio::task::JoinSet;
use votequorum::{Builder, Client, Event, Track, TrackFlags};

use crate::memory::Memory;
use crate::support::{Config, Node, QbIpcType, available, connect};
use crate::{alone, read_late};

/// How often the expected votes are set; each time, everybody who tracks is told.
const CHANGES: u32 = 30_000;

const CAPACITY: usize = 64;

/// Expected votes that are set once, before all others.
const FIRST: u32 = 17;

/// Expected votes that are set once, after all others.
const LAST: u32 = 18;

#[test]
fn events_unread_over_shm() {
    events_unread(QbIpcType::Shm);
}

#[test]
fn events_unread_over_sockets() {
    events_unread(QbIpcType::Socket);
}

fn events_unread(qb_ipc_type: QbIpcType) {
    if !available() {
        return;
    }
    let _alone = alone();
    let node = Node::start(&Config::single(qb_ipc_type));
    node.run(async |options: Builder| {
        let slow = connect(options.clone().event_capacity(CAPACITY)).await;
        let mut unread = slow.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
        // Somebody else reads everything, and knows how much there was.
        let attentive = connect(options.clone().event_capacity(1 << 20)).await;
        let mut read = attentive.track(TrackFlags::CHANGES_ONLY, 2).await.unwrap();
        let changing = connect(options).await;
        // So that it is quorate whatever is expected of it below.
        changing.set_votes(1, 10).await.unwrap();
        // The daemon answers before a change takes effect: both count from the same one on.
        changing.set_expected(FIRST).await.unwrap();
        for track in [&mut read, &mut unread] {
            while next(track).await != FIRST {}
        }

        let mut seen = Vec::new();
        // The first of them bring memory to what it needs.
        change(&changing, CHANGES / 10).await;
        collect(&mut read, &mut seen);
        seen.reserve_exact(2 * CHANGES as usize);
        let mut memory = Memory::of(node.pid());
        for _ in 1..10 {
            change(&changing, CHANGES / 10).await;
            collect(&mut read, &mut seen);
            memory.look();
        }
        changing.set_expected(LAST).await.unwrap();
        while seen.last() != Some(&LAST) {
            seen.push(next(&mut read).await);
        }
        // Whatever came before an answer has been taken in when the answer is there.
        slow.get_info(1).await.unwrap();
        memory.assert_flat();

        let (missed, newest) = read_late(&mut unread);
        println!("{} events, {missed} missed", seen.len());
        assert!(seen.len() >= CHANGES as usize, "{} events", seen.len());
        assert_eq!(missed + newest.len() as u64, seen.len() as u64);
        // Before the newest comes what those that were dropped told of the current state: the last.
        assert_eq!(newest, seen[seen.len() - CAPACITY - 1..], "they are the newest, and in order");
    });
}

/// Sets the expected votes so many times, to values that differ.
async fn change(client: &Client, times: u32) {
    for batch in 0..times / 50 {
        let mut calls = JoinSet::new();
        for number in 0..50 {
            let client = client.clone();
            let votes = 10 + (batch + number) % 7;
            calls.spawn(async move { client.set_expected(votes).await });
        }
        while let Some(call) = calls.join_next().await {
            call.unwrap().unwrap();
        }
    }
}

/// The expected votes of the next event.
async fn next(track: &mut Track) -> u32 {
    votes(track.next().await.unwrap().unwrap())
}

/// Takes what has come.
fn collect(track: &mut Track, seen: &mut Vec<u32>) {
    seen.extend(track.take_all().unwrap().into_iter().map(votes));
}

fn votes(event: Event) -> u32 {
    match event {
        Event::ExpectedVotes(expected) => expected.expected_votes,
        other => panic!("{other:?}"),
    }
}
