use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use quorate_codec::votequorum::session::{AlreadyTracking, CallError, Ticket};
use quorate_codec::votequorum::{Reply, Request, RequestId, TrackFlags};
use tokio::task::yield_now;

use super::Shared;
use super::mailbox::Mailbox;
use super::state::State;
use super::wake_list::WakeList;
use crate::Error;
use crate::world::Instant;

/// What a call asks the connection to do.
#[derive(Debug)]
pub(crate) enum Operation {
    /// Send a request.
    Request(Request),
    /// Start a track, whose notifications go into the mailbox.
    Track { context: u64, flags: TrackFlags, mailbox: Arc<Mailbox> },
    /// End the track whose notifications go into the mailbox.
    Untrack(Arc<Mailbox>),
}

/// A request and its reply.
///
/// Nothing happens until it is polled. Dropped before the request has gone out, it never does;
/// dropped after that, the reply is swallowed when it comes.
#[derive(Debug)]
#[must_use = "a call does nothing until it is awaited"]
pub(crate) struct Call<'a> {
    shared: &'a Shared,
    request: RequestId,
    timeout: Option<Duration>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    New(Operation),
    Waiting(Ticket, Patience),
    Done,
}

/// How a call waits for its reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Patience {
    /// It has let others run, and may look for its reply for a moment when it is its turn again.
    GaveWay,
    /// It parks.
    Parks,
}

impl<'a> Call<'a> {
    pub(crate) fn new(shared: &'a Shared, operation: Operation, timeout: Option<Duration>) -> Self {
        let request = match &operation {
            Operation::Request(request) => request.id(),
            Operation::Track { .. } => RequestId::TrackStart,
            Operation::Untrack(_) => RequestId::TrackStop,
        };
        Self { shared, request, timeout, stage: Stage::New(operation) }
    }

    /// Queues the request, and lets it go at once if it is alone.
    fn submit(
        &mut self,
        operation: Operation,
        state: &mut State,
        wakes: &mut WakeList,
    ) -> Poll<Result<Reply, Error>> {
        if let Err(reason) = state.admit() {
            return Poll::Ready(Err(Error::closed(reason)));
        }
        let deadline = self.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let deadline = deadline.map(Instant::into_std);
        let ticket = match operation {
            Operation::Request(request) => state.call(request, deadline),
            Operation::Track { context, flags, mailbox } => {
                match state.track(context, flags, &mailbox, deadline) {
                    Ok(ticket) => ticket,
                    Err(AlreadyTracking) => return Poll::Ready(Err(Error::already_tracking())),
                }
            }
            Operation::Untrack(mailbox) => match state.untrack_call(&mailbox, deadline, wakes) {
                Some(ticket) => ticket,
                None => return Poll::Ready(Ok(Reply::Status)),
            },
        };
        let alone = state.is_alone();
        let patience =
            if alone && state.spin.is_worth_it() { Patience::GaveWay } else { Patience::Parks };
        self.stage = Stage::Waiting(ticket, patience);
        if alone {
            if state.pump(wakes) {
                state.wake_driver(wakes);
            }
        } else {
            state.request_flush(wakes);
        }
        state.watch(deadline, wakes);
        Poll::Pending
    }

    /// Looks for the reply for a moment, if the call is alone and that is worth it.
    fn spin(&self, ticket: Ticket) -> Option<Result<Reply, CallError>> {
        let until = self.shared.lock().spin_until()?;
        let mut wakes = WakeList::new();
        let outcome = loop {
            let mut state = self.shared.lock();
            if state.pump_replies(&mut wakes) {
                state.wake_driver(&mut wakes);
            }
            let outcome = state.take(ticket);
            let in_time = outcome.is_some() || std::time::Instant::now() < until;
            if outcome.is_some() || !in_time {
                state.spin.learn(in_time);
                break outcome;
            }
            drop(state);
            for _ in 0..16 {
                std::hint::spin_loop();
            }
        };
        wakes.wake_all();
        outcome
    }

    fn finish(&mut self, outcome: Result<Reply, CallError>) -> Result<Reply, Error> {
        self.stage = Stage::Done;
        outcome.map_err(|error| match error {
            CallError::Status(status) => Error::refused(self.request, status),
            CallError::Timeout { sent } => Error::timeout(self.request, self.timeout, sent),
            _ => Error::closed(self.shared.lock().failure_reason()),
        })
    }
}

impl Future for Call<'_> {
    type Output = Result<Reply, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Stage::New(_) = this.stage {
            let Stage::New(operation) = std::mem::replace(&mut this.stage, Stage::Done) else {
                return Poll::Pending;
            };
            let mut wakes = WakeList::new();
            let shared = this.shared;
            let submitted = this.submit(operation, &mut shared.lock(), &mut wakes);
            wakes.wake_all();
            if submitted.is_ready() {
                return submitted;
            }
            if let Stage::Waiting(ticket, Patience::GaveWay) = this.stage {
                shared.lock().set_caller(ticket, cx.waker());
                // Others may be about to call as well: they are not kept waiting, and their
                // requests go out together.
                let _ = pin!(yield_now()).poll(cx);
                return Poll::Pending;
            }
        }
        let Stage::Waiting(ticket, patience) = this.stage else { return Poll::Pending };
        if patience == Patience::GaveWay {
            this.stage = Stage::Waiting(ticket, Patience::Parks);
            if let Some(outcome) = this.spin(ticket) {
                return Poll::Ready(this.finish(outcome));
            }
        }
        let mut wakes = WakeList::new();
        let mut state = this.shared.lock();
        let outcome = state.take(ticket).or_else(|| state.poll_alone(ticket, cx, &mut wakes));
        if outcome.is_none() {
            state.set_caller(ticket, cx.waker());
        }
        drop(state);
        wakes.wake_all();
        match outcome {
            Some(outcome) => Poll::Ready(this.finish(outcome)),
            None => Poll::Pending,
        }
    }
}

/// Nobody waits for the reply any more.
impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let Stage::Waiting(ticket, _) = self.stage {
            let mut wakes = WakeList::new();
            self.shared.lock().abandon(ticket, &mut wakes);
            wakes.wake_all();
        }
    }
}
