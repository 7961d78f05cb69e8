use std::future::poll_fn;
use std::sync::Arc;

use bytes::BytesMut;
use quorate_codec::DecodeError;
use quorate_codec::qb::service::{Answer, Answered, Class, Open, Service};
use tokio::spawn;
use tokio::time::timeout;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_reader_is_woken_by_an_event() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let mut reader = client.subscribe(Topic::Follow, Begin::Snapshot).await.unwrap();
    let first = reader.try_take_all().unwrap();
    assert_eq!(first.len(), 2, "{first:?}");
    let reading = spawn(async move { reader.next().await });
    settle().await;
    wire.tell(1, 43);
    let item = timeout(SECOND, reading).await.unwrap().unwrap();
    assert!(matches!(item, Some(Ok(Item::Event(_)))), "{item:?}");
}

/// A task that takes nothing learns of it too.
#[tokio::test(start_paused = true)]
async fn a_daemon_that_is_silent_is_told_to_whoever_looks_at_the_state() {
    let wire = Wire::served();
    let port = Port::accepting(&wire);
    let client = port.builder::<Made<Tracked>>().keep_alive(SECOND).connect().await.unwrap();
    let reader = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    let until = async |known: bool| {
        let changed = poll_fn(|cx| {
            reader.register(cx);
            if reader.view().is_some() == known { Poll::Ready(()) } else { Poll::Pending }
        });
        timeout(60 * SECOND, changed).await.expect("it is woken");
    };
    until(true).await;
    wire.with(|state| state.serves = false);
    until(false).await;
    assert!(get(&client.with_timeout(SECOND), 1).await.unwrap_err().is_timeout());
    wire.serve();
    until(true).await;
}

/// The slot of a reader that is being stopped has another reader by the time the first is dropped.
#[tokio::test(start_paused = true)]
async fn a_reader_that_is_stopped_leaves_the_next_one_alone() {
    let wire = Wire::served();
    let client = connect::<Keyed>(&wire).await;
    let stopped = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    wire.with(|state| state.serves = false);
    let mut stopping = Box::pin(stopped.stop());
    assert!(poll_once(stopping.as_mut()).is_pending());
    wire.with(|state| state.serves = true);
    let mut reader = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    while reader.try_next().unwrap().is_some() {}
    let reading = spawn(async move { reader.next().await });
    settle().await;
    drop(stopping);
    wire.tell(2, 1);
    let item = timeout(SECOND, reading).await.expect("it is woken").unwrap();
    assert!(matches!(item, Some(Ok(Item::Event(_)))), "{item:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_stopped_when_the_daemon_says_so() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let reader = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    wire.with(|state| state.serves = false);
    let stopping = spawn(reader.stop());
    settle().await;
    assert!(!stopping.is_finished());
    assert_eq!(wire.with(|state| state.requests.clone()), [(id::UNTRACK, [1, 0])]);
    wire.serve();
    timeout(SECOND, stopping).await.unwrap().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_dropped_ends_its_subscription() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let reader = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    wire.with(|state| state.serves = false);
    drop(reader);
    settle().await;
    assert_eq!(wire.with(|state| state.requests.clone()), [(id::UNTRACK, [1, 0])]);
}

/// It works whether or not the runtime runs: nothing is awaited here.
#[tokio::test(start_paused = true)]
async fn what_has_come_can_be_taken_without_waiting() {
    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let mut reader = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    wire.with(|state| (43..45).for_each(|value| state.event(id::ADDED + 1, 1, value)));
    assert!(matches!(reader.try_next(), Ok(Some(Item::Event(_)))));
    assert_eq!(reader.try_take_all().unwrap().len(), 1);
    assert!(matches!(reader.try_next(), Ok(None)));
    wire.with(|state| {
        state.event(id::ADDED + 1, 1, 45);
        state.ended = true;
    });
    assert_eq!(reader.try_take_all().unwrap().len(), 1);
    assert!(reader.try_take_all().unwrap_err().is_closed());
    assert!(reader.is_over() && reader.try_next().unwrap().is_none());
}

/// A service whose subscriptions are counted by their topics.
#[derive(Debug)]
enum Refusing {}

#[derive(Debug)]
struct Start;

impl quorate_codec::qb::service::Request<Refusing> for Start {
    fn name(&self) -> &'static str {
        "START"
    }

    fn class(&self) -> Class {
        Class::Ordinary(Answer { id: id::TRACK, max_len: 64 })
    }

    fn encode(&self, out: &mut BytesMut) {
        quorate_models::session::wire::request(out, id::TRACK, [1, 0], 0);
    }
}

impl Service for Refusing {
    const NAME: &'static str = "refusing";

    type Request = Start;
    type Reply = ();
    type Event = ();
    type Topic = Arc<()>;
    type Handle = ();
    type View = ();

    fn decode_reply(_: i32, _: &mut BytesMut) -> Result<(), DecodeError> {
        Ok(())
    }

    fn decode_event(_: &mut BytesMut) -> Result<(), DecodeError> {
        Ok(())
    }

    fn open(_: &Arc<()>, _: u64, answers: &[Answered<Self>]) -> Open<Self> {
        match answers {
            [] => Open::Send(Start),
            [Err(status), ..] => Open::Refused(*status),
            [Ok(()), ..] => Open::Stands(()),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_fails_leaves_nothing() {
    let wire = Wire::idle();
    let client = Port::accepting(&wire).builder::<Refusing>().connect().await.unwrap();
    let topic = Arc::new(());
    for _ in 0..100 {
        let subscribing = client.subscribe(Arc::clone(&topic), Begin::Now);
        let refused = async {
            settle().await;
            wire.with(|state| state.requests.clear());
            wire.reply(0, CsError::Access, 0);
        };
        let (outcome, ()) = tokio::join!(subscribing, refused);
        assert_eq!(outcome.unwrap_err().status(), Some(CsError::Access));
    }
    settle().await;
    assert_eq!(Arc::strong_count(&topic), 1, "refused");
    for _ in 0..100 {
        let mut subscribing = Box::pin(client.subscribe(Arc::clone(&topic), Begin::Now));
        assert!(poll_once(subscribing.as_mut()).is_pending());
    }
    let outcome = client.subscribe(Arc::clone(&topic), Begin::Now).await;
    assert!(outcome.unwrap_err().is_timeout());
    wire.with(|state| state.requests.clear());
    wire.reply(0, CsError::Access, 0);
    settle().await;
    assert_eq!(Arc::strong_count(&topic), 1, "given up, and too late");
}
