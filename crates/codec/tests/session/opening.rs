use super::*;

#[test]
fn a_first_state_is_told_when_the_channel_was_empty_after_the_reply() {
    let mut client = up::<Tracked>();
    let (reader, call) = client.follow();
    assert_eq!(client.go(), [(id::TRACK, 1)]);
    client.event(id::BASE, 1, 3);
    client.session.events_drained();
    client.reply(id::TRACK, 11);
    assert!(client.outcome(call).is_none(), "events may be in the channel");
    client.session.events_drained();
    assert!(client.outcome(call).is_none(), "the daemon has yet to put one there");
    assert_eq!(client.session.view(reader), None);
    client.event(id::BASE + 1, 1, 4);
    assert!(client.outcome(call).is_none());
    client.session.events_drained();
    assert!(client.is_subscribed(call));
    assert_eq!(client.items(reader), (vec![base(1, 0, 3), base(1, 1, 4)], None));
    assert_eq!(client.session.view(reader).and_then(|view| view.value()), Some(7));
    assert_eq!(client.session.handle(reader), Some(&11));
    client.added(1, 8);
    assert_eq!(client.session.view(reader).and_then(|view| view.value()), Some(8));
}

#[test]
fn a_first_state_that_follows_the_reply_is_complete_when_the_view_says_so() {
    let mut client = up::<Group>();
    let (reader, call) = client.follow();
    client.go();
    client.reply(id::PREPARE, 0);
    client.go();
    client.established(11);
    client.event(id::BASE, 0, 3);
    client.session.events_drained();
    assert!(client.outcome(call).is_none());
    client.event(id::BASE + 1, 0, 4);
    assert!(client.is_subscribed(call));
    assert_eq!(client.items(reader).0.len(), 2);
}

#[test]
fn a_step_is_tried_again_and_no_other() {
    let mut client = up::<Stepped>();
    let (_, call) = client.follow();
    assert_eq!(client.go(), [(id::PREPARE, 0)]);
    client.refuse(CsError::InvalidParam);
    for _ in 0..2 {
        assert_eq!(client.go(), [(id::TRACK, 1)]);
        client.refuse(CsError::TryAgain);
        assert_eq!(client.go(), []);
        client.after(PAUSE);
    }
    assert_eq!(client.go(), [(id::TRACK, 1)]);
    client.state(0, [3, 4]);
    client.established(11);
    assert!(client.is_subscribed(call));
}

#[test]
fn a_refusal_ends_the_readers_it_was_for() {
    let mut client = up::<Stepped>();
    let (reader, call) = client.follow();
    client.go();
    client.refuse(CsError::Access);
    assert_eq!(client.error(call), CallError::Status(CsError::Access));
    assert_eq!(client.items(reader), (vec![], Some(End::Refused(CsError::Access))));
    // One that comes now has a start of its own.
    let (next, call) = client.follow();
    client.session.unsubscribe(reader);
    assert_eq!(client.go(), []);
    client.session.events_drained();
    assert_eq!(client.go(), [(id::PREPARE, 0)]);
    client.refuse(CsError::Access);
    assert_eq!(client.error(call), CallError::Status(CsError::Access));
    client.session.unsubscribe(next);
    client.session.events_drained();
    client.assert_idle();
}

#[test]
fn a_reader_that_comes_while_it_opens_shares_it() {
    let mut client = up::<Tracked>();
    let (first, _) = client.follow();
    client.go();
    client.event(id::BASE, 1, 3);
    client.session.unsubscribe(first);
    let (second, call) = client.follow();
    assert_eq!(client.go(), []);
    client.event(id::BASE + 1, 1, 4);
    client.established(11);
    assert!(client.is_subscribed(call));
    assert_eq!(
        client.items(second).0,
        [base(1, 0, 3), base(1, 1, 4)],
        "it was given what had come"
    );
    assert_eq!(client.go(), []);
}

#[test]
fn a_reader_that_goes_before_the_request_did_leaves_nothing() {
    let mut client = up::<Keyed>();
    let (reader, call) = client.follow();
    client.session.abandon(call);
    client.session.unsubscribe(reader);
    assert_eq!(client.go(), []);
    client.assert_idle();
}

#[test]
fn a_reader_that_goes_while_a_step_pauses_leaves_nothing() {
    let mut client = up::<Stepped>();
    let (reader, _) = client.follow();
    client.go();
    client.refuse(CsError::TryAgain);
    client.session.unsubscribe(reader);
    client.session.events_drained();
    client.assert_idle();
    client.after(PAUSE);
    assert_eq!(client.go(), []);
}

#[test]
fn a_reader_that_goes_between_two_steps_leaves_nothing() {
    let mut client = up::<Stepped>();
    let (reader, _) = client.follow();
    client.go();
    client.session.unsubscribe(reader);
    client.reply(id::PREPARE, 0);
    assert_eq!(client.go(), []);
    client.assert_idle();
}

#[test]
fn what_its_deadline_ends_is_ended_for_the_daemon() {
    let mut client = up::<Tracked>();
    let deadline = Some(client.now + PAUSE);
    let (reader, call) = client.session.subscribe(Topic::Follow, Begin::Snapshot, 8, deadline);
    client.go();
    client.after(PAUSE);
    assert_eq!(client.error(call), CallError::Timeout { sent: true });
    assert_eq!(client.items(reader).1, Some(End::Closed));
    client.session.unsubscribe(reader);
    client.established(11);
    assert_eq!(client.go(), [(id::UNTRACK, 11)]);
    client.reply(id::UNTRACK, 0);
    client.session.events_drained();
    client.assert_idle();
}

#[test]
fn a_subscription_in_an_outage_starts_with_the_connection() {
    let mut client = up::<Tracked>();
    client.lose();
    let (_, waits) = client.follow();
    let deadline = Some(client.now + PAUSE);
    let (ended, call) = client.session.subscribe(Topic::Follow, Begin::Now, 8, deadline);
    client.after(PAUSE);
    assert_eq!(client.error(call), CallError::Timeout { sent: false });
    client.session.unsubscribe(ended);
    client.get(1);
    client.connect();
    assert_eq!(client.go(), [(id::TRACK, 1), (id::GET, 1)], "subscriptions before calls");
    client.state(1, [3, 4]);
    client.established(11);
    assert!(client.is_subscribed(waits));
}
