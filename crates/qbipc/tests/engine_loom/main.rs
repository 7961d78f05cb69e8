//! How calls, the driver and readers hand over to each other, in every order in which their threads
//! can run (up to a number of preemptions).
//!
//! The modules are the library's own; [`world`] and [`script`] are not: locks are loom's, the daemon is
//! a thread of the model, and no time passes. So a task that is not woken when it should be hangs, and
//! loom reports it.

mod daemon;
#[expect(dead_code, unused_imports, unreachable_pub, reason = "it is the library's")]
#[path = "../../src/engine/mod.rs"]
mod engine;
#[expect(dead_code, unreachable_pub, reason = "it is the library's")]
#[path = "../../src/error.rs"]
mod error;
#[expect(unreachable_pub, reason = "it is the library's")]
#[path = "../../src/remedy.rs"]
mod remedy;
#[expect(dead_code, reason = "the tests of the engine use the rest")]
#[path = "../script/mod.rs"]
mod script;
mod world;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use loom::thread;
use qbipc::SocketNamespace;
use quorate_codec::Reconnect;
use quorate_models::session::service::{Made, Reply, Request, Topic, What};
use quorate_models::session::variant::{Keyed, Plain, Variant};
use tokio::runtime::{Builder, Runtime};

use crate::daemon::Daemon;
use crate::engine::{Begin, Client, Error, Item};
use crate::error::{ChannelError, ConnectError, TransmitError};
use crate::script::{Attempt, ConnectOptions, Connection, Port, Transmit, Wire, ring};
use crate::world::block_on;

/// Goes through the orders in which threads are interrupted so often where they do not wait, unless
/// `LOOM_MAX_PREEMPTIONS` says otherwise. Each more takes ten times as long.
fn explore(preemptions: usize, test: impl Fn() + Send + Sync + 'static) {
    // The engine asks which runtime it is in. It makes no use of it.
    let runtime: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(preemptions);
    model.max_branches = 100_000;
    let executions = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&executions);
    model.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        test();
    });
    println!("{} orders", executions.load(Ordering::Relaxed));
}

/// A client whose driver is a thread.
fn connect<V: Variant>(port: &Port) -> Client<Made<V>> {
    started(port.builder())
}

fn started<V: Variant>(builder: engine::Builder<Made<V>>) -> Client<Made<V>> {
    // One order of connecting is enough.
    loom::stop_exploring();
    let client = block_on(builder.call_timeout(None).connect()).unwrap();
    loom::explore();
    client
}

fn call<V: Variant>(client: &Client<Made<V>>, number: u64) -> Result<Reply, Error> {
    block_on(client.call(Request::Get(number)))
}

fn in_thread<V: Variant, T: Send + 'static>(
    client: &Client<Made<V>>,
    run: impl FnOnce(&Client<Made<V>>) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let client = client.clone();
    thread::spawn(move || run(&client))
}

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn two_calls_are_both_answered() {
    explore(1, || {
        let daemon = Daemon::that_waits_for_two();
        let client = connect::<Plain>(&daemon.port);
        let other = in_thread(&client, |client| call(client, 1).unwrap().number);
        assert_eq!(call(&client, 2).unwrap().number, 2);
        assert_eq!(other.join().unwrap(), 1);
        drop(client);
        daemon.join();
    });
}

/// It looks once by itself, and then parks.
#[test]
fn a_call_that_gave_way_is_answered() {
    explore(2, || {
        let daemon = Daemon::that_stays();
        let spin = Duration::from_nanos(1);
        let client = started(daemon.port.builder::<Made<Plain>>().spin(spin));
        assert_eq!(call(&client, 1).unwrap().number, 1);
        drop(client);
        daemon.join();
    });
}

#[test]
fn a_call_that_is_given_up_disturbs_no_other() {
    explore(1, || {
        let daemon = Daemon::that_stays();
        let client = connect::<Plain>(&daemon.port);
        let other = in_thread(&client, |client| {
            let _ = poll_once(client.call(Request::Get(1)));
        });
        assert_eq!(call(&client, 2).unwrap().number, 2);
        other.join().unwrap();
        drop(client);
        daemon.join();
    });
}

#[test]
fn calls_end_when_the_daemon_is_gone() {
    explore(1, || {
        let daemon = Daemon::that_goes_away(1);
        let client = connect::<Plain>(&daemon.port);
        let other = in_thread(&client, |client| call(client, 1).is_ok());
        let mine = call(&client, 2).is_ok();
        let answered = [mine, other.join().unwrap()];
        assert!(answered != [true, true], "it answers once, and then it is gone");
        assert!(block_on(client.closed()).is_closed());
        drop(client);
        daemon.join();
    });
}

#[test]
fn calls_are_answered_or_fail_when_the_client_is_closed() {
    explore(2, || {
        let daemon = Daemon::that_stays();
        let client = connect::<Plain>(&daemon.port);
        let other = in_thread(&client, |client| call(client, 1).map(drop));
        block_on(client.close()).unwrap();
        if let Err(error) = other.join().unwrap() {
            assert!(error.is_closed(), "{error}");
        }
        assert!(block_on(client.closed()).is_closed());
        drop(client);
        daemon.join();
    });
}

#[test]
fn the_last_handle_closes_the_connection() {
    explore(2, || {
        let daemon = Daemon::that_stays();
        let client = connect::<Plain>(&daemon.port);
        let other = in_thread(&client, |client| {
            let _ = poll_once(client.call(Request::Get(1)));
        });
        drop(client);
        // It waits until the client has gone.
        daemon.join();
        other.join().unwrap();
    });
}

#[test]
fn a_reader_is_woken_by_events_and_by_the_end() {
    explore(2, || {
        let daemon = Daemon::that_goes_away(1);
        let client = connect::<Plain>(&daemon.port);
        let mut reader = block_on(client.subscribe(Topic::Follow, Begin::Now)).unwrap();
        // The daemon sends an event after it has answered, and then it is gone.
        let event = block_on(reader.next());
        assert!(matches!(event, Some(Ok(Item::Event(_)))), "{event:?}");
        assert!(block_on(reader.next()).unwrap().unwrap_err().is_closed());
        assert!(block_on(reader.next()).is_none());
        drop((reader, client));
        daemon.join();
    });
}

/// The subscription begins or fails, and its reader ends.
#[test]
fn a_subscription_ends_when_the_client_is_closed() {
    explore(2, || {
        let daemon = Daemon::that_stays();
        let client = connect::<Plain>(&daemon.port);
        let other = in_thread(&client, |client| {
            let mut reader = block_on(client.subscribe(Topic::Follow, Begin::Now))?;
            block_on(reader.next()).expect("an error before the end").map(drop)
        });
        block_on(client.close()).unwrap();
        assert!(other.join().unwrap().unwrap_err().is_closed());
        drop(client);
        daemon.join();
    });
}

/// Nothing waits for it; the driver has to send it all the same.
#[test]
fn a_reader_that_is_dropped_ends_its_subscription() {
    explore(2, || {
        let wire = Wire::idle();
        let port = Port::accepting(&wire);
        let daemon = thread::spawn(move || {
            let next = || block_on(poll_fn(|cx| wire.poll_request(cx)));
            use quorate_models::session::service::id::{TRACK, UNTRACK};
            for expected in [TRACK, UNTRACK] {
                let (id, [number, _]) = next().unwrap();
                assert_eq!(id, expected);
                wire.reply(id, quorate_codec::qb::CsError::Ok, number);
            }
        });
        let client = connect::<Plain>(&port);
        let reader = block_on(client.subscribe(Topic::Follow, Begin::Now)).unwrap();
        drop(reader);
        daemon.join().unwrap();
        drop(client);
    });
}

/// The reader that is stopped is dropped when its slot may have another.
#[test]
fn a_reader_that_is_stopped_leaves_the_next_one_alone() {
    explore(1, || {
        let wire = Wire::served();
        let port = Port::accepting(&wire);
        let client = connect::<Keyed>(&port);
        let reader = block_on(client.subscribe(Topic::Follow, Begin::Now)).unwrap();
        let stopping = thread::spawn(move || block_on(reader.stop()));
        let mut next = block_on(client.subscribe(Topic::Follow, Begin::Now)).unwrap();
        let telling = thread::spawn(move || wire.tell(2, 1));
        loop {
            let Some(Ok(Item::Event(event))) = block_on(next.next()) else { panic!("its events") };
            if matches!(event.what, What::Added { .. }) {
                break;
            }
        }
        stopping.join().unwrap().unwrap();
        telling.join().unwrap();
        drop((next, client));
    });
}

/// A call that is made while the connection is lost fails, or goes out over the next.
#[test]
fn a_call_survives_or_fails_when_the_connection_is_lost() {
    explore(2, || {
        let (first, next) = (Wire::served(), Wire::served());
        let port = Port::open([Attempt::Accepted(first.clone()), Attempt::Accepted(next.clone())]);
        let fast = Reconnect::new().first_pause(Duration::ZERO).longest_pause(Duration::ZERO);
        let builder = port.builder::<Made<Plain>>().call_timeout(None).reconnect(fast);
        let client = block_on(builder.connect()).unwrap();
        let ending = thread::spawn(move || first.end());
        match call(&client, 1) {
            Ok(reply) => assert_eq!(reply.number, 1),
            Err(error) => assert_eq!(error.kind(), engine::ErrorKind::Lost, "{error}"),
        }
        ending.join().unwrap();
        // It waits for the next connection if that is not there.
        if client.epoch().is_none() {
            assert_eq!(call(&client, 2).unwrap().number, 2);
        }
        drop(client);
    });
}

/// What is the user's may take the lock: loom reports a lock that a thread takes twice.
struct TakesTheLock(Client<Made<Plain>>);

impl AsRef<[u8]> for TakesTheLock {
    fn as_ref(&self) -> &[u8] {
        &[]
    }
}

impl Drop for TakesTheLock {
    fn drop(&mut self) {
        assert!(self.0.epoch().is_some() || self.0.is_closed());
    }
}

impl std::task::Wake for TakesTheLock {
    fn wake(self: Arc<Self>) {
        let _ = self.0.epoch();
    }
}

#[test]
fn what_is_the_users_may_take_the_lock() {
    explore(2, || {
        let daemon = Daemon::that_stays();
        let client = connect::<Plain>(&daemon.port);
        let other = in_thread(&client, |client| {
            let payload = Bytes::from_owner(TakesTheLock(client.clone()));
            let say = Request::Say { number: 1, gated: false, payload };
            let waker = Waker::from(Arc::new(TakesTheLock(client.clone())));
            let mut cx = Context::from_waker(&waker);
            let _ = pin!(client.send(say)).poll(&mut cx);
            let _ = pin!(client.call(Request::Get(1))).poll(&mut cx);
            let _ = pin!(client.closed()).poll(&mut cx);
        });
        block_on(client.close()).unwrap();
        other.join().unwrap();
        drop(client);
        daemon.join();
    });
}
