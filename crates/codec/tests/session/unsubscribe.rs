use super::*;

#[test]
fn it_is_complete_when_the_daemon_has_ended_the_subscription() {
    let (mut client, reader) = tracked::<Tracked>(8);
    let call = client.session.unsubscribe_call(reader, None);
    assert_eq!(client.go(), [(id::UNTRACK, 11)]);
    assert!(client.outcome(call).is_none());
    client.reply(id::UNTRACK, 0);
    assert!(client.is_unsubscribed(call));
    client.session.events_drained();
    client.assert_idle();
}

#[test]
fn it_fails_as_the_daemon_says() {
    let (mut client, reader) = tracked::<Tracked>(8);
    let call = client.session.unsubscribe_call(reader, None);
    client.go();
    client.refuse(CsError::NotExist);
    assert_eq!(client.error(call), CallError::Status(CsError::NotExist));
    client.session.events_drained();
    client.assert_idle();
}

#[test]
fn a_busy_daemon_is_asked_again() {
    let (mut client, reader) = tracked::<Tracked>(8);
    let call = client.session.unsubscribe_call(reader, None);
    client.go();
    client.refuse(CsError::TryAgain);
    let (_, opened) = client.follow();
    assert_eq!(client.go(), []);
    client.after(PAUSE);
    assert_eq!(client.go(), [(id::UNTRACK, 11)]);
    assert!(client.outcome(call).is_none());
    client.reply(id::UNTRACK, 0);
    assert!(client.is_unsubscribed(call));
    client.session.events_drained();
    assert_eq!(client.go(), [(id::TRACK, 2)], "not before the old one has ended");
    assert!(client.outcome(opened).is_none());
}

#[test]
fn it_is_complete_at_once_if_there_is_nothing_to_wait_for() {
    let (mut client, first) = tracked::<Tracked>(8);
    let (second, opened) = client.follow();
    assert!(client.is_subscribed(opened));
    let shared = client.session.unsubscribe_call(first, None);
    assert!(client.is_unsubscribed(shared), "another reader keeps it");
    client.session.unsubscribe(second);
    let unknown = client.session.unsubscribe_call(second, None);
    assert!(client.is_unsubscribed(unknown), "it has gone before");
    client.go();
    let (third, _) = client.follow();
    client.reply(id::UNTRACK, 0);
    let drains = client.session.unsubscribe_call(third, None);
    assert!(client.is_unsubscribed(drains), "the daemon was not asked for it");
    client.session.events_drained();
    client.lose();
    let (fourth, _) = client.follow();
    let outage = client.session.unsubscribe_call(fourth, None);
    assert!(client.is_unsubscribed(outage));
    client.connect();
    let (fifth, _) = client.follow();
    let unsent = client.session.unsubscribe_call(fifth, None);
    assert!(client.is_unsubscribed(unsent), "the daemon was never asked");
    assert_eq!(client.go(), []);
    client.assert_idle();
}

#[test]
fn while_it_opens_it_waits_for_the_end() {
    let mut client = up::<Stepped>();
    let (reader, _) = client.follow();
    client.go();
    client.reply(id::PREPARE, 0);
    client.go();
    let call = client.session.unsubscribe_call(reader, None);
    client.established(11);
    assert!(client.outcome(call).is_none());
    assert_eq!(client.go(), [(id::UNTRACK, 11)]);
    client.reply(id::UNTRACK, 0);
    assert!(client.is_unsubscribed(call));
}

#[test]
fn between_two_steps_and_in_a_pause_there_is_nothing_to_end() {
    let answers = [CsError::Ok, CsError::TryAgain, CsError::Access];
    for answer in answers {
        let mut client = up::<Stepped>();
        let (reader, _) = client.follow();
        client.go();
        let call = client.session.unsubscribe_call(reader, None);
        assert!(client.outcome(call).is_none());
        client.handle(wire::response(id::PREPARE, answer, [0; 2], RESPONSE)).unwrap();
        assert!(client.is_unsubscribed(call), "{answer:?}");
        client.session.events_drained();
        assert_eq!(client.go(), []);
        client.assert_idle();
    }
    let mut client = up::<Stepped>();
    let (reader, _) = client.follow();
    client.go();
    client.refuse(CsError::TryAgain);
    let call = client.session.unsubscribe_call(reader, None);
    assert!(client.is_unsubscribed(call));
}

#[test]
fn a_reader_that_comes_back_keeps_it() {
    let mut client = up::<Tracked>();
    let (first, _) = client.follow();
    client.go();
    let call = client.session.unsubscribe_call(first, None);
    let (_, opened) = client.follow();
    assert!(client.is_unsubscribed(call), "it is not about to end any more");
    client.state(1, [3, 4]);
    client.established(11);
    assert!(client.is_subscribed(opened));
    assert_eq!(client.go(), []);
}

#[test]
fn the_end_of_the_connection_is_the_end_of_the_subscription() {
    let moments: [fn(&mut Client<Tracked>); 3] = [
        |client| assert_eq!(client.session.queued(), 1),
        |client| assert_eq!(client.go(), [(id::UNTRACK, 11)]),
        |client| {
            client.go();
            client.refuse(CsError::TryAgain);
        },
    ];
    for moment in moments {
        for closes in [false, true] {
            let (mut client, reader) = tracked::<Tracked>(8);
            let call = client.session.unsubscribe_call(reader, None);
            moment(&mut client);
            if closes {
                client.session.close();
            } else {
                client.lose();
            }
            assert!(client.is_unsubscribed(call));
            client.assert_idle();
        }
    }
}

#[test]
fn without_a_request_that_ends_it_the_end_of_the_connection_is_asked_for_once() {
    let (mut client, first) = tracked::<Group>(8);
    let call = client.session.unsubscribe_call(first, None);
    assert_eq!(client.outputs(), [Output::Leave]);
    assert_eq!(client.go(), []);
    // It ends in any case: who comes now waits for the next connection.
    let (_, opened) = client.follow();
    client.added(0, 8);
    client.session.events_drained();
    assert_eq!(client.outputs(), []);
    assert!(client.outcome(call).is_none() && client.outcome(opened).is_none());
    client.lose();
    assert!(client.is_unsubscribed(call));
    client.connect();
    assert_eq!(client.go(), [(id::PREPARE, 0)]);
}

#[test]
fn it_can_time_out_and_be_abandoned() {
    let (mut client, reader) = tracked::<Tracked>(8);
    let call = client.session.unsubscribe_call(reader, Some(client.now + PAUSE));
    client.after(PAUSE);
    assert_eq!(client.error(call), CallError::Timeout { sent: false });
    client.go();
    client.reply(id::UNTRACK, 0);
    client.session.events_drained();
    client.assert_idle();
    let (mut client, reader) = tracked::<Tracked>(8);
    let call = client.session.unsubscribe_call(reader, None);
    client.go();
    client.session.abandon(call);
    client.reply(id::UNTRACK, 0);
    client.session.events_drained();
    client.assert_idle();
}
