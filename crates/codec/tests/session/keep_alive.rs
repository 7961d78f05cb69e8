use super::*;

const INTERVAL: Duration = Duration::from_secs(1);

fn watched() -> (Client<Tracked>, ReaderId) {
    let (mut client, reader) = tracked::<Tracked>(8);
    client.session.set_keep_alive(Some(INTERVAL));
    client.lose();
    client.connect();
    client.go();
    client.state(2, [3, 4]);
    client.established(11);
    client.items(reader);
    client.outputs();
    (client, reader)
}

#[test]
fn a_daemon_that_says_nothing_is_asked_and_then_silent_until_it_is_heard() {
    let (mut client, reader) = watched();
    assert_eq!(client.session.poll_timeout(), Some(client.now + INTERVAL));
    client.after(INTERVAL);
    assert_eq!(client.go(), [], "it was heard in that time");
    client.after(INTERVAL);
    assert_eq!(client.go(), [(id::PING, 0)]);
    assert!(!client.session.is_silent());
    client.after(INTERVAL);
    assert!(client.session.is_silent());
    assert_eq!(client.session.view(reader), None, "what it said may be out of date");
    assert_eq!(client.outputs(), [Output::Readable(reader)]);
    assert_eq!(client.items(reader), (vec![], None));
    client.after(INTERVAL);
    assert_eq!(
        (client.go(), client.outputs()),
        (vec![], vec![]),
        "it is asked once, and told once"
    );
    client.reply(id::PING, 0);
    assert!(!client.session.is_silent());
    assert_eq!(client.session.view(reader).and_then(|view| view.value()), Some(7));
    assert_eq!(client.outputs(), [Output::Readable(reader)]);
}

#[test]
fn anything_it_says_is_a_sign_of_life() {
    let (mut client, reader) = watched();
    (0..3).for_each(|_| client.after(INTERVAL));
    assert!(client.session.is_silent());
    client.go();
    client.added(2, 8);
    assert!(!client.session.is_silent());
    client.items(reader);
    client.after(INTERVAL);
    client.after(INTERVAL);
    assert!(client.session.is_silent(), "it has not answered yet");
    client.reply(id::PING, 0);
    assert!(!client.session.is_silent());
    for _ in 0..5 {
        client.added(2, 9);
        client.after(INTERVAL);
        assert_eq!(client.go(), []);
    }
}

#[test]
fn a_refusal_is_a_sign_of_life() {
    let (mut client, _) = watched();
    (0..3).for_each(|_| client.after(INTERVAL));
    client.go();
    client.refuse(CsError::InvalidParam);
    assert!(!client.session.is_silent());
    client.after(INTERVAL);
    assert_eq!(client.go(), [], "it was heard in that time");
    client.after(INTERVAL);
    assert!(!client.session.is_silent());
    assert_eq!(client.go(), [(id::PING, 0)], "it is asked each time");
}

#[test]
fn a_loss_is_no_silence_and_the_next_connection_starts_anew() {
    let (mut client, reader) = watched();
    (0..3).for_each(|_| client.after(INTERVAL));
    client.go();
    client.lose();
    assert!(!client.session.is_silent());
    assert_eq!(client.session.poll_timeout(), None);
    client.connect();
    assert_eq!(client.session.poll_timeout(), Some(client.now + INTERVAL));
    client.session.set_keep_alive(None);
    client.lose();
    client.connect();
    assert_eq!(client.session.poll_timeout(), None);
    client.session.unsubscribe(reader);
    client.assert_idle();
}

#[test]
fn a_client_can_be_closed_while_it_waits() {
    let (mut client, reader) = watched();
    (0..3).for_each(|_| client.after(INTERVAL));
    client.session.close();
    assert!(!client.session.is_silent());
    client.session.unsubscribe(reader);
    client.assert_idle();
}

#[test]
fn a_daemon_that_cannot_be_asked_is_not_silent() {
    let (mut client, _) = watched();
    client.call(Request::Late(1));
    client.go();
    (0..5).for_each(|_| client.after(INTERVAL));
    assert_eq!(client.go(), []);
    assert!(!client.session.is_silent());
    client.reply(id::LATE, 1);
    assert_eq!(client.go(), [(id::PING, 0)]);
    (0..2).for_each(|_| client.after(INTERVAL));
    assert!(client.session.is_silent());
}

#[test]
fn a_service_without_a_request_for_it_is_not_asked() {
    let mut client = up::<Plain>();
    client.lose();
    client.session.set_keep_alive(Some(INTERVAL));
    client.connect();
    client.assert_idle();
}
