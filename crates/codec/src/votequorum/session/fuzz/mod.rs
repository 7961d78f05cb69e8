//! The session as a list of operations, against a model that knows nothing of it.
//!
//! [`World`] is a client, a session and a [daemon](daemon). The client calls, tracks, gives up and
//! asks for outcomes; bytes go between the session and the daemon as they would on a connection,
//! each channel at its own pace. What the session has to say each time follows from the
//! [calls](calls) and [tracks](tracks) as the client and the daemon know them.
//!
//! The properties: every call has one outcome, which is its own; every notification goes to the
//! track it was sent for, and none is lost; requests go out in order, as soon as they may; and at
//! the end, when the daemon has answered, nothing is owed, queued or kept.

#![expect(clippy::indexing_slicing, reason = "a model that is wrong about itself has to fail")]

mod calls;
mod client;
mod connection;
mod daemon;
pub mod operation;
mod tracks;
mod window;

use std::time::Instant;

use self::calls::Calls;
use self::daemon::Daemon;
use self::tracks::Tracks;
use self::window::WindowModel;
use super::Session;
use crate::fuzzing::{Memory, Script, Target};

/// The window in the first bytes, then operations of a byte and its arguments.
pub const SESSION: Target = Target {
    name: "vq_session",
    check: |_| {},
    decode: run,
    memory: Memory { per_byte: 8 * 1024, beside: 64 * 1024 },
};

fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut world = World::new(&mut script);
    while !script.is_empty() {
        world.step(&mut script);
        world.check();
    }
    world.finish();
}

/// A session and everything around it.
struct World {
    session: Session,
    now: Instant,
    window: WindowModel,
    calls: Calls,
    tracks: Tracks,
    daemon: Daemon,
    connected: bool,
}

impl World {
    fn new(script: &mut Script<'_>) -> Self {
        let window = WindowModel::new(script);
        Self {
            session: Session::new(window.real()),
            now: Instant::now(),
            window,
            calls: Calls::default(),
            tracks: Tracks::default(),
            daemon: Daemon::default(),
            connected: true,
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        match script.u8() % operation::COUNT {
            operation::CALL => self.call(script.u8(), script.u8()),
            operation::TRACK => self.track(script.u8(), script.u8()),
            operation::UNTRACK => self.untrack(script.u8()),
            operation::UNTRACK_CALL => self.untrack_call(script.u8(), script.u8()),
            operation::ABANDON => self.abandon(script.u8()),
            operation::TAKE => self.take(script.u8()),
            operation::TRANSMIT => drop(self.transmit()),
            operation::TRANSMIT_ALL => self.transmit_all(),
            operation::DAEMON_ONE => self.daemon_takes(1),
            operation::DAEMON_ALL => self.daemon_takes(usize::MAX),
            operation::RESPONSE => drop(self.deliver_response()),
            operation::EVENT => drop(self.deliver_event()),
            operation::PUMP => self.pump(script.u8().into()),
            operation::REGISTERED => self.daemon.finish_register(),
            operation::CHANGE => self.daemon.change(),
            operation::ADVANCE => self.advance(script.u8()),
            operation::WRONG_RESPONSE => self.wrong_response(script.u8()),
            operation::WRONG_EVENT => self.wrong_event(script.u8()),
            operation::CLOSE => self.close(),
            _ => self.reopen(script),
        }
    }

    /// What has to hold between any two operations.
    fn check(&self) {
        assert_eq!(self.session.queued(), self.calls.queue.len());
        assert_eq!(self.session.owed(), self.calls.owed.len());
        assert_eq!(self.session.owes_register(), self.calls.owes_register());
        if let Some(earliest) = self.calls.earliest_deadline() {
            let timeout = self.session.poll_timeout();
            assert!(timeout.is_some_and(|timeout| timeout <= earliest), "a deadline is forgotten");
        }
    }

    /// Lets the daemon answer everything, and the client take all outcomes: nothing is left.
    fn finish(&mut self) {
        if !self.connected {
            self.reopen(&mut Script::new(&[]));
        }
        // Every round lets at least one request out or one answer in.
        let rounds = 3 * (1 + self.calls.queue.len() + self.calls.owed.len());
        for _ in 0..rounds {
            self.transmit_all();
            self.daemon_takes(usize::MAX);
            self.daemon.finish_register();
            self.pump(0);
            self.check();
        }
        assert_eq!(self.calls.queue.len(), 0, "requests never go out");
        assert_eq!(self.calls.owed.len(), 0, "replies are owed for ever");
        for call in 0..self.calls.len() {
            self.take_call(call);
            assert!(!self.calls.is_open(call), "a call never comes to an end");
        }
        assert_eq!(self.session.open_calls(), 0, "calls are kept for nobody");
    }
}
