//! The runtime that drives a client stops or ends, and another polls its calls.

use std::thread;

use tokio::runtime::{Builder, Runtime};

use super::*;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// A client whose driver's runtime does not run any more.
fn stopped(wire: &Wire) -> (Runtime, Client<Made<Tracked>>) {
    let stopped = runtime();
    let client = stopped.block_on(connect(wire));
    (stopped, client)
}

#[test]
fn a_deadline_holds_while_the_drivers_runtime_does_not_run() {
    let wire = Wire::idle();
    let (_stopped, client) = stopped(&wire);
    let outcome = runtime().block_on(get(&client, 1));
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Timeout);
    // One that is not alone too, and one that waits for the first state.
    runtime().block_on(async {
        let (a, b) = tokio::join!(get(&client, 2), get(&client, 3));
        assert!(a.unwrap_err().is_timeout() && b.unwrap_err().is_timeout());
        let subscribing = client.subscribe(Topic::Follow, Begin::Snapshot).await;
        assert!(subscribing.unwrap_err().is_timeout());
    });
}

/// The call was first polled by its driver's runtime, which then stopped.
#[test]
fn a_call_that_moves_to_another_runtime_keeps_its_deadline() {
    let wire = Wire::idle();
    let (stopped, client) = stopped(&wire);
    let mut call = Box::pin(get(&client.with_timeout(10 * SECOND), 1));
    stopped.block_on(async {
        assert!(poll_once(call.as_mut()).is_pending());
    });
    let elsewhere = runtime();
    elsewhere.block_on(async {
        let before = tokio::time::Instant::now();
        sleep(8 * SECOND).await;
        assert!(call.await.unwrap_err().is_timeout());
        assert!(before.elapsed() < 12 * SECOND, "{:?}", before.elapsed());
    });
}

#[test]
fn replies_are_taken_in_at_the_deadline_where_the_driver_does_not_run() {
    let wire = Wire::idle();
    let (_stopped, client) = stopped(&wire);
    runtime().block_on(async {
        let call = tokio::spawn(get(&client, 1));
        settle().await;
        wire.serve();
        assert_eq!(call.await.unwrap().unwrap().number, 1);
    });
}

#[test]
fn a_client_closes_where_the_driver_does_not_run() {
    let wire = Wire::served();
    let (_stopped, client) = stopped(&wire);
    runtime().block_on(client.close()).unwrap();
    assert!(wire.has_parted());

    let wire = Wire::idle();
    let (_stopped, client) = stopped_with_a_call(&wire);
    let error = runtime().block_on(client.close()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(client.is_closed() && wire.has_parted());
}

fn stopped_with_a_call(wire: &Wire) -> (Runtime, Client<Made<Tracked>>) {
    let (stopped, client) = stopped(wire);
    stopped.spawn(get(&client, 1));
    stopped.block_on(settle());
    (stopped, client)
}

/// A call that takes its own reply ends a client that waited for nothing else.
#[test]
fn the_last_call_ends_a_client_that_is_to_be_closed() {
    let wire = Wire::idle();
    let (_stopped, client) = stopped(&wire);
    let elsewhere = runtime();
    let mut call = Box::pin(get(&client.with_timeout(SECOND), 1));
    elsewhere.block_on(async {
        assert!(poll_once(call.as_mut()).is_pending());
        let closing = client.with_timeout(60 * SECOND);
        let closing = tokio::spawn(async move { closing.close().await });
        settle().await;
        wire.serve();
        assert_eq!(call.await.unwrap().number, 1);
        closing.await.unwrap().unwrap();
    });
}

/// Outside of any runtime, the driver's keeps the time.
#[test]
fn closing_needs_no_runtime() {
    let wire = Wire::idle();
    let driving = runtime();
    let client = driving.block_on(connect::<Tracked>(&wire));
    let call = driving.spawn(get(&client.with_timeout(None), 1));
    driving.block_on(settle());
    let mut closing = Box::pin(client.close());
    assert!(poll_once(closing.as_mut()).is_pending());
    driving.block_on(async { sleep(10 * SECOND).await });
    let Poll::Ready(closed) = poll_once(closing.as_mut()) else { panic!("the time is up") };
    assert!(closed.unwrap_err().is_timeout());
    assert!(driving.block_on(call).unwrap().unwrap_err().is_closed());
}

/// Dropped before the driver was polled, or after that.
#[test]
fn a_runtime_that_is_dropped_ends_the_client_and_parts() {
    for polled in [false, true] {
        let wire = Wire::idle();
        let port = Port::accepting(&wire);
        let dropped = runtime();
        let builder = port.builder::<Made<Tracked>>();
        let mut connecting = Box::pin(builder.connect());
        let client = dropped.block_on(async {
            match polled {
                true => Some(connecting.as_mut().await.unwrap()),
                false => {
                    assert!(poll_once(connecting.as_mut()).is_pending());
                    None
                }
            }
        });
        let elsewhere = runtime();
        let Some(client) = client else {
            drop(dropped);
            let error = elsewhere.block_on(connecting).unwrap_err();
            assert!(error.is_closed(), "{error}");
            assert!(error.to_string().contains("runtime"), "{error}");
            assert_eq!(port.made(), 0);
            continue;
        };
        let call = elsewhere.spawn(get(&client, 1));
        let waiting = client.clone();
        let closed = elsewhere.spawn(async move { waiting.closed().await });
        elsewhere.block_on(settle());
        drop(dropped);
        let error = elsewhere.block_on(call).unwrap().unwrap_err();
        assert!(error.is_closed() && error.to_string().contains("runtime"), "{error}");
        assert!(elsewhere.block_on(closed).unwrap().is_closed());
        assert!(elsewhere.block_on(get(&client, 1)).unwrap_err().is_closed());
        assert!(wire.has_parted());
        assert_eq!(wire.with(|state| state.removals), 0, "the daemon is there");
    }
}

#[test]
fn the_last_handle_closes_the_connection_where_no_runtime_runs() {
    let wire = Wire::idle();
    let (_stopped, client) = stopped_with_a_call(&wire);
    drop(client);
    // The call's task has the last handle.
    assert!(!wire.has_parted());
    drop(_stopped);
    assert!(wire.has_parted());

    let wire = Wire::idle();
    let (_stopped, client) = stopped(&wire);
    thread::spawn(move || drop(client)).join().unwrap();
    assert!(wire.has_parted());
}

#[test]
fn connecting_takes_a_runtime() {
    let port = Port::open([]);
    let builder = port.builder::<Made<Tracked>>();
    let Poll::Ready(outcome) = poll_once(std::pin::pin!(builder.connect())) else {
        panic!("it does not wait")
    };
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unavailable);
}
