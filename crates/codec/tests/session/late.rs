use super::*;

#[test]
fn nothing_that_has_a_reply_follows_a_late_request() {
    let mut client = up::<Tracked>();
    let before = client.get(1);
    let late = client.call(Request::Late(2));
    let behind = client.get(3);
    let another = client.call(Request::Late(4));
    assert_eq!(client.go(), [(id::GET, 1), (id::LATE, 2)]);
    assert!(client.session.owes_late());
    client.reply(id::GET, 1);
    assert_eq!(client.go(), []);
    client.reply(id::LATE, 2);
    assert!(!client.session.owes_late());
    assert_eq!(client.go(), [(id::GET, 3), (id::LATE, 4)]);
    client.reply(id::GET, 3);
    client.reply(id::LATE, 4);
    for call in [before, late, behind, another] {
        assert!(client.outcome(call).unwrap().is_ok());
    }
    client.assert_idle();
}

#[test]
fn a_late_request_that_was_given_up_is_owed_all_the_same() {
    let mut client = up::<Tracked>();
    let late = client.call(Request::Late(1));
    client.go();
    client.session.abandon(late);
    client.get(2);
    let (_, _) = client.follow();
    assert_eq!(client.go(), [], "the session's own requests wait too");
    assert!(client.session.owes_late());
    client.reply(id::LATE, 1);
    assert_eq!(client.go(), [(id::TRACK, 1), (id::GET, 2)], "subscriptions before calls");
}

#[test]
fn what_has_no_reply_may_follow() {
    let mut client = up::<Group>();
    client.call(Request::Late(1));
    client.call(say(2, true));
    client.call(say(3, false));
    assert_eq!(client.go(), [(id::LATE, 1), (id::SAY, 3), (id::SAY, 2)]);
    assert_eq!(client.session.owed(), 1, "it is never owed");
}

#[test]
fn a_late_reply_is_not_owed_on_the_next_connection() {
    let mut client = up::<Tracked>();
    client.call(Request::Late(1));
    client.go();
    client.lose();
    assert!(!client.session.owes_late());
    client.connect();
    client.get(2);
    assert_eq!(client.go(), [(id::GET, 2)]);
}
