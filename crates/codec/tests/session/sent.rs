//! Whether a call that timed out was sent.

use super::*;

fn timed_out<V: Variant>(client: &mut Client<V>, call: Ticket) -> bool {
    client.after(PAUSE);
    match client.error(call) {
        CallError::Timeout { sent } => sent,
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_request_was_sent_when_the_daemon_has_it() {
    let mut client = up::<Group>();
    let deadline = Some(client.now + PAUSE);
    client.session.set_stopped(true);
    let queued = client.session.call(say(1, true), deadline);
    let owed = client.session.call(Request::Get(2), deadline);
    let insists = client.session.call(Request::Insist(3), deadline);
    client.go();
    client.reply(id::GET, 2);
    assert!(client.outcome(owed).unwrap().is_ok());
    client.refuse(CsError::TryAgain);
    assert!(!timed_out(&mut client, queued));
    assert_eq!(client.error(insists), CallError::Timeout { sent: false }, "it was turned away");
    let deadline = Some(client.now + PAUSE);
    let owed = client.session.call(Request::Get(4), deadline);
    client.go();
    assert!(timed_out(&mut client, owed));
}

#[test]
fn a_subscription_was_sent_when_its_request_was() {
    let subscribe = |client: &mut Client<Stepped>| {
        let deadline = Some(client.now + PAUSE);
        client.session.subscribe(Topic::Follow, Begin::Snapshot, 8, deadline)
    };
    let mut client = up();
    let (_, call) = subscribe(&mut client);
    assert!(!timed_out(&mut client, call));
    let mut client = up();
    let (_, call) = subscribe(&mut client);
    client.go();
    assert!(timed_out(&mut client, call));
    let mut client = up();
    let (_, call) = subscribe(&mut client);
    client.go();
    client.reply(id::PREPARE, 0);
    client.go();
    client.established(11);
    assert!(timed_out(&mut client, call), "its state has not come");
    // The old one has to end first, so its own was not sent.
    let (_, call) = subscribe(&mut client);
    assert_eq!(client.go(), [(id::UNTRACK, 11)]);
    assert!(!timed_out(&mut client, call));
}

#[test]
fn an_end_was_sent_when_its_request_was() {
    for goes in [false, true] {
        let (mut client, reader) = tracked::<Tracked>(8);
        let call = client.session.unsubscribe_call(reader, Some(client.now + PAUSE));
        if goes {
            client.go();
        }
        assert_eq!(timed_out(&mut client, call), goes);
    }
    let mut client = up::<Tracked>();
    let (reader, _) = client.follow();
    client.go();
    let call = client.session.unsubscribe_call(reader, Some(client.now + PAUSE));
    assert!(!timed_out(&mut client, call), "only the start was sent");
}
