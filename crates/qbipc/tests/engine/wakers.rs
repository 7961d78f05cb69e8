//! What is the user's, wakers and payloads, may do anything when it is woken or dropped.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Wake;
use std::thread;

use tokio::runtime::Builder;
use tokio::spawn;
use tokio::time::timeout;

use super::*;

/// Runs a test in a thread: one that locks what it has locked would never end.
fn ends<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let (ended, end) = mpsc::channel();
    let testing = thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.unwrap().block_on(test());
        let _ = ended.send(());
    });
    if end.recv_timeout(60 * SECOND) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("deadlock");
    }
    testing.join().unwrap();
}

/// A task that owns something.
struct Owns<T>(T);

impl<T: Send + Sync> Wake for Owns<T> {
    fn wake(self: Arc<Self>) {}
}

fn owning<T: Send + Sync + 'static>(owned: T) -> Waker {
    Waker::from(Arc::new(Owns(owned)))
}

fn poll_with<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

async fn subscribe(client: &Client<Made<Keyed>>) -> Reader<Made<Keyed>> {
    client.subscribe(Topic::Follow, Begin::Now).await.unwrap()
}

/// The engine has the last waker of a task, and the task the last handle of a reader, which is dropped
/// with it.
#[test]
fn a_waker_may_be_the_last_owner_of_a_reader() {
    ends(async || {
        let wire = Wire::served();
        let client = connect::<Keyed>(&wire).await;
        let mut readers = Vec::new();
        for _ in 0..8 {
            readers.push(subscribe(&client).await);
        }
        let mut next = || owning(readers.pop().unwrap());
        wire.with(|state| state.serves = false);
        // Given up.
        let mut call = Box::pin(get(&client, 1));
        assert!(poll_with(call.as_mut(), &next()).is_pending());
        drop(call);
        // Replaced.
        let mut call = Box::pin(get(&client, 1));
        assert!(poll_with(call.as_mut(), &next()).is_pending());
        assert!(poll_once(call.as_mut()).is_pending());
        // Woken.
        assert!(poll_with(call.as_mut(), &next()).is_pending());
        settle().await;
        wire.serve();
        settle().await;
        assert!(poll_once(call.as_mut()).is_ready());
        // Of a reader that is dropped, and of one that is replaced.
        for _ in 0..2 {
            wire.with(|state| state.serves = true);
            let reader = subscribe(&client).await;
            reader.register(&Context::from_waker(&next()));
            reader.register(&Context::from_waker(&next()));
        }
        // Of one that waits for the end.
        let mut closed = Box::pin(client.closed());
        assert!(poll_with(closed.as_mut(), &next()).is_pending());
        drop(closed);
    });
}

#[test]
fn a_waker_may_be_the_last_owner_of_a_client() {
    ends(async || {
        let wire = Wire::idle();
        let client = connect::<Tracked>(&wire).await;
        let other = connect::<Tracked>(&Wire::idle()).await;
        let mut call = Box::pin(get(&other, 1));
        assert!(poll_with(call.as_mut(), &owning(client)).is_pending());
        drop(call);
        assert!(wire.has_parted());
    });
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

#[tokio::test(start_paused = true)]
async fn a_waker_that_panics_is_its_owners_affair() {
    let wire = Wire::idle();
    let port = Port::accepting(&wire);
    let client = port.builder::<Made<Tracked>>().reconnect(FAST).connect().await.unwrap();
    let panics = Waker::from(Arc::new(Panics));
    let mut call = Box::pin(get(&client, 1));
    assert!(poll_with(call.as_mut(), &panics).is_pending());
    let other = spawn(get(&client, 2));
    let mut closed = Box::pin(client.closed());
    assert!(poll_with(closed.as_mut(), &panics).is_pending());
    let waiting = client.clone();
    let waiting = spawn(async move { waiting.closed().await });
    settle().await;
    wire.serve();
    assert_eq!(timeout(SECOND, other).await.unwrap().unwrap().unwrap().number, 2);
    wire.end();
    settle().await;
    port.decide(Attempt::Accepted(Wire::served()));
    assert_eq!(get(&client, 3).await.unwrap().number, 3);
    assert!(poll_with(closed.as_mut(), &panics).is_pending());
    client.close().await.unwrap();
    assert!(timeout(SECOND, waiting).await.unwrap().unwrap().is_closed());
}

/// A payload that asks its client when it is dropped, as the user's code may.
struct Payload(Client<Made<Tracked>>, Arc<AtomicUsize>);

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        b"payload"
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        let _ = self.0.epoch();
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_payload_is_dropped_where_no_lock_is_held() {
    ends(async || {
        let wire = Wire::idle();
        let client = connect::<Tracked>(&wire).await.with_timeout(SECOND);
        let dropped = Arc::new(AtomicUsize::new(0));
        let say = |gated| {
            let payload = Bytes::from_owner(Payload(client.clone(), Arc::clone(&dropped)));
            let client = client.clone();
            async move { client.send(Request::Say { number: 0, gated, payload }).await }
        };
        // Sent.
        say(false).await.unwrap();
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
        wire.set_stopped(true);
        // Given up.
        let mut given_up = Box::pin(say(true));
        assert!(poll_once(given_up.as_mut()).is_pending());
        drop(given_up);
        assert_eq!(dropped.load(Ordering::Relaxed), 2);
        // Too late.
        assert!(say(true).await.unwrap_err().is_timeout());
        assert_eq!(dropped.load(Ordering::Relaxed), 3);
        // For another connection.
        let epoch = client.epoch().unwrap();
        let waiting = spawn(say(true));
        settle().await;
        wire.end();
        assert!(waiting.await.unwrap().unwrap_err().is_closed());
        let payload = Bytes::from_owner(Payload(client.clone(), Arc::clone(&dropped)));
        let late = Request::Say { number: 0, gated: false, payload };
        assert!(client.send_in(epoch, late).await.unwrap_err().is_closed());
        assert!(say(false).await.unwrap_err().is_closed());
        assert_eq!(dropped.load(Ordering::Relaxed), 6);
    });
}

/// Counts how many of its wakers there are.
struct Counted;

impl Wake for Counted {
    fn wake(self: Arc<Self>) {}
}

#[tokio::test(start_paused = true)]
async fn what_is_given_up_leaves_no_waker() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let mut reader = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    wire.with(|state| state.serves = false);
    let call = spawn(get(&client, 1));
    settle().await;
    let counted = Arc::new(Counted);
    let waker = Waker::from(Arc::clone(&counted));
    let wakers = || Arc::strong_count(&counted) - 2;
    for number in 0..30_000 {
        assert!(poll_with(pin!(reader.next()), &waker).is_pending());
        assert!(poll_with(pin!(client.closed()), &waker).is_pending());
        assert_eq!(wakers(), 1, "it is the reader's, and replaced");
        if number % 100 == 0 {
            assert!(poll_with(pin!(get(&client, number)), &waker).is_pending());
            assert_eq!(wakers(), 1);
            settle().await;
        }
    }
    drop(reader);
    assert_eq!(wakers(), 0);
    wire.serve();
    settle().await;
    wire.serve();
    call.await.unwrap().unwrap();
    // The client goes on closing.
    let call = spawn(get(&client, 1));
    settle().await;
    for _ in 0..30_000 {
        assert!(poll_with(pin!(client.close()), &waker).is_pending());
    }
    assert_eq!(wakers(), 0);
    wire.serve();
    call.await.unwrap().unwrap();
}
