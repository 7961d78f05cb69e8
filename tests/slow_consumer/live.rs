//! The events of a real corosync.

use tokio::task::JoinSet;
use votequorum::{Client, Event, Options, Track, TrackFlags};

use crate::memory::Memory;
use crate::support::{Config, Node, QbIpcType, available, connect};
use crate::{alone, read_late};

/// How often the expected votes are set; each time, everybody who tracks is told.
const CHANGES: u32 = 60_000;

const CAPACITY: usize = 64;

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
    node.run(async |options: Options| {
        let slow = connect(options.clone().event_capacity(CAPACITY)).await;
        let mut unread = slow.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
        // Somebody else reads everything, and knows how much there was.
        let attentive = connect(options.clone().event_capacity(1 << 20)).await;
        let mut read = attentive.track(TrackFlags::CHANGES_ONLY, 2).await.unwrap();
        let changing = connect(options).await;
        // So that it is quorate whatever is expected of it below.
        changing.set_votes(1, 10).await.unwrap();
        collect(&mut read, &mut Vec::new());
        let _ = unread.take_all().unwrap();

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
        // Whatever came before an answer has been taken in when the answer is there.
        for client in [&slow, &attentive] {
            client.get_info(1).await.unwrap();
        }
        collect(&mut read, &mut seen);
        memory.assert_flat();

        let (missed, newest) = read_late(&mut unread);
        println!("{} events, {missed} missed", seen.len());
        assert!(seen.len() >= CHANGES as usize, "{} events", seen.len());
        assert_eq!(newest.len(), CAPACITY);
        assert_eq!(missed + newest.len() as u64, seen.len() as u64);
        assert_eq!(newest, seen[seen.len() - CAPACITY..], "they are the newest, and in order");
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

fn collect(track: &mut Track, seen: &mut Vec<u32>) {
    for event in track.take_all().unwrap() {
        match event {
            Event::ExpectedVotes(expected) => seen.push(expected.expected_votes),
            other => panic!("{other:?}, {}", seen.len()),
        }
    }
}
