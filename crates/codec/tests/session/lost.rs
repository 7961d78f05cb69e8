use super::*;

#[test]
fn a_subscription_is_started_again_on_the_next_connection() {
    let (mut client, reader) = tracked::<Tracked>(8);
    client.items(reader);
    client.lose();
    assert_eq!(client.session.view(reader), None);
    assert_eq!(client.session.handle(reader), None);
    assert_eq!(client.items(reader), (vec![lost()], None));
    client.connect();
    assert_eq!(client.go(), [(id::TRACK, 2)]);
    client.added(1, 8);
    client.state(2, [4, 5]);
    client.established(12);
    let seen = vec![base(2, 0, 4), base(2, 1, 5), Item::Restored];
    assert_eq!(client.items(reader), (seen, None));
    client.session.events_drained();
    assert_eq!(client.items(reader), (vec![], None), "it is told once");
}

#[test]
fn losses_with_nothing_between_are_one() {
    let (mut client, reader) = tracked::<Tracked>(8);
    client.items(reader);
    for _ in 0..3 {
        client.lose();
        client.lose();
        client.connect();
        client.go();
    }
    client.state(4, [4, 5]);
    client.established(12);
    let seen = vec![lost(), base(4, 0, 4), base(4, 1, 5), Item::Restored];
    assert_eq!(client.items(reader), (seen, None));
}

#[test]
fn part_of_a_state_is_followed_by_another_loss() {
    let (mut client, reader) = tracked::<Tracked>(8);
    client.items(reader);
    client.lose();
    client.connect();
    client.go();
    client.event(id::BASE, 2, 1);
    client.lose();
    client.connect();
    client.go();
    client.state(3, [4, 5]);
    client.established(12);
    let seen = vec![lost(), base(2, 0, 1), lost(), base(3, 0, 4), base(3, 1, 5), Item::Restored];
    assert_eq!(client.items(reader), (seen, None));
}

#[test]
fn nothing_of_a_lost_connection_is_told_as_a_first_state() {
    let mut client = up::<Tracked>();
    let (reader, call) = client.follow();
    client.go();
    client.event(id::BASE, 1, 3);
    client.lose();
    client.connect();
    client.go();
    assert!(client.outcome(call).is_none(), "it waits on");
    client.state(2, [4, 5]);
    client.established(12);
    assert!(client.is_subscribed(call));
    assert_eq!(client.items(reader), (vec![base(2, 0, 4), base(2, 1, 5)], None));
}

#[test]
fn a_loss_while_a_step_pauses_forgets_the_pause() {
    let mut client = up::<Stepped>();
    let (_, call) = client.follow();
    client.go();
    client.refuse(CsError::TryAgain);
    client.lose();
    assert_eq!(client.session.poll_timeout(), None);
    client.connect();
    assert_eq!(client.go(), [(id::PREPARE, 0)]);
    client.after(PAUSE);
    assert_eq!(client.go(), []);
    client.reply(id::PREPARE, 0);
    client.go();
    client.state(0, [3, 4]);
    client.established(11);
    assert!(client.is_subscribed(call));
}

#[test]
fn readers_that_go_in_an_outage_leave_nothing() {
    let (mut client, reader) = tracked::<Tracked>(8);
    client.lose();
    client.session.unsubscribe(reader);
    client.assert_idle();
    client.connect();
    assert_eq!(client.go(), []);
}

#[test]
fn a_start_that_is_refused_after_a_loss_ends_the_reader() {
    let (mut client, reader) = tracked::<Tracked>(8);
    client.items(reader);
    client.lose();
    client.connect();
    client.go();
    client.refuse(CsError::Access);
    let end = Some(End::Refused(CsError::Access));
    assert_eq!(client.items(reader), (vec![lost()], end));
}

#[test]
fn without_a_state_all_is_restored_with_the_subscription() {
    let mut client = up::<Plain>();
    let (reader, call) = client.follow();
    client.go();
    client.reply(id::TRACK, 11);
    assert!(client.is_subscribed(call));
    client.lose();
    client.connect();
    client.go();
    client.reply(id::TRACK, 11);
    client.added(0, 8);
    assert_eq!(client.items(reader).0, [lost(), Item::Restored, grown(0, 1, 8)]);
}
