use tokio::spawn;
use tokio::time::{Instant, timeout};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_deadline_holds_though_the_driver_slept_without_one() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await.with_timeout(SECOND);
    settle().await;
    let error = timeout(60 * SECOND, get(&client, 1)).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("within 1s"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_earlier_deadline_wakes_a_driver_that_waits_for_a_later_one() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let _late = spawn(get(&client.with_timeout(600 * SECOND), 1));
    // By now the driver looks again rarely.
    sleep(60 * SECOND).await;
    let before = Instant::now();
    let early = get(&client.with_timeout(Duration::from_millis(10)), 2).await;
    assert_eq!(early.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(before.elapsed() < Duration::from_millis(50), "{:?}", before.elapsed());
}

/// A connection that never comes keeps nobody longer than the deadline.
#[tokio::test(start_paused = true)]
async fn a_deadline_holds_without_a_connection() {
    let wire = Wire::served();
    let port = Port::accepting(&wire);
    let client = port.builder::<Made<Tracked>>().reconnect(FAST).connect().await.unwrap();
    wire.end();
    settle().await;
    let error = timeout(60 * SECOND, get(&client, 1)).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_retryable());
    assert!(error.to_string().contains("was not sent"), "{error}");
    let subscribing = client.subscribe(Topic::Follow, Begin::Snapshot);
    let error = timeout(60 * SECOND, subscribing).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

/// The reply came in time, and nothing rang: it counts.
#[tokio::test(start_paused = true)]
async fn what_has_come_is_taken_in_before_a_deadline_is_judged() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await.with_timeout(Duration::from_micros(500));
    let call = spawn(get(&client, 1));
    settle().await;
    wire.with(|state| {
        state.requests.clear();
        state.reply(id::GET, CsError::Ok, 1);
    });
    assert_eq!(call.await.unwrap().unwrap().number, 1);
}

#[tokio::test(start_paused = true)]
async fn a_late_deadline_of_one_call_does_not_delay_another() {
    let wire = Wire::idle();
    let client = connect::<Tracked>(&wire).await;
    let timeouts = [3, 1, 2].map(|seconds| client.with_timeout(seconds * SECOND));
    let calls = timeouts.map(|client| spawn(get(&client, 0)));
    sleep(Duration::from_millis(1500)).await;
    assert_eq!(calls.each_ref().map(tokio::task::JoinHandle::is_finished), [false, true, false]);
    sleep(SECOND).await;
    assert_eq!(calls.each_ref().map(tokio::task::JoinHandle::is_finished), [false, true, true]);
}
