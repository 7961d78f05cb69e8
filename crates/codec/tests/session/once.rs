use super::*;

fn once(client: &mut Client<Tracked>) -> (ReaderId, Ticket) {
    client.subscribe(Topic::Once, Begin::Snapshot, 8)
}

#[test]
fn a_reader_of_the_state_alone_ends_with_it_and_nothing_is_to_be_closed() {
    let mut client = up::<Tracked>();
    let (reader, call) = once(&mut client);
    client.go();
    client.state(1, [3, 4]);
    client.established(11);
    assert!(client.is_subscribed(call));
    let seen = vec![base(1, 0, 3), base(1, 1, 4)];
    assert_eq!(client.items(reader), (seen, Some(End::Complete)));
    client.session.unsubscribe(reader);
    client.session.events_drained();
    assert_eq!(client.go(), []);
    client.assert_idle();
}

#[test]
fn it_is_answered_from_the_view_of_what_is_followed() {
    let (mut client, _) = tracked::<Tracked>(8);
    client.added(1, 8);
    let (reader, call) = once(&mut client);
    assert!(client.is_subscribed(call));
    assert_eq!(client.go(), [], "nothing goes out for it");
    let seen = vec![base(1, 0, 4), base(1, 1, 4)];
    assert_eq!(client.items(reader), (seen, Some(End::Complete)));
}

#[test]
fn one_who_follows_starts_when_a_state_alone_was_told() {
    let mut client = up::<Tracked>();
    let (first, _) = once(&mut client);
    client.go();
    let (second, call) = client.follow();
    let (third, _) = once(&mut client);
    client.state(1, [3, 4]);
    client.established(11);
    for reader in [first, third] {
        assert_eq!(client.items(reader).1, Some(End::Complete));
    }
    assert!(client.outcome(call).is_none());
    client.session.events_drained();
    assert_eq!(client.go(), [(id::TRACK, 2)]);
    client.state(2, [3, 4]);
    client.established(12);
    assert!(client.is_subscribed(call));
    assert_eq!(client.items(second), (vec![base(2, 0, 3), base(2, 1, 4)], None));
    client.session.unsubscribe(second);
    assert_eq!(client.go(), [(id::UNTRACK, 12)]);
}

#[test]
fn those_who_come_together_share_what_is_followed() {
    let mut client = up::<Tracked>();
    client.lose();
    let (first, _) = once(&mut client);
    let (second, _) = client.follow();
    client.connect();
    assert_eq!(client.go(), [(id::TRACK, 1)]);
    client.state(1, [3, 4]);
    client.established(11);
    client.added(1, 8);
    let seen = vec![base(1, 0, 3), base(1, 1, 4)];
    assert_eq!(client.items(first), (seen, Some(End::Complete)));
    assert_eq!(client.items(second).0.len(), 3);
}

#[test]
fn one_that_is_given_up_is_not_closed_for_the_daemon() {
    let mut client = up::<Tracked>();
    let (reader, _) = once(&mut client);
    client.go();
    let gone = client.session.unsubscribe_call(reader, None);
    client.state(1, [3, 4]);
    client.reply(id::TRACK, 11);
    assert_eq!(client.go(), [], "the daemon knows of none");
    assert!(client.is_unsubscribed(gone));
    client.session.events_drained();
    client.assert_idle();
}

#[test]
fn a_loss_while_it_waits_starts_it_again() {
    let mut client = up::<Tracked>();
    let (reader, call) = once(&mut client);
    client.go();
    client.event(id::BASE, 1, 3);
    client.lose();
    client.connect();
    client.go();
    client.state(2, [4, 5]);
    client.established(11);
    assert!(client.is_subscribed(call));
    let seen = vec![base(2, 0, 4), base(2, 1, 5)];
    assert_eq!(client.items(reader), (seen, Some(End::Complete)));
}
