use super::*;

const SMALL: Limits =
    Limits { window: Window { requests: 64, reply_space: 256, first: None }, largest_request: 100 };

#[test]
fn what_can_never_be_sent_or_answered_fails_unsent_and_holds_nothing_up() {
    let mut client = with::<Group>(SMALL);
    let payload = Bytes::from(vec![0; 69]);
    let long = client.call(Request::Say { number: 1, gated: false, payload });
    let answer = client.call(Request::Large(2, 249));
    let payload = Bytes::from(vec![0; 68]);
    client.call(Request::Say { number: 3, gated: false, payload });
    client.call(Request::Large(4, 248));
    assert_eq!(client.go(), [(id::SAY, 3), (id::LARGE, 4)]);
    assert_eq!(client.error(long), CallError::TooLarge);
    assert_eq!(client.error(answer), CallError::TooLarge);
    assert_eq!(client.session.garbage().len(), 2);
}

#[test]
fn room_is_kept_for_every_reply() {
    let mut client = with::<Tracked>(SMALL);
    (1..=9).for_each(|number| _ = client.get(number));
    assert_eq!(client.go().len(), 5, "48 bytes each");
    client.reply(id::GET, 1);
    assert_eq!(client.go().len(), 1);
}

#[test]
fn a_large_reply_finds_room_among_small_ones() {
    let mut client = with::<Tracked>(SMALL);
    (1..=4).for_each(|number| _ = client.get(number));
    client.go();
    client.call(Request::Large(5, 200));
    // The session's own requests go first, so this one waits behind.
    let (_, _) = client.follow();
    client.get(6);
    assert_eq!(client.go(), [(id::TRACK, 1)]);
    for number in 1..=4 {
        assert_eq!(client.go(), [], "nothing takes its room");
        client.reply(id::GET, number);
    }
    assert_eq!(client.go(), [(id::LARGE, 5)]);
}

#[test]
fn no_lane_takes_the_room_another_waits_for() {
    let mut client = with::<Group>(SMALL);
    (1..=4).for_each(|number| _ = client.get(number));
    client.go();
    client.call(Request::Large(5, 200));
    client.call(Request::Parts { number: 6, part: 0, parts: 1 });
    assert_eq!(client.go(), []);
    (1..=4).for_each(|number| client.reply(id::GET, number));
    assert_eq!(client.go(), [(id::LARGE, 5), (id::PARTS, 6)]);
}

#[test]
fn a_subscription_whose_request_does_not_fit_fails() {
    let limits = Limits { largest_request: 31, ..SMALL };
    let mut client = with::<Stepped>(limits);
    let (reader, call) = client.follow();
    assert_eq!(client.go(), []);
    assert_eq!(client.error(call), CallError::TooLarge);
    assert_eq!(client.items(reader).1, Some(End::Refused(CsError::TooBig)));
    client.session.unsubscribe(reader);
    client.session.events_drained();
    client.assert_idle();
}

#[test]
fn users_values_are_handed_out_wherever_their_call_ends() {
    let mut client = up::<Group>();
    let say = |number| say(number, false);
    let sent = client.call(say(1));
    client.go();
    assert_eq!(client.session.garbage(), [say(1)], "sent");
    client.session.abandon(sent);
    let queued = client.call(say(2));
    client.session.abandon(queued);
    assert_eq!(client.session.garbage(), [say(2)], "given up");
    client.session.call(say(3), Some(client.now));
    client.after(Duration::ZERO);
    assert_eq!(client.session.garbage(), [say(3)], "timed out");
    let owed = client.call(Request::Parts { number: 4, part: 0, parts: 1 });
    client.go();
    assert_eq!(client.session.garbage(), []);
    client.reply(id::PARTS, 4);
    assert_eq!(client.session.garbage().len(), 1, "answered");
    assert!(client.outcome(owed).unwrap().is_ok());
    client.call(say(5));
    client.lose();
    assert_eq!(client.session.garbage(), [say(5)], "lost");
    client.call(say(6));
    client.session.close();
    assert_eq!(client.session.garbage(), [say(6)], "closed");
    client.get(7);
    assert_eq!(client.session.garbage(), [], "others are not theirs");
}
