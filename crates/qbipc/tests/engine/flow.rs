use tokio::spawn;
use tokio::time::timeout;

use super::*;

#[tokio::test(start_paused = true)]
async fn gated_requests_wait_for_the_daemon_and_others_pass() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await.with_timeout(60 * SECOND);
    wire.set_stopped(true);
    let gated: Vec<_> = (0..3)
        .map(|number| {
            let client = client.clone();
            spawn(async move { client.send(say(number, true)).await })
        })
        .collect();
    let other = spawn(get(&client, 9));
    sleep(SECOND).await;
    assert_eq!(wire.with(|state| state.requests.clone()), [(id::GET, [9, 0])]);
    wire.serve();
    assert_eq!(other.await.unwrap().unwrap().number, 9);
    sleep(10 * SECOND).await;
    // Nothing rings when the daemon takes requests again.
    wire.set_stopped(false);
    sleep(Duration::from_millis(10)).await;
    let numbers: Vec<_> = wire.with(|state| state.requests.iter().map(|r| r.1[0]).collect());
    assert_eq!(numbers, [0, 1, 2]);
    for call in gated {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_gated_request_that_never_went_says_so() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    wire.set_stopped(true);
    let error = client.send(say(1, true)).await.unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("was not sent"), "{error}");
    wire.set_stopped(false);
    sleep(SECOND).await;
    assert!(wire.with(|state| state.requests.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn requests_without_room_go_out_when_there_is_some() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    wire.set_room(Some(2));
    let calls: Vec<_> = (0..5).map(|number| spawn(get(&client, number))).collect();
    while wire.with(|state| state.writes.iter().sum::<usize>()) < 5 {
        wire.serve();
        sleep(SECOND / 10).await;
    }
    assert!(wire.with(|state| state.writes.iter().all(|&written| written <= 2)));
    wire.serve();
    for (number, call) in (0..).zip(calls) {
        assert_eq!(call.await.unwrap().unwrap().number, number);
    }
}

/// The driver has to look though it has no deadline to keep.
#[tokio::test(start_paused = true)]
async fn what_nothing_rings_for_is_found_without_a_deadline_too() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await.with_timeout(None);
    settle().await;
    wire.set_stopped(true);
    let gated = spawn({
        let client = client.clone();
        async move { client.send(say(1, true)).await }
    });
    settle().await;
    wire.set_stopped(false);
    timeout(60 * SECOND, gated).await.unwrap().unwrap().unwrap();

    let late = spawn(async move { client.call(Request::Late(1)).await });
    settle().await;
    wire.with(|state| state.reply(id::LATE, CsError::Ok, 1));
    assert_eq!(timeout(60 * SECOND, late).await.unwrap().unwrap().unwrap().number, 1);
}
