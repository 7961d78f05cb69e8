//! How calls, the driver and readers hand over to each other, in every order in which their threads
//! can run (up to a number of preemptions).
//!
//! The modules are the library's own; [`world`] is not: its locks are loom's, its daemon is a thread
//! of the model, and its timers never fire. So whoever is not woken when it should be hangs, and loom
//! says so.

#[expect(dead_code, unused_imports, reason = "not all of it takes part")]
#[path = "../../src/connection/mod.rs"]
mod connection;
mod daemon;
#[expect(dead_code, unreachable_pub, reason = "not all of it takes part")]
#[path = "../../src/error.rs"]
mod error;
#[expect(dead_code, unreachable_pub, reason = "not all of it takes part")]
#[path = "../../src/event.rs"]
mod event;
#[expect(unreachable_pub, reason = "it is the library's")]
#[path = "../../src/event_fd.rs"]
mod event_fd;
#[path = "../../src/remedy.rs"]
mod remedy;
mod world;

use std::future::poll_fn;
use std::num::NonZeroU8;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use loom::future::block_on;
use loom::thread;
use quorate_codec::Reconnect;
use quorate_codec::votequorum::setexpected::SetExpected;
use quorate_codec::votequorum::{Reply, Request, TrackFlags};

use crate::connection::{Call, Handle, Mailbox, Operation, Settings};
use crate::daemon::Daemon;
use crate::error::Error;
use crate::event::{Event, GapReason};
use crate::event_fd::EventFd;
use crate::world::{ConnectOptions, explore};

/// A connection, its driver in a thread of its own.
fn connect(daemon: &Daemon) -> Handle {
    let settings = Settings {
        timeout: None,
        window: NonZeroU8::new(2).unwrap(),
        event_capacity: 4,
        // It only makes the model larger: a call that looks once more does nothing another does not.
        spin: Duration::ZERO,
        reconnect: None,
    };
    connection::start(daemon.connect(), ConnectOptions, settings)
}

fn request(votes: u32) -> Operation {
    Operation::Request(Request::SetExpected(SetExpected { expected_votes: votes }))
}

fn call(handle: &Handle) -> Result<Reply, Error> {
    block_on(Call::new(handle, request(1), None))
}

#[test]
fn two_calls_are_both_answered() {
    explore(|| {
        let daemon = Daemon::start(2);
        let handle = Arc::new(connect(&daemon));
        let other = Arc::clone(&handle);
        let other = thread::spawn(move || call(&other).map(drop));
        call(&handle).unwrap();
        other.join().unwrap().unwrap();
        drop(handle);
        daemon.join();
    });
}

/// The first waits for its reply by itself until the second comes.
#[test]
fn a_call_is_answered_that_is_alone_no_more() {
    explore(|| {
        let daemon = Daemon::start_that_stays(2);
        let handle = connect(&daemon);
        let mut first = Box::pin(Call::new(&handle, request(1), None));
        let mut polled = block_on(poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx))));
        call(&handle).unwrap();
        if polled.is_pending() {
            polled = Poll::Ready(block_on(first.as_mut()));
        }
        assert!(matches!(polled, Poll::Ready(Ok(_))));
        drop(first);
        drop(handle);
        daemon.join();
    });
}

#[test]
fn a_call_that_is_given_up_disturbs_no_other() {
    explore(|| {
        let daemon = Daemon::start(2);
        let handle = Arc::new(connect(&daemon));
        let other = Arc::clone(&handle);
        let other = thread::spawn(move || {
            let mut call = Box::pin(Call::new(&other, request(1), None));
            block_on(poll_fn(|cx| {
                let _ = call.as_mut().poll(cx);
                Poll::Ready(())
            }));
        });
        call(&handle).unwrap();
        other.join().unwrap();
        drop(handle);
        daemon.join();
    });
}

#[test]
fn calls_end_when_the_daemon_is_gone() {
    explore(|| {
        let daemon = Daemon::start(1);
        let handle = Arc::new(connect(&daemon));
        let other = Arc::clone(&handle);
        let other = thread::spawn(move || call(&other).is_ok());
        let mine = call(&handle).is_ok();
        let answered = [mine, other.join().unwrap()];
        assert!(answered != [true, true], "it answers once, and then it is gone");
        drop(handle);
        daemon.join();
    });
}

#[test]
fn a_reader_is_woken_by_events_and_by_the_end() {
    explore(|| {
        let daemon = Daemon::start(1);
        let handle = connect(&daemon);
        let mailbox = Arc::new(Mailbox::new(4));
        let flags = TrackFlags::CHANGES_ONLY;
        let track = Operation::Track { context: 0, flags, mailbox: Arc::clone(&mailbox) };
        block_on(Call::new(&handle, track, None)).unwrap();
        // The daemon sends an event after it has answered, and then it is gone.
        let mut events = Vec::new();
        let mut batch = std::collections::VecDeque::new();
        loop {
            let mail = block_on(poll_fn(|cx| mailbox.poll_take(&mut batch, Some(cx))));
            events.extend(batch.drain(..));
            if mail.is_some_and(|mail| mail.end.is_some()) {
                break;
            }
        }
        assert_eq!(events.len(), 1, "{events:?}");
        drop(handle);
        daemon.join();
    });
}

#[test]
fn a_track_that_is_dropped_is_stopped() {
    explore(|| {
        let daemon = Daemon::start(2);
        let handle = connect(&daemon);
        let mailbox = Arc::new(Mailbox::new(4));
        let flags = TrackFlags::CHANGES_ONLY;
        let track = Operation::Track { context: 0, flags, mailbox: Arc::clone(&mailbox) };
        block_on(Call::new(&handle, track, None)).unwrap();
        // Nobody waits for it; the driver has to send it all the same.
        handle.untrack(&mailbox);
        daemon.join();
        drop(handle);
    });
}
