use super::*;

/// One call is owed; the response breaks the protocol; the connection is lost.
fn broken(response: BytesMut) -> ProtocolError {
    let mut client = up::<Tracked>();
    let calls = [client.get(1), client.get(2)];
    client.go();
    let error = client.handle(response).expect_err("it breaks the protocol");
    client.session.connection_lost(LossReason::Protocol);
    // None of them waits for ever.
    for call in calls {
        assert_eq!(client.error(call), CallError::Lost { sent: true });
    }
    client.assert_idle();
    error
}

#[test]
fn another_reply_than_the_one_that_is_owed_is_an_error() {
    let error = broken(wire::response(id::LATE, CsError::Ok, [1, 0], RESPONSE));
    assert_eq!(error, ProtocolError::Unexpected { found: id::LATE, expected: id::GET });
    let error = broken(wire::response(id::LATE, CsError::Access, [1, 0], RESPONSE));
    assert_eq!(error, ProtocolError::Unexpected { found: id::LATE, expected: id::GET });
    let error = broken(wire::response(0, CsError::Ok, [1, 0], RESPONSE));
    assert_eq!(error, ProtocolError::Unexpected { found: 0, expected: id::GET });
}

#[test]
fn a_reply_that_is_too_long_or_too_short_is_an_error() {
    let error = broken(wire::response(id::GET, CsError::Ok, [1, 0], RESPONSE + 1));
    let (len, most) = (RESPONSE + 1, u32::try_from(RESPONSE).unwrap());
    assert_eq!(error, ProtocolError::TooLong { id: id::GET, len, most });
    let error = broken(wire::response(id::GET, CsError::Ok, [1, 0], RESPONSE - 1));
    assert!(matches!(error, ProtocolError::Decode(_)), "{error:?}");
    let error = broken(BytesMut::from(&[0; 7][..]));
    assert!(matches!(error, ProtocolError::Decode(_)), "{error:?}");
}

#[test]
fn a_reply_that_nothing_owes_is_an_error() {
    let mut client = up::<Tracked>();
    let call = client.get(1);
    client.go();
    client.reply(id::GET, 1);
    let again = wire::response(id::GET, CsError::Ok, [1, 0], RESPONSE);
    assert_eq!(client.handle(again), Err(ProtocolError::NothingOwed { found: id::GET }));
    assert!(client.outcome(call).unwrap().is_ok());
}

#[test]
fn a_reply_to_a_call_that_is_over_is_not_decoded() {
    let mut client = up::<Tracked>();
    let timed_out = client.session.call(Request::Get(1), Some(client.now));
    let abandoned = client.get(2);
    client.go();
    client.after(Duration::ZERO);
    client.session.abandon(abandoned);
    for _ in 0..2 {
        client.handle(wire::response(id::GET, CsError::Ok, [1, 0], RESPONSE - 1)).unwrap();
    }
    assert_eq!(client.error(timed_out), CallError::Timeout { sent: true });
    client.assert_idle();
}

#[test]
fn a_refusal_is_as_long_as_its_header() {
    let mut client = up::<Tracked>();
    let call = client.get(1);
    client.go();
    // What follows the header of a failure means nothing.
    client.handle(wire::response(id::GET, CsError::Access, [0; 2], 25)).unwrap();
    assert_eq!(client.error(call), CallError::Status(CsError::Access));
}

#[test]
fn a_malformed_event_is_an_error_and_ends_nothing_by_itself() {
    let (mut client, reader) = tracked::<Tracked>(8);
    client.items(reader);
    let mut short = BytesMut::from(&[0; 25][..]);
    assert!(client.session.handle_event(&mut short).is_err());
    client.session.connection_lost(LossReason::Protocol);
    let seen = vec![Item::Lost { reason: LossReason::Protocol }];
    assert_eq!(client.items(reader), (seen, None));
}
