//! The end of a connection, so that neither side is left with anything of the other.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tracing::debug;

use super::channels::Channels;

/// How long sockets stay open for answers that are owed. A daemon that takes longer is stopped.
const LINGER: Duration = Duration::from_secs(1);

/// How often to look for those answers.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Most events taken in at a look.
const MAX_EVENTS: usize = 256;

/// A connection that is over.
///
/// The work is done in `Drop`, and so on every way out: a client that is closed, a runtime that is
/// dropped, a panic. No task has to be waited for.
#[derive(Debug)]
pub(super) struct Parting<C: Channels> {
    last: Option<Last<C>>,
    daemon_is_gone: bool,
}

/// What is left of a connection.
#[derive(Debug)]
struct Last<C> {
    connection: C,
    owed: usize,
    until: Instant,
}

impl<C: Channels> Parting<C> {
    /// The end of a connection over which so many replies are owed.
    pub(super) fn new(connection: C, owed: usize, daemon_is_gone: bool) -> Self {
        let until = Instant::now() + LINGER;
        Self { last: Some(Last { connection, owed, until }), daemon_is_gone }
    }
}

impl<C: Channels> Drop for Parting<C> {
    fn drop(&mut self) {
        let Some(mut last) = self.last.take() else { return };
        if self.daemon_is_gone {
            last.connection.remove_files();
        } else if last.look() {
            linger(Box::new(last));
        }
    }
}

trait Linger: Send {
    /// Takes in what has come. Returns whether the daemon still needs the sockets.
    ///
    /// When it first answers, and when it first sends an event, it connects to them. If they are gone
    /// it tries for a second to reach them, and serves no other client meanwhile.
    fn look(&mut self) -> bool;
}

impl<C: Channels> Linger for Last<C> {
    fn look(&mut self) -> bool {
        if !self.connection.has_to_linger(self.owed) {
            return false;
        }
        let mut message = BytesMut::new();
        while self.owed > 0 && self.connection.pop_response(&mut message).unwrap_or(false) {
            self.owed -= 1;
        }
        for _ in 0..MAX_EVENTS {
            if !self.connection.pop_event(&mut message).unwrap_or(false) {
                break;
            }
        }
        let is_open = self.connection.hush().is_ok();
        is_open && self.connection.has_to_linger(self.owed) && Instant::now() < self.until
    }
}

/// The connections of this process that linger.
static LINGERING: Mutex<Lingering> =
    Mutex::new(Lingering { connections: Vec::new(), watched: false });

struct Lingering {
    connections: Vec<Box<dyn Linger>>,
    /// Whether a thread looks after them.
    watched: bool,
}

fn lingering() -> MutexGuard<'static, Lingering> {
    LINGERING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a connection until the daemon does not need it any more. One thread does that for all.
fn linger(connection: Box<dyn Linger>) {
    let mut lingering = lingering();
    lingering.connections.push(connection);
    if mem::replace(&mut lingering.watched, true) {
        return;
    }
    if let Err(error) = thread::Builder::new().name("qbipc-linger".into()).spawn(look_after) {
        // The daemon is as well off as if this process had been killed.
        debug!(%error, "connections are closed before the daemon has answered");
        lingering.watched = false;
        let connections = mem::take(&mut lingering.connections);
        drop(lingering);
        drop(connections);
    }
}

/// Runs while connections linger.
fn look_after() {
    let mut connections = Vec::new();
    loop {
        {
            let mut lingering = lingering();
            connections.append(&mut lingering.connections);
            if connections.is_empty() {
                lingering.watched = false;
                return;
            }
        }
        connections.retain_mut(|connection| connection.look());
        thread::sleep(LOOK_AGAIN);
    }
}
