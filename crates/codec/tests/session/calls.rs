use super::*;

#[test]
fn replies_are_matched_by_order_and_those_of_callers_that_went_away_are_swallowed() {
    let mut client = up::<Tracked>();
    let first = client.session.call(Request::Get(1), Some(client.now));
    let second = client.get(2);
    let third = client.get(3);
    assert_eq!(client.go(), [(id::GET, 1), (id::GET, 2), (id::GET, 3)]);
    client.after(Duration::ZERO);
    assert_eq!(client.error(first), CallError::Timeout { sent: true });
    client.session.abandon(second);
    assert_eq!(client.session.stored()[0], 1, "nothing is kept of a call that is over");
    client.reply(id::GET, 1);
    client.reply(id::GET, 2);
    assert!(client.outcome(third).is_none());
    client.reply(id::GET, 3);
    let outcome = client.outcome(third);
    assert!(matches!(outcome, Some(Ok(Outcome::Reply(reply))) if reply.number == 3), "{outcome:?}");
    assert!(client.outcome(third).is_none(), "a ticket is good once");
    client.assert_idle();
}

#[test]
fn each_outcome_is_announced_once() {
    let mut client = up::<Tracked>();
    let [first, second] = [client.get(1), client.get(2)];
    client.go();
    assert_eq!(client.outputs(), []);
    client.reply(id::GET, 1);
    client.session.abandon(second);
    client.reply(id::GET, 2);
    client.lose();
    assert_eq!(client.outputs(), [Output::Completed(first)]);
}

#[test]
fn the_daemon_never_owes_more_than_the_window_has() {
    let window = Window { requests: 4, reply_space: 1 << 16, first: Some(2) };
    let mut client = with::<Tracked>(Limits { window, ..LIMITS });
    (1..=9).for_each(|number| _ = client.get(number));
    assert_eq!(client.go().len(), 2, "fewer until it has answered");
    client.reply(id::GET, 1);
    assert_eq!(client.go().len(), 3);
    client.reply(id::GET, 2);
    assert_eq!(client.go().len(), 1);
    assert_eq!((client.session.owed(), client.session.queued()), (4, 3));
    client.lose();
    client.session.connected(Limits { window, ..LIMITS }, client.now);
    (1..=9).for_each(|number| _ = client.get(number));
    assert_eq!(client.go().len(), 2, "so it is on every connection");
}

#[test]
fn a_call_of_an_outage_goes_out_over_the_next_connection() {
    let mut client = up::<Tracked>();
    client.lose();
    let waits = client.get(1);
    let ended = client.session.call(Request::Get(2), Some(client.now + PAUSE));
    assert_eq!(client.go(), []);
    client.after(PAUSE);
    assert_eq!(client.error(ended), CallError::Timeout { sent: false });
    client.connect();
    assert_eq!(client.go(), [(id::GET, 1)]);
    client.reply(id::GET, 1);
    assert!(client.outcome(waits).unwrap().is_ok());
    client.assert_idle();
}

#[test]
fn a_call_for_one_connection_fails_with_it() {
    let mut client = up::<Tracked>();
    let epoch = client.session.epoch().unwrap();
    let inside = client.session.call_in(epoch, Request::Get(1), None).unwrap();
    client.lose();
    assert_eq!(client.error(inside), CallError::Lost { sent: false });
    let outside = client.session.call_in(epoch, say(2, true), None);
    assert_eq!(outside, Err(CallError::Lost { sent: false }));
    client.connect();
    assert_eq!(client.session.call_in(epoch, say(3, true), None), outside);
    assert_eq!(client.session.garbage(), [say(2, true), say(3, true)]);
    let epoch = client.session.epoch().unwrap();
    client.session.close();
    let late = client.session.call_in(epoch, Request::Get(4), None);
    assert_eq!(late, Err(CallError::Closed));
    client.assert_idle();
}

#[test]
fn a_loss_fails_every_call_and_nothing_is_sent_again() {
    let mut client = up::<Group>();
    client.session.set_stopped(true);
    let sent = [client.get(1), client.call(Request::Late(2))];
    let unsent = [client.get(3), client.call(say(4, true)), client.call(Request::Insist(5))];
    assert_eq!(client.go().len(), 2);
    assert!(client.session.waits_for_flow());
    client.lose();
    assert!(!client.session.waits_for_flow());
    for call in sent {
        assert_eq!(client.error(call), CallError::Lost { sent: true });
    }
    for call in unsent {
        assert_eq!(client.error(call), CallError::Lost { sent: false });
    }
    assert_eq!(client.session.garbage(), [say(4, true)]);
    client.connect();
    assert_eq!(client.go(), []);
    client.assert_idle();
}

#[test]
fn what_pauses_on_a_lost_connection_does_not_delay_the_next() {
    let mut client = up::<Tracked>();
    let call = client.call(Request::Insist(1));
    client.go();
    client.refuse(CsError::TryAgain);
    client.lose();
    assert_eq!(client.error(call), CallError::Lost { sent: false });
    client.connect();
    client.get(2);
    assert_eq!(client.go(), [(id::GET, 2)]);
}

#[test]
fn a_closed_session_fails_every_call_once_at_any_moment() {
    let mut client = up::<Group>();
    client.session.set_stopped(true);
    let calls = [client.get(1), client.call(say(2, true)), client.call(Request::Late(3))];
    assert!(client.go_one().is_some());
    client.session.close();
    client.session.close();
    assert_eq!(client.outputs().len(), 3);
    for call in calls {
        assert_eq!(client.error(call), CallError::Closed);
    }
    let after = client.call(say(4, true));
    assert_eq!(client.outputs(), [Output::Completed(after)]);
    assert_eq!(client.error(after), CallError::Closed);
    assert_eq!(client.session.garbage(), [say(2, true), say(4, true)]);
    client.connect();
    assert_eq!((client.session.epoch(), client.go()), (None, vec![]), "it stays closed");
    client.lose();
    client.assert_idle();
}

#[test]
fn an_error_of_the_daemon_is_the_outcome_whatever_its_id() {
    let mut client = up::<Tracked>();
    let [first, second] = [client.get(1), client.get(2)];
    client.go();
    client.refuse(CsError::InvalidParam);
    client.handle(wire::response(id::GET, CsError::NotExist, [0; 2], RESPONSE)).unwrap();
    assert_eq!(client.error(first), CallError::Status(CsError::InvalidParam));
    assert_eq!(client.error(second), CallError::Status(CsError::NotExist));
    client.assert_idle();
}
