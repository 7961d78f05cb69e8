use tokio::spawn;

use super::*;

#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_a_connection_go_out_in_one_write() {
    let wire = Wire::served();
    let port = Port::accepting(&wire);
    let client = port.builder::<Made<Tracked>>().reconnect(FAST).connect().await.unwrap();
    wire.end();
    settle().await;
    assert_eq!(client.epoch(), None);
    let calls: Vec<_> = (0..8).map(|number| spawn(get(&client, number))).collect();
    settle().await;
    let next = Wire::served();
    port.decide(Attempt::Accepted(next.clone()));
    for (number, call) in (0..).zip(calls) {
        assert_eq!(call.await.unwrap().unwrap().number, number);
    }
    assert_eq!(next.with(|state| state.writes.clone()), [8]);
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_made_together_go_out_together() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let calls: Vec<_> = (0..8).map(|number| spawn(get(&client, number))).collect();
    settle().await;
    // The first is alone when it is made.
    assert_eq!(wire.with(|state| state.writes.clone()), [1, 7]);
    wire.serve();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_alone_takes_its_reply_by_itself() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let mut call = std::pin::pin!(get(&client, 7));
    // It may take a turn that it gives to others.
    let replied = (0..2).find_map(|_| match poll_once(call.as_mut()) {
        Poll::Ready(outcome) => Some(outcome.unwrap().number),
        Poll::Pending => None,
    });
    assert_eq!(replied, Some(7));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_not_sent_never_is() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    wire.set_room(Some(0));
    let mut given_up = Box::pin(get(&client, 1));
    assert!(poll_once(given_up.as_mut()).is_pending());
    let kept = spawn(get(&client, 2));
    settle().await;
    drop(given_up);
    wire.set_room(None);
    // Nothing rings; the driver looks again.
    sleep(SECOND).await;
    assert_eq!(wire.with(|state| state.requests.clone()), [(id::GET, [2, 0])]);
    wire.serve();
    assert_eq!(kept.await.unwrap().unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn the_reply_to_a_call_that_was_given_up_is_swallowed() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let mut given_up = Box::pin(get(&client, 1));
    assert!(poll_once(given_up.as_mut()).is_pending());
    let kept = spawn(get(&client, 2));
    settle().await;
    drop(given_up);
    wire.serve();
    assert_eq!(kept.await.unwrap().unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn eighty_thousand_calls_wait_and_are_answered_or_given_up() {
    const CALLS: u64 = 80_000;
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let mut calls: Vec<_> = (0..CALLS).map(|number| Box::pin(get(&client, number))).collect();
    calls.iter_mut().for_each(|call| assert!(poll_once(call.as_mut()).is_pending()));
    calls.truncate(1000);
    let calls: Vec<_> = calls.into_iter().map(spawn).collect();
    for (number, call) in (0..).zip(calls) {
        while !call.is_finished() {
            wire.serve();
            settle().await;
        }
        assert_eq!(call.await.unwrap().unwrap().number, number);
    }
    let sent: usize = wire.with(|state| state.writes.iter().sum());
    assert_eq!(sent, 1000, "what was given up before it went never goes");
}

#[tokio::test(start_paused = true)]
async fn requests_without_a_reply_are_done_when_they_are_sent() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    client.send(say(1, false)).await.unwrap();
    assert_eq!(wire.with(|state| state.requests.len()), 1);
    let error = client.call(say(2, false)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

/// A fragment that the daemon has no room for is sent again after a pause, though nothing rings then.
#[tokio::test(start_paused = true)]
async fn a_request_is_sent_again_after_try_again() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await.with_timeout(None);
    let call = spawn(async move { client.call(Request::Insist(3)).await });
    settle().await;
    for _ in 0..3 {
        assert_eq!(wire.with(|state| state.requests.pop_front()), Some((id::GET, [3, 0])));
        wire.reply(id::GET, CsError::TryAgain, 0);
        sleep(SECOND).await;
    }
    wire.serve();
    assert_eq!(call.await.unwrap().unwrap().number, 3);
}
