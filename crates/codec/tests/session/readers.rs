use super::*;

#[test]
fn a_second_reader_is_told_the_state_first_and_shares_the_subscription() {
    let (mut client, first) = tracked::<Tracked>(8);
    client.added(1, 8);
    let (second, call) = client.follow();
    assert!(client.is_subscribed(call));
    assert_eq!(client.go(), [], "nothing goes out for it");
    client.added(1, 9);
    let seen = vec![base(1, 0, 3), base(1, 1, 4), grown(1, 1, 8), grown(1, 1, 9)];
    assert_eq!(client.items(first), (seen, None));
    let seen = vec![base(1, 0, 4), base(1, 1, 4), grown(1, 1, 9)];
    assert_eq!(client.items(second), (seen, None));
    client.session.unsubscribe(first);
    assert_eq!(client.go(), []);
    client.session.unsubscribe(second);
    assert_eq!(client.go(), [(id::UNTRACK, 11)], "the last one ends it");
}

#[test]
fn a_reader_that_begins_now_is_told_nothing_of_the_state() {
    let mut client = up::<Tracked>();
    let (first, _) = client.subscribe(Topic::Follow, Begin::Now, 8);
    client.go();
    client.state(1, [3, 4]);
    let (second, _) = client.subscribe(Topic::Follow, Begin::Now, 8);
    client.established(11);
    let (third, call) = client.subscribe(Topic::Follow, Begin::Now, 8);
    assert!(client.is_subscribed(call));
    for reader in [first, second, third] {
        assert_eq!(client.items(reader), (vec![], None));
    }
    client.added(1, 8);
    for reader in [first, second, third] {
        assert_eq!(client.items(reader), (vec![grown(1, 1, 8)], None));
    }
}

#[test]
fn a_reader_that_begins_now_is_told_the_state_after_a_loss() {
    for begin in [Begin::Now, Begin::Snapshot] {
        let mut client = up::<Tracked>();
        let (reader, call) = client.subscribe(Topic::Follow, begin, 8);
        client.go();
        client.state(1, [3, 4]);
        client.established(11);
        assert!(client.is_subscribed(call));
        client.items(reader);
        client.lose();
        client.connect();
        client.go();
        client.state(2, [5, 6]);
        client.established(12);
        client.added(2, 12);
        let seen = vec![lost(), base(2, 0, 5), base(2, 1, 6), Item::Restored, grown(2, 1, 12)];
        assert_eq!(client.items(reader), (seen, None));
    }
}

#[test]
fn events_of_an_ended_instance_reach_no_reader() {
    let (mut client, first) = tracked::<Tracked>(8);
    client.session.unsubscribe(first);
    assert_eq!(client.go(), [(id::UNTRACK, 11)]);
    let (second, call) = client.follow();
    client.added(1, 8);
    client.reply(id::UNTRACK, 0);
    client.added(1, 9);
    assert_eq!(client.go(), [], "events of the old one may be in the channel");
    client.session.events_drained();
    assert_eq!(client.go(), [(id::TRACK, 2)]);
    client.added(1, 10);
    client.state(2, [5, 5]);
    client.established(12);
    assert!(client.is_subscribed(call));
    assert_eq!(client.items(second), (vec![base(2, 0, 5), base(2, 1, 5)], None));
}

#[test]
fn readers_that_come_and_go_while_it_closes_leave_nothing() {
    let (mut client, first) = tracked::<Stepped>(8);
    client.session.unsubscribe(first);
    client.go();
    let (second, call) = client.follow();
    client.session.unsubscribe(second);
    assert!(client.outcome(call).is_none(), "its caller has gone with it");
    let (third, _) = client.follow();
    client.reply(id::UNTRACK, 0);
    client.session.unsubscribe(third);
    let (fourth, _) = client.follow();
    client.session.unsubscribe(fourth);
    client.session.events_drained();
    assert_eq!(client.go(), []);
    client.assert_idle();
}

#[test]
fn each_reader_has_its_own_subscription_where_there_can_be_many() {
    let mut client = up::<Keyed>();
    let (first, one) = client.follow();
    let (second, two) = client.follow();
    assert_eq!(client.go(), [(id::TRACK, 1), (id::TRACK, 2)]);
    client.reply(id::TRACK, 11);
    client.reply(id::TRACK, 22);
    assert!(client.is_subscribed(one) && client.is_subscribed(two), "no state is waited for");
    client.added(2, 8);
    client.added(99, 8);
    assert_eq!(client.items(first), (vec![], None));
    assert_eq!(client.items(second), (vec![grown(2, 1, 8)], None));
    client.lose();
    client.connect();
    assert_eq!(client.go(), [(id::TRACK, 1), (id::TRACK, 2)]);
    client.reply(id::TRACK, 33);
    assert_eq!(client.session.handle(first), Some(&33), "handles are new");
    assert_eq!(client.session.handle(second), None);
    client.session.unsubscribe(first);
    client.session.unsubscribe(second);
    assert_eq!(client.go(), [(id::UNTRACK, 33)]);
    // The second one's is known only now.
    client.reply(id::TRACK, 44);
    assert_eq!(client.go(), [(id::UNTRACK, 44)]);
    client.reply(id::UNTRACK, 0);
    client.reply(id::UNTRACK, 0);
    client.session.events_drained();
    client.assert_idle();
}

#[test]
fn a_reader_is_announced_once_until_it_takes() {
    let (mut client, reader) = tracked::<Tracked>(8);
    client.items(reader);
    client.added(1, 8);
    client.added(1, 9);
    assert_eq!(client.outputs(), [Output::Readable(reader)]);
    client.items(reader);
    client.added(1, 10);
    assert_eq!(client.outputs(), [Output::Readable(reader)]);
    client.lose();
    assert_eq!(client.outputs(), []);
    assert_eq!(client.items(reader).0, [grown(1, 1, 10), lost()]);
}

#[test]
fn a_reader_that_is_gone_is_unknown() {
    let (mut client, reader) = tracked::<Tracked>(8);
    client.session.unsubscribe(reader);
    client.session.unsubscribe(reader);
    assert_eq!(client.items(reader), (vec![], Some(End::Closed)));
    assert_eq!((client.session.view(reader), client.session.handle(reader)), (None, None));
}

#[test]
fn a_closed_session_ends_every_reader_at_any_moment() {
    for moment in 0..6 {
        let mut client = up::<Stepped>();
        let (reader, call) = client.follow();
        let steps: [fn(&mut Client<Stepped>); 5] = [
            |client| assert_eq!(client.go(), [(id::PREPARE, 0)]),
            |client| client.refuse(CsError::TryAgain),
            |client| client.after(PAUSE),
            |client| {
                client.go();
                client.reply(id::PREPARE, 0);
                client.go();
            },
            |client| client.reply(id::TRACK, 11),
        ];
        steps.iter().take(moment).for_each(|step| step(&mut client));
        client.session.close();
        assert_eq!(client.error(call), CallError::Closed, "moment {moment}");
        assert_eq!(client.items(reader), (vec![], Some(End::Closed)));
        let (after, call) = client.follow();
        assert_eq!(client.error(call), CallError::Closed);
        assert_eq!(client.items(after), (vec![], Some(End::Closed)));
        client.session.unsubscribe(reader);
        let gone = client.session.unsubscribe_call(after, None);
        assert!(client.is_unsubscribed(gone));
        client.assert_idle();
    }
}
