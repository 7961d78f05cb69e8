use super::*;

fn parts(number: u64, parts: u32) -> Request {
    Request::Parts { number, part: 0, parts }
}

#[test]
fn gated_requests_wait_for_flow_and_keep_their_order_and_others_pass() {
    let mut client = up::<Group>();
    client.session.set_stopped(true);
    let first = client.call(say(1, true));
    let given_up = client.call(say(2, true));
    let large = client.call(parts(3, 3));
    let last = client.call(say(4, true));
    assert_eq!(client.go(), []);
    assert!(client.session.waits_for_flow());
    client.get(5);
    assert_eq!(client.go(), [(id::GET, 5)]);
    client.session.abandon(given_up);
    client.session.set_stopped(false);
    assert_eq!(client.go(), [(id::SAY, 1), (id::PARTS, 3)], "none overtakes one in parts");
    assert!(matches!(client.outcome(first), Some(Ok(Outcome::Sent))));
    client.reply(id::GET, 5);
    client.reply(id::PARTS, 3);
    assert_eq!(client.go(), [(id::PARTS, 3)]);
    client.handle(wire::response(id::PARTS, CsError::Interrupt, [0; 2], RESPONSE)).unwrap();
    for _ in 0..2 {
        assert_eq!(client.go(), [(id::PARTS, 3)], "from the start");
        client.reply(id::PARTS, 3);
    }
    assert_eq!(client.go(), [(id::PARTS, 3)]);
    client.refuse(CsError::TryAgain);
    assert_eq!(client.go(), []);
    assert_eq!(client.session.poll_timeout(), Some(client.now + PAUSE));
    client.after(PAUSE);
    assert_eq!(client.go(), [(id::PARTS, 3)]);
    client.reply(id::PARTS, 3);
    assert!(matches!(client.outcome(large), Some(Ok(Outcome::Reply(_)))));
    assert_eq!(client.go(), [(id::SAY, 4)]);
    assert!(matches!(client.outcome(last), Some(Ok(Outcome::Sent))));
    assert_eq!(client.session.owed(), 0);
}

#[test]
fn flow_control_can_set_in_between_two_parts() {
    let mut client = up::<Group>();
    client.call(parts(1, 2));
    client.go();
    client.session.set_stopped(true);
    client.reply(id::PARTS, 1);
    assert_eq!(client.go(), []);
    assert!(client.session.waits_for_flow());
    client.session.set_stopped(false);
    assert_eq!(client.go(), [(id::PARTS, 1)]);
}

#[test]
fn a_call_in_parts_that_is_given_up_holds_nothing_up() {
    let mut client = up::<Group>();
    let owed = client.call(parts(1, 3));
    client.call(say(2, true));
    assert_eq!(client.go(), [(id::PARTS, 1)]);
    client.session.abandon(owed);
    assert_eq!(client.go(), [(id::SAY, 2)]);
    client.reply(id::PARTS, 1);
    let queued = client.session.call(parts(3, 3), Some(client.now + PAUSE));
    client.call(say(4, true));
    assert_eq!(client.go(), [(id::PARTS, 3)]);
    client.refuse(CsError::TryAgain);
    assert_eq!(client.go(), []);
    client.after(PAUSE);
    assert_eq!(client.error(queued), CallError::Timeout { sent: false });
    assert_eq!(client.go(), [(id::SAY, 4)]);
    let garbage: Vec<_> = client.session.garbage();
    assert_eq!(garbage.len(), 4, "payloads are handed out to be dropped: {garbage:?}");
}

#[test]
fn a_pause_ends_with_the_call_that_made_it() {
    let mut client = up::<Group>();
    let pausing = client.call(parts(1, 3));
    client.call(say(2, true));
    client.go();
    client.refuse(CsError::TryAgain);
    client.session.abandon(pausing);
    assert_eq!(client.go(), [(id::SAY, 2)]);
}

#[test]
fn calls_that_insist_do_not_wait_for_each_other() {
    let mut client = up::<Tracked>();
    let calls = [client.call(Request::Insist(1)), client.call(Request::Insist(2)), client.get(3)];
    assert_eq!(client.go().len(), 3);
    client.refuse(CsError::TryAgain);
    client.refuse(CsError::TryAgain);
    client.reply(id::GET, 3);
    assert_eq!(client.go(), []);
    client.after(PAUSE);
    assert_eq!(client.go(), [(id::GET, 2), (id::GET, 1)]);
    client.reply(id::GET, 2);
    client.reply(id::GET, 1);
    for call in calls {
        assert!(client.outcome(call).unwrap().is_ok());
    }
    client.assert_idle();
}
