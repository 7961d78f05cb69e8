use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use quorate_codec::qb::service::Service;
use tracing::{debug, error, info};

use super::channels::Channels;
use super::lifecycle::CloseReason;
use super::parting::Parting;

/// So many wakers are kept without an allocation.
const INLINE: usize = 8;

/// What is to be done when the lock is released.
///
/// Wakers to wake, payloads to drop and the subscriber of traces are the user's: what they do is
/// unknown. The end of a connection makes system calls.
#[derive(Debug)]
pub(super) struct After<S: Service, C: Channels> {
    first: [Option<Waker>; INLINE],
    woken: usize,
    more: Vec<Waker>,
    payloads: Vec<S::Request>,
    parting: Option<Parting<C>>,
    notes: Vec<Note>,
    idle: bool,
}

impl<S: Service, C: Channels> Default for After<S, C> {
    fn default() -> Self {
        Self {
            first: [const { None }; INLINE],
            woken: 0,
            more: Vec::new(),
            payloads: Vec::new(),
            parting: None,
            notes: Vec::new(),
            idle: true,
        }
    }
}

impl<S: Service, C: Channels> After<S, C> {
    pub(super) fn wake(&mut self, waker: Waker) {
        self.idle = false;
        match self.first.get_mut(self.woken) {
            Some(place) => *place = Some(waker),
            None => self.more.push(waker),
        }
        self.woken += 1;
    }

    pub(super) fn drop_payloads(&mut self, payloads: Vec<S::Request>) {
        if !payloads.is_empty() {
            self.idle = false;
            self.payloads.extend(payloads);
        }
    }

    pub(super) fn part(&mut self, parting: Parting<C>) {
        self.idle = false;
        self.parting = Some(parting);
    }

    pub(super) fn note(&mut self, note: Note) {
        self.idle = false;
        self.notes.push(note);
    }

    /// Whether there is nothing to do.
    pub(super) fn is_idle(&self) -> bool {
        self.idle
    }

    /// Does it all, with no lock held. What a waker or a payload does, and whether it panics, is its
    /// owner's affair: nobody else is to feel it.
    pub(super) fn run(self) {
        drop(self.parting);
        self.notes.into_iter().for_each(|note| guarded(|| note.trace(S::NAME)));
        self.first.into_iter().flatten().chain(self.more).for_each(wake);
        self.payloads.into_iter().for_each(|payload| guarded(|| drop(payload)));
    }
}

/// What is traced.
#[derive(Debug)]
pub(super) enum Note {
    Lost(CloseReason),
    Closed(CloseReason),
    NotWatched(io::Error),
}

impl Note {
    fn trace(&self, service: &str) {
        match self {
            Self::Lost(reason) => info!(service, %reason, "connection lost"),
            Self::Closed(reason) => debug!(service, %reason, "closed"),
            Self::NotWatched(error) => {
                debug!(service, %error, "the event descriptor does not see the new connection");
            }
        }
    }
}

fn wake(waker: Waker) {
    guarded(|| waker.wake());
}

fn guarded(run: impl FnOnce()) {
    // What it leaves half done is its owner's.
    if catch_unwind(AssertUnwindSafe(run)).is_err() {
        error!("a waker or a payload of this client's user panicked");
    }
}
