//! The state of one client of a libqb service, without I/O and without a clock: calls, the replies
//! the daemon owes, and subscriptions with their readers, through all the connections the client has.
//!
//! A [`Session`] is told what happens and says what to do next:
//!
//! | in | |
//! |---|---|
//! | [`call`], [`call_in`], [`abandon`] | a request, and that its caller went away |
//! | [`subscribe`], [`unsubscribe`], [`unsubscribe_call`] | a reader comes and goes |
//! | [`connected`], [`connection_lost`], [`close`] | the connection, and the end |
//! | [`handle_response`], [`handle_event`], [`events_drained`] | what the daemon sent |
//! | [`handle_timeout`] | time |
//!
//! | out | |
//! |---|---|
//! | [`poll_transmit`], then [`transmitted`] | requests |
//! | [`poll_output`] | which call or reader has something to take |
//! | [`take`], [`take_items`], [`view`] | outcomes, events, the current state |
//! | [`poll_timeout`] | when to call `handle_timeout` |
//! | [`garbage`] | values of the user's, to be dropped where no lock is held |
//!
//! # Matching replies
//!
//! Replies carry nothing that names their request; they come in the order of the requests. So the
//! daemon **owes** a reply to every request that was sent, until it comes, whatever became of the
//! caller: the reply to a call that timed out or was abandoned is swallowed. A request whose reply is
//! overtaken by others ([`Class::Late`](super::service::Class::Late)) is followed by nothing that has
//! a reply until it is answered.
//!
//! # Subscriptions
//!
//! What readers want and what the daemon was told are two things; the session brings the second
//! closer to the first whenever something happens. Several readers share one subscription where the
//! service allows only one per connection. After a loss, subscriptions are started again; a reader is
//! told [`Lost`](Item::Lost), then the state of the new connection, then [`Restored`](Item::Restored).
//!
//! # Cost
//!
//! Every operation takes amortised O(log n) steps in the number of calls and readers.
//!
//! [`call`]: Session::call
//! [`call_in`]: Session::call_in
//! [`abandon`]: Session::abandon
//! [`subscribe`]: Session::subscribe
//! [`unsubscribe`]: Session::unsubscribe
//! [`unsubscribe_call`]: Session::unsubscribe_call
//! [`connected`]: Session::connected
//! [`connection_lost`]: Session::connection_lost
//! [`close`]: Session::close
//! [`handle_response`]: Session::handle_response
//! [`handle_event`]: Session::handle_event
//! [`events_drained`]: Session::events_drained
//! [`handle_timeout`]: Session::handle_timeout
//! [`poll_transmit`]: Session::poll_transmit
//! [`transmitted`]: Session::transmitted
//! [`poll_output`]: Session::poll_output
//! [`take`]: Session::take
//! [`take_items`]: Session::take_items
//! [`view`]: Session::view
//! [`poll_timeout`]: Session::poll_timeout
//! [`garbage`]: Session::garbage

mod call;
mod deadlines;
mod error;
mod events;
mod fifo;
mod keep_alive;
mod keys;
mod lanes;
mod owed;
mod reader;
mod reconcile;
mod slots;
mod subscribe;
mod subscription;
mod transmit;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use self::call::Call;
use self::deadlines::{Deadlines, Due, Timer};
use self::keep_alive::KeepAlive;
use self::lanes::{Lane, Lanes};
use self::owed::Owed;
use self::slots::Slots;
use self::subscription::Subscriptions;
use crate::qb::service::Service;

pub use self::call::Outcome;
pub use self::error::{CallError, LossReason, ProtocolError};
pub use self::keys::{CallKey, ReaderId, ReaderKey, Ticket};
pub use self::owed::Window;
pub use self::reader::{Begin, End, Item};
pub use self::slots::Key;

/// How long after a "try again" the same request is sent again.
const PAUSE: Duration = Duration::from_millis(10);

/// What a new connection allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// How much the daemon may owe.
    pub window: Window,
    /// The largest request, in bytes.
    pub largest_request: usize,
}

/// Which connection of a client, counted from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Epoch(u64);

/// A call or a reader that something happened to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Output {
    /// The outcome of this call can be taken.
    Completed(Ticket),
    /// This reader has something to take, or the state of the connection changed for it.
    Readable(ReaderId),
    /// The last reader has gone of a subscription that only the end of the connection ends.
    Leave,
}

/// The state of one client. See the [module](self).
#[derive(Debug)]
pub struct Session<S: Service> {
    calls: Slots<Call<S>, CallKey>,
    lanes: Lanes,
    owed: Owed,
    deadlines: Deadlines,
    subscriptions: Subscriptions<S>,
    keep_alive: KeepAlive,
    /// Which connection there is, if there is one.
    connected: Option<Epoch>,
    /// How many connections there have been.
    connections: u64,
    closed: bool,
    largest_request: usize,
    /// Whether the daemon asks for flow control.
    stopped: bool,
    /// The lane of the request that `poll_transmit` returned last.
    offered: Option<Lane>,
    output: VecDeque<Output>,
    garbage: Vec<S::Request>,
}

impl<S: Service> Default for Session<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Service> Session<S> {
    /// The state of a client that has no connection yet.
    pub fn new() -> Self {
        Self {
            calls: Slots::default(),
            lanes: Lanes::default(),
            owed: Owed::new(Window { requests: 0, reply_space: 0, first: None }),
            deadlines: Deadlines::default(),
            subscriptions: Subscriptions::default(),
            keep_alive: KeepAlive::default(),
            connected: None,
            connections: 0,
            closed: false,
            largest_request: 0,
            stopped: false,
            offered: None,
            output: VecDeque::new(),
            garbage: Vec::new(),
        }
    }

    /// There is a connection: subscriptions start, and then requests that wait go out over it.
    ///
    /// A client that was [closed](Self::close) meanwhile stays closed.
    pub fn connected(&mut self, limits: Limits, now: Instant) {
        if self.closed {
            return;
        }
        self.connections += 1;
        self.connected = Some(Epoch(self.connections));
        self.owed = Owed::new(limits.window);
        self.largest_request = limits.largest_request;
        self.start_keep_alive(now);
        self.reconcile_all();
    }

    /// The connection is lost, and there may be another.
    ///
    /// Calls made before fail, sent or not; nothing is sent a second time. Readers are told, and
    /// their subscriptions start again with the next connection.
    pub fn connection_lost(&mut self, reason: LossReason) {
        if self.connected.take().is_none() {
            return;
        }
        self.stopped = false;
        self.stop_keep_alive();
        self.fail_calls(|sent| CallError::Lost { sent });
        self.subscriptions_lost(reason);
    }

    /// The client is over: every call and every reader is told, once.
    pub fn close(&mut self) {
        self.closed = true;
        self.connected = None;
        self.stop_keep_alive();
        self.fail_calls(|_| CallError::Closed);
        self.subscriptions_closed();
    }

    /// The next call or reader that something happened to.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.output.pop_front()
    }

    /// Requests with values of the user's, to be dropped where no lock is held.
    pub fn garbage(&mut self) -> Vec<S::Request> {
        std::mem::take(&mut self.garbage)
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.next().into_iter().chain(self.lanes.resumes_at()).min()
    }

    /// Does what is due. Everything that has arrived is to be taken in before: a reply that is there
    /// when its deadline passes counts.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.lanes.resume(now);
        while let Some(due) = self.deadlines.due(now) {
            match due {
                Due::Call(ticket) => self.time_out(ticket),
                Due::Timer(Timer::Subscription(id)) => self.resume(id),
                Due::Timer(Timer::KeepAlive) => self.keep_alive_due(now),
            }
        }
    }

    /// Which connection there is; `None` while there is none.
    pub fn epoch(&self) -> Option<Epoch> {
        self.connected
    }

    /// How many requests are under way, sent or not.
    pub fn under_way(&self) -> usize {
        self.owed() + self.queued()
    }

    /// How many replies the daemon owes.
    pub fn owed(&self) -> usize {
        self.owed.len() as usize
    }

    /// How many requests wait to go out.
    pub fn queued(&self) -> usize {
        self.lanes.len()
    }

    /// Whether the daemon owes a late reply. Until it has answered it holds a pointer to the
    /// connection, so that should not be closed.
    pub fn owes_late(&self) -> bool {
        self.owed.is_late()
    }

    /// How much is stored of calls, deadlines, subscriptions and readers. Nothing is stored of what
    /// is over and was taken.
    pub fn stored(&self) -> [usize; 4] {
        let Subscriptions { by_id, readers, .. } = &self.subscriptions;
        [self.calls.len(), self.deadlines.len(), by_id.len(), readers.len()]
    }
}
