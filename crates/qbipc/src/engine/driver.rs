//! The task that drives a client: it waits for the connection, the timer and new calls.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use quorate_codec::qb::service::Service;
use tracing::info;

use super::channels::Channels;
use super::connect::Connect;
use super::lifecycle::CloseReason;
use super::shared::Shared;
use crate::world::{Arc, Instant, Sleep, sleep};

/// How soon to look again though nothing rang.
///
/// The daemon's reading of a request rings for its reply. Nothing rings for a late reply, which comes
/// after that, nor when a daemon that held requests back takes them again.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The longest time between two looks.
const LOOK_AGAIN_AT_MOST: Duration = Duration::from_millis(64);

/// How often the driver goes round before it lets other tasks run.
const ROUNDS: usize = 16;

/// Ends the client when the task is dropped: with its runtime, or before it was ever polled.
pub(super) struct Guard<S: Service, C: Channels>(Arc<Shared<S, C>>);

impl<S: Service, C: Channels> Guard<S, C> {
    pub(super) fn new(shared: Arc<Shared<S, C>>) -> Self {
        Self(shared)
    }
}

impl<S: Service, C: Channels> Drop for Guard<S, C> {
    fn drop(&mut self) {
        self.0.lock().terminate(CloseReason::DriverGone);
    }
}

/// Drives a client from its first connection to its end.
pub(super) async fn drive<S: Service, C: Channels>(
    guard: Guard<S, C>,
    mut connect: impl Connect<C>,
) {
    let shared = &*guard.0;
    let mut driver = Driver { shared, armed: None, look_again: LOOK_AGAIN, gave_way: false };
    let mut timer = pin!(sleep(Duration::ZERO));
    loop {
        let connected = {
            // Deadlines are kept while there is no connection, too.
            let mut connecting = pin!(connect.connect());
            poll_fn(|cx| match connecting.as_mut().poll(cx) {
                Poll::Ready(connected) => Poll::Ready(Some(connected)),
                Poll::Pending => driver.poll(timer.as_mut(), cx, Until::Closed).map(|()| None),
            })
            .await
        };
        match connected {
            Some(Ok(connection)) => {
                info!(service = S::NAME, "connected");
                shared.lock().connected(connection, Instant::now().into_std());
            }
            Some(Err(reason)) => return shared.lock().terminate(reason),
            None => return,
        }
        poll_fn(|cx| driver.poll(timer.as_mut(), cx, Until::Lost)).await;
        if shared.close_reason().is_some() {
            return;
        }
    }
}

/// When to stop driving.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Until {
    /// The connection is lost, or the client is over.
    Lost,
    /// The client is over.
    Closed,
}

struct Driver<'a, S: Service, C: Channels> {
    shared: &'a Shared<S, C>,
    /// When the timer fires.
    armed: Option<Instant>,
    look_again: Duration,
    /// Whether it has let other tasks run since it was asked to let requests go.
    gave_way: bool,
}

/// What came of going round once.
enum Round {
    Again,
    /// There is more to do, but it is the turn of other tasks.
    GiveWay,
    Wait,
    End,
}

impl<S: Service, C: Channels> Driver<'_, S, C> {
    fn poll(&mut self, mut timer: Pin<&mut Sleep>, cx: &mut Context<'_>, until: Until) -> Poll<()> {
        for round in 0..ROUNDS {
            match self.go_round(round == 0, timer.as_mut(), cx, until) {
                Round::Again => {}
                Round::GiveWay => break,
                Round::Wait => return Poll::Pending,
                Round::End => return Poll::Ready(()),
            }
        }
        // Lets everything that is ready run first. If the waker were woken at once, this task would
        // get in line before a reader in `block_on`, which stands in no line.
        let _ = pin!(tokio::task::yield_now()).poll(cx);
        Poll::Pending
    }

    /// `woken` says whether there may be something to do that neither the connection nor the timer
    /// tells of.
    fn go_round(
        &mut self,
        woken: bool,
        mut timer: Pin<&mut Sleep>,
        cx: &mut Context<'_>,
        until: Until,
    ) -> Round {
        // Declared before the lock, so that the one it replaces is dropped after it is released.
        let mut waker = woken.then(|| cx.waker().clone());
        let fired = self.armed.is_some() && timer.as_mut().poll(cx).is_ready();
        let now = Instant::now();
        let mut state = self.shared.lock();
        if woken {
            state.driver.swap_waker(&mut waker);
        }
        if fired {
            self.armed = None;
            state.handle_timeouts(now.into_std());
        }
        let rung = state.poll_rung(cx, now.into_std()).is_ready();
        let flush = state.driver.wants_flush();
        if flush && !rung && !fired && !self.gave_way {
            // The calls that are ready to run queue their requests too before this task runs again,
            // and all of them go in one write.
            self.gave_way = true;
            return Round::GiveWay;
        }
        self.gave_way = false;
        state.driver.flushed();
        let more = (woken || rung || fired || flush) && state.pump(now.into_std());
        let lost = until == Until::Lost && state.lifecycle.is_connecting();
        if lost || state.lifecycle.reason().is_some() {
            return Round::End;
        }
        if rung {
            self.look_again = LOOK_AGAIN;
        } else if fired {
            self.look_again = (self.look_again * 2).min(LOOK_AGAIN_AT_MOST);
        }
        let has_connection = state.link.connection.is_some();
        let looks = has_connection && state.session.under_way() > 0;
        if state.session.waits_for_flow() {
            self.look_again = LOOK_AGAIN;
        }
        let deadline = state.session.poll_timeout().map(Instant::from_std);
        self.arm(timer.as_mut(), now, deadline, looks);
        state.driver.set_timer(self.armed.map(Instant::into_std));
        drop(state);
        if more {
            return Round::GiveWay;
        }
        if rung || (self.armed.is_some() && timer.poll(cx).is_ready()) {
            return Round::Again;
        }
        Round::Wait
    }

    /// Sets the timer, unless it fires early enough as it is.
    fn arm(
        &mut self,
        timer: Pin<&mut Sleep>,
        now: Instant,
        deadline: Option<Instant>,
        looks: bool,
    ) {
        let look_again = looks.then(|| now + self.look_again);
        let wanted = deadline.into_iter().chain(look_again).min();
        if let Some(wanted) = wanted.filter(|&wanted| self.armed.is_none_or(|armed| wanted < armed))
        {
            timer.reset(wanted);
            self.armed = Some(wanted);
        }
    }
}
