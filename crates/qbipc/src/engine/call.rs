use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use quorate_codec::qb::service::{Request, Service};
use quorate_codec::qb::session::{Begin, CallError, Epoch, Outcome, ReaderId, Ticket};
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::{Sleep, sleep_until};

use super::Error;
use super::channels::Channels;
use super::shared::Shared;
use super::state::State;

/// What a call asks for.
#[derive(Debug)]
pub(super) enum Operation<S: Service> {
    /// Send a request.
    Request(S::Request),
    /// Send a request that means something on this connection only.
    RequestIn(Epoch, S::Request),
    /// Add a reader.
    Subscribe { topic: S::Topic, begin: Begin, capacity: usize },
    /// Remove a reader.
    Unsubscribe(ReaderId),
}

/// What a call has led to.
#[derive(Debug)]
pub(super) struct Done<S: Service> {
    pub(super) outcome: Outcome<S>,
    /// The reader that was added.
    pub(super) reader: Option<ReaderId>,
}

/// One operation, from its submission to its outcome.
///
/// Nothing happens until it is polled. Dropped before its request has gone out, it never does;
/// dropped after that, the reply is swallowed when it comes.
#[derive(Debug)]
#[must_use = "a call does nothing until it is awaited"]
pub(super) struct Call<'a, S: Service, C: Channels> {
    shared: &'a Shared<S, C>,
    name: &'static str,
    timeout: Option<Duration>,
    /// When the time is up, once it is submitted.
    deadline: Option<Instant>,
    stage: Stage<S>,
    /// The reader that was added, until its first state has come.
    reader: Option<ReaderId>,
    /// Set where another runtime than the driver's polls the call: the driver's may not run.
    own_timer: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
enum Stage<S: Service> {
    New(Operation<S>),
    /// It has let others run, and looks for its reply for a moment when it is its turn again.
    GaveWay(Ticket),
    Parked(Ticket),
    Done,
}

// Only the boxed timer is pinned.
impl<S: Service, C: Channels> Unpin for Call<'_, S, C> {}

impl<'a, S: Service, C: Channels> Call<'a, S, C> {
    pub(super) fn new(
        shared: &'a Shared<S, C>,
        operation: Operation<S>,
        timeout: Option<Duration>,
    ) -> Self {
        let name = match &operation {
            Operation::Request(request) | Operation::RequestIn(_, request) => request.name(),
            Operation::Subscribe { .. } => "subscribe",
            Operation::Unsubscribe(_) => "unsubscribe",
        };
        let stage = Stage::New(operation);
        Self { shared, name, timeout, deadline: None, stage, reader: None, own_timer: None }
    }

    /// Queues the request. One that is alone goes out at once; others wait for the driver, which lets
    /// them go together.
    fn submit(
        &mut self,
        operation: Operation<S>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Done<S>, Error>> {
        let now = crate::world::Instant::now().into_std();
        let deadline = self.timeout.and_then(|timeout| now.checked_add(timeout));
        self.deadline = deadline;
        let mut waker = Some(cx.waker().clone());
        let mut state = self.shared.lock();
        if let Err(reason) = state.lifecycle.admit() {
            drop(state);
            return Poll::Ready(Err(Error::closed::<S>(reason)));
        }
        let alone = state.session.under_way() == 0;
        let ticket = match self.queue(operation, &mut state, deadline) {
            Ok(ticket) => ticket,
            Err(error) => {
                drop(state);
                return Poll::Ready(Err(self.error(error)));
            }
        };
        self.stage = Stage::Parked(ticket);
        if alone {
            if state.pump(now) {
                state.wake_driver();
            }
            if let Some(outcome) = look_once(&mut state, ticket, now) {
                drop(state);
                return Poll::Ready(self.finish(outcome));
            }
            state.check_timer(deadline);
        } else {
            state.request_flush();
        }
        if alone && state.spin.is_worth_it() {
            self.stage = Stage::GaveWay(ticket);
            drop(state);
            // Other tasks may be about to call as well. They are not kept waiting, and their requests
            // go out together. It is polled again soon, so its reply need not wake it.
            let _ = pin!(yield_now()).poll(cx);
            return Poll::Pending;
        }
        state.callers.swap(ticket, &mut waker);
        drop(state);
        if self.poll_own_timer(cx) { self.wait(ticket, cx) } else { Poll::Pending }
    }

    fn queue(
        &mut self,
        operation: Operation<S>,
        state: &mut State<S, C>,
        deadline: Option<Instant>,
    ) -> Result<Ticket, CallError> {
        let session = &mut state.session;
        Ok(match operation {
            Operation::Request(request) => session.call(request, deadline),
            Operation::RequestIn(epoch, request) => session.call_in(epoch, request, deadline)?,
            Operation::Subscribe { topic, begin, capacity } => {
                let (reader, ticket) = session.subscribe(topic, begin, capacity, deadline);
                self.reader = Some(reader);
                ticket
            }
            Operation::Unsubscribe(reader) => session.unsubscribe_call(reader, deadline),
        })
    }

    /// Looks for the reply for a moment.
    fn spin(&self, ticket: Ticket) -> Option<Result<Outcome<S>, CallError>> {
        let mut state = self.shared.lock();
        // Others have called meanwhile: the driver sees to all.
        if state.session.owed() != 1 || state.session.queued() > 0 {
            return state.session.take(ticket);
        }
        let cheap = state.link.connection.as_ref().is_some_and(C::looks_are_cheap);
        let until = state.spin.until()?;
        drop(state);
        let mut looks = 0;
        loop {
            let now = Instant::now();
            let mut state = self.shared.lock();
            if state.pump_responses(now) {
                state.wake_driver();
            }
            let outcome = state.session.take(ticket);
            if outcome.is_some() || now >= until {
                state.spin.learn(outcome.is_some());
                // The daemon may have asked for another try, after a pause.
                state.check_timer(None);
                return outcome;
            }
            drop(state);
            // Over sockets a look is a system call: fewer of them, further and further apart.
            looks += 1;
            let pause = if cheap { 16 } else { 256 << looks.min(4) };
            (0..pause).for_each(|_| std::hint::spin_loop());
        }
    }

    fn wait(&mut self, ticket: Ticket, cx: &mut Context<'_>) -> Poll<Result<Done<S>, Error>> {
        loop {
            // A waker is cloned and dropped where no lock is held: that runs the user's code.
            let mut waker: Option<Waker> = Some(cx.waker().clone());
            let mut state = self.shared.lock();
            let outcome = state.session.take(ticket);
            if outcome.is_none() {
                state.callers.swap(ticket, &mut waker);
            }
            drop(state);
            if let Some(outcome) = outcome {
                return Poll::Ready(self.finish(outcome));
            }
            if !self.poll_own_timer(cx) {
                return Poll::Pending;
            }
        }
    }

    /// Keeps the deadline where another runtime than the driver's polls the call. Returns whether it
    /// has passed; the calls that are late have failed then.
    fn poll_own_timer(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(deadline) = self.deadline else { return false };
        if self.own_timer.is_none() {
            if self.shared.is_at_home() || Handle::try_current().is_err() {
                return false;
            }
            self.own_timer = Some(Box::pin(sleep_until(deadline.into())));
        }
        let fired = self.own_timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready());
        if fired {
            (self.own_timer, self.deadline) = (None, None);
            let now = crate::world::Instant::now().into_std();
            let mut state = self.shared.lock();
            state.handle_timeouts(now);
            // What has waited for that time goes out.
            state.pump(now);
        }
        fired
    }

    fn finish(&mut self, outcome: Result<Outcome<S>, CallError>) -> Result<Done<S>, Error> {
        self.stage = Stage::Done;
        match outcome {
            Ok(outcome) => Ok(Done { outcome, reader: self.reader.take() }),
            Err(error) => {
                // The session keeps a reader until it is removed, also one that never had its first
                // state.
                if let Some(reader) = self.reader.take() {
                    let waker = self.shared.lock().unsubscribe(reader);
                    // Where no lock is held.
                    drop(waker);
                }
                Err(self.error(error))
            }
        }
    }

    fn error(&self, error: CallError) -> Error {
        let state = self.shared.lock();
        let (reason, over) = (state.lifecycle.last_reason(), state.lifecycle.reason().is_some());
        drop(state);
        match error {
            CallError::Status(status) => Error::refused::<S>(self.name, status),
            CallError::Timeout { sent } => Error::timeout(self.name, self.timeout, sent, over),
            CallError::Lost { sent } if !over => Error::lost(self.name, sent, reason),
            CallError::TooLarge => Error::too_large(self.name),
            _ => Error::closed::<S>(reason),
        }
    }
}

/// A daemon that runs on the same processor has answered when the request is sent.
fn look_once<S: Service, C: Channels>(
    state: &mut State<S, C>,
    ticket: Ticket,
    now: Instant,
) -> Option<Result<Outcome<S>, CallError>> {
    let cheap = state.link.connection.as_ref().is_some_and(C::looks_are_cheap);
    if !cheap || !state.spin.may_look_once() {
        return None;
    }
    if state.pump_responses(now) {
        state.wake_driver();
    }
    state.session.take(ticket)
}

impl<S: Service, C: Channels> Future for Call<'_, S, C> {
    type Output = Result<Done<S>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        match std::mem::replace(&mut this.stage, Stage::Done) {
            Stage::New(operation) => this.submit(operation, cx),
            Stage::GaveWay(ticket) => {
                this.stage = Stage::Parked(ticket);
                match this.spin(ticket) {
                    Some(outcome) => Poll::Ready(this.finish(outcome)),
                    None => this.wait(ticket, cx),
                }
            }
            Stage::Parked(ticket) => {
                this.stage = Stage::Parked(ticket);
                this.wait(ticket, cx)
            }
            Stage::Done => Poll::Pending,
        }
    }
}

/// The caller went away.
impl<S: Service, C: Channels> Drop for Call<'_, S, C> {
    fn drop(&mut self) {
        let (Stage::GaveWay(ticket) | Stage::Parked(ticket)) = self.stage else { return };
        let mut state = self.shared.lock();
        let caller = state.abandon(ticket);
        let reader = self.reader.take().map(|reader| state.unsubscribe(reader));
        // The wakers are dropped after the lock is released.
        drop(state);
        drop((caller, reader));
    }
}
