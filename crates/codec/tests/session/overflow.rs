use super::*;

#[test]
fn what_was_dropped_is_counted_and_told_as_state() {
    let (mut client, reader) = tracked::<Tracked>(2);
    client.items(reader);
    (8..=20).for_each(|to| client.added(1, to));
    client.lose();
    let seen = vec![
        Item::Lagged { missed: 10 },
        grown(1, 11, 18),
        grown(1, 1, 19),
        grown(1, 1, 20),
        lost(),
    ];
    assert_eq!(client.items(reader), (seen, None));
}

#[test]
fn one_event_at_a_time_is_enough() {
    let (mut client, reader) = tracked::<Tracked>(1);
    let (late, call) = client.subscribe(Topic::Follow, Begin::Snapshot, 0);
    assert!(client.is_subscribed(call));
    for reader in [reader, late] {
        // What was dropped is told again, so nothing was missed.
        let seen = vec![base(1, 0, 3), base(1, 1, 4)];
        assert_eq!(client.items(reader), (seen, None));
    }
    (8..=10).for_each(|to| client.added(1, to));
    let seen = vec![Item::Lagged { missed: 1 }, grown(1, 2, 9), grown(1, 1, 10)];
    assert_eq!(client.items(reader), (seen, None));
}

#[test]
fn a_loss_and_what_follows_it_are_folded_too() {
    let (mut client, reader) = tracked::<Tracked>(1);
    client.items(reader);
    client.added(1, 8);
    client.lose();
    client.connect();
    client.go();
    client.state(2, [4, 5]);
    client.established(12);
    client.added(2, 10);
    client.added(2, 11);
    let seen = vec![
        Item::Lagged { missed: 2 },
        lost(),
        base(2, 0, 5),
        base(2, 1, 5),
        Item::Restored,
        grown(2, 1, 11),
    ];
    assert_eq!(client.items(reader), (seen, None));
}

#[test]
fn what_was_restored_is_told_though_the_loss_was_taken() {
    let (mut client, reader) = tracked::<Tracked>(1);
    client.lose();
    client.items(reader);
    client.connect();
    client.go();
    client.state(2, [4, 5]);
    client.established(12);
    client.added(2, 10);
    client.added(2, 11);
    let seen = vec![
        Item::Lagged { missed: 1 },
        base(2, 0, 5),
        base(2, 1, 5),
        Item::Restored,
        grown(2, 1, 11),
    ];
    assert_eq!(client.items(reader), (seen, None));
}

#[test]
fn a_loss_is_told_to_a_reader_that_has_taken_what_was_restored_before() {
    let (mut client, reader) = tracked::<Tracked>(1);
    client.lose();
    client.connect();
    client.go();
    client.items(reader);
    client.event(id::BASE, 2, 4);
    client.items(reader);
    client.event(id::BASE + 1, 2, 5);
    assert_eq!(client.items(reader).0, [base(2, 1, 5)]);
    client.established(12);
    client.lose();
    client.connect();
    client.go();
    client.state(3, [6, 7]);
    client.established(13);
    let seen = vec![Item::Restored, lost(), base(3, 0, 6), base(3, 1, 7), Item::Restored];
    assert_eq!(client.items(reader), (seen, None));
}

#[test]
fn connections_that_come_and_go_do_not_fill_a_queue() {
    for taken in [false, true] {
        let mut client = up::<Plain>();
        let (reader, _) = client.subscribe(Topic::Follow, Begin::Snapshot, 1);
        client.go();
        client.reply(id::TRACK, 11);
        if taken {
            client.lose();
            assert_eq!(client.items(reader).0, [lost()]);
        }
        for _ in 0..100 {
            client.lose();
            client.connect();
            client.go();
            client.reply(id::TRACK, 11);
        }
        let (seen, end) = client.items(reader);
        assert!(seen.len() <= 6, "{seen:?}");
        assert_eq!((seen.first() == Some(&lost()), end), (!taken, None), "{seen:?}");
        assert_eq!(seen.last(), Some(&Item::Restored));
    }
}

#[test]
fn a_reader_that_may_miss_nothing_ends() {
    let (mut client, reader) = tracked::<Group>(2);
    client.items(reader);
    (8..=11).for_each(|to| client.added(0, to));
    let outputs = client.outputs();
    assert_eq!(outputs, [Output::Readable(reader), Output::Leave], "the last one leaves");
    let seen = vec![grown(0, 1, 8), grown(0, 1, 9)];
    assert_eq!(client.items(reader), (seen, Some(End::Overflowed)), "a prefix");
    client.session.unsubscribe(reader);
    client.lose();
    client.assert_idle();
}

#[test]
fn an_overflow_ends_nobody_else() {
    let (mut client, slow) = tracked::<Group>(2);
    let (other, _) = client.follow();
    client.added(0, 8);
    assert_eq!(client.items(slow).1, Some(End::Overflowed));
    let seen = vec![base(0, 0, 3), base(0, 1, 4), grown(0, 1, 8)];
    assert_eq!(client.items(other), (seen, None));
    assert!(!client.outputs().contains(&Output::Leave));
}

#[test]
fn a_state_for_which_there_is_no_room_ends_a_reader_that_may_miss_nothing() {
    let (mut client, _) = tracked::<Group>(8);
    let (late, call) = client.subscribe(Topic::Follow, Begin::Snapshot, 1);
    assert!(client.is_subscribed(call));
    let outputs = client.outputs();
    assert!(outputs.contains(&Output::Readable(late)), "{outputs:?}");
    assert_eq!(client.items(late), (vec![base(0, 0, 3)], Some(End::Overflowed)));
}

#[test]
fn where_one_overflows_its_own_subscription_ends() {
    let (mut client, reader) = tracked::<Strict>(2);
    client.added(1, 8);
    assert_eq!(client.go(), [(id::UNTRACK, 11)]);
    client.reply(id::UNTRACK, 0);
    client.session.events_drained();
    assert_eq!(client.items(reader).1, Some(End::Overflowed));
    client.session.unsubscribe(reader);
    client.assert_idle();
}
