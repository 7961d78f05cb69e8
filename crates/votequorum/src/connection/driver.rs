//! The task that drives a connection.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use qbipc::ConnectError;
use quorate_codec::Backoff;
use tracing::debug;

use super::flood::{self, Flood};
use super::state::State;
use super::wake_list::WakeList;
use super::{Shared, parting};
use crate::error::CloseReason;
use crate::world::{Connection, Instant, Sleep, sleep};

/// How soon to look for replies again that are owed though the doorbell did not ring.
///
/// It rings for every ordinary reply. It does not for one that comes later than the daemon's
/// reading of the request, as that to QDEVICE_REGISTER, nor when a daemon that held requests back
/// takes them again.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The longest time between two looks.
const LOOK_AGAIN_AT_MOST: Duration = Duration::from_millis(64);

/// How often the driver goes round before it gives way to other tasks.
const ROUNDS: usize = 16;

/// Drives a connection to its end, through all the connections it is made of.
pub(super) async fn drive(shared: Arc<Shared>) {
    let guard = Guard(shared);
    let mut driver = Driver {
        armed: None,
        look_again: LOOK_AGAIN,
        gave_way: false,
        flood: Flood::new(Instant::now().into_std()),
        shared: &guard.0,
    };
    let mut timer = pin!(sleep(Duration::ZERO));
    let mut backoff = guard.0.settings().reconnect.unwrap_or_default().backoff();
    loop {
        let since = Instant::now();
        let end = std::future::poll_fn(|cx| driver.poll(timer.as_mut(), cx)).await;
        let spent = guard.0.lock().take_spent();
        if let Some(spent) = spent {
            let (End::Closed(reason) | End::Lost(reason)) = &end;
            parting::part(spent, reason).await;
        }
        let End::Lost(_) = end else { return };
        backoff.lost_after(since.elapsed());
        let connecting = pin!(connect_again(&guard.0, &mut backoff));
        let Some(connection) = driver.poll_beside(connecting, timer.as_mut()).await else { return };
        let window = guard.0.settings().window_of(&connection);
        guard.0.lock().reconnected(connection, window);
    }
}

/// Connects, after a pause, until that succeeds or there were enough attempts.
async fn connect_again(shared: &Shared, backoff: &mut Backoff) -> Result<Connection, ConnectError> {
    // If there is to be no attempt, what is known is that the daemon is gone.
    let mut last = ConnectError::Closed { address: "votequorum".to_owned() };
    while let Some(pause) = backoff.pause() {
        sleep(pause).await;
        match shared.connect.connect().await {
            Ok(connection) => return Ok(connection),
            Err(error) => {
                debug!(%error, "no connection yet");
                last = error;
            }
        }
    }
    Err(last)
}

/// Ends the connection if the task is dropped before it has: with its runtime.
struct Guard(Arc<Shared>);

impl Drop for Guard {
    fn drop(&mut self) {
        let mut wakes = WakeList::new();
        let spent = {
            let mut state = self.0.lock();
            state.terminate(CloseReason::DriverGone, &mut wakes);
            state.take_spent()
        };
        if let Some(spent) = spent {
            parting::part_without_runtime(spent);
        }
        wakes.wake_all();
    }
}

struct Driver<'a> {
    /// When the timer fires.
    armed: Option<Instant>,
    look_again: Duration,
    /// Whether it let other tasks go first since it was asked to let requests go.
    gave_way: bool,
    flood: Flood,
    shared: &'a Shared,
}

/// What came of going round once.
enum Round {
    Again,
    /// There is more to do, but it is other tasks' turn.
    GiveWay,
    Wait,
    End(End),
}

/// Why driving a connection ended.
enum End {
    /// The connection is over.
    Closed(CloseReason),
    /// There may be another.
    Lost(CloseReason),
}

impl Driver<'_> {
    /// Waits for another connection, and sees to deadlines meanwhile; `None` if the connection was
    /// closed before there was one, or there is to be none.
    async fn poll_beside(
        &mut self,
        mut connecting: Pin<&mut impl Future<Output = Result<Connection, ConnectError>>>,
        mut timer: Pin<&mut Sleep>,
    ) -> Option<Connection> {
        let connected = std::future::poll_fn(|cx| {
            if let Poll::Ready(connected) = connecting.as_mut().poll(cx) {
                return Poll::Ready(Some(connected));
            }
            self.poll(timer.as_mut(), cx).map(|_closed| None)
        });
        match connected.await? {
            Ok(connection) => Some(connection),
            Err(error) => {
                let mut wakes = WakeList::new();
                let reason = CloseReason::GaveUp(Arc::new(error));
                self.shared.lock().terminate(reason, &mut wakes);
                wakes.wake_all();
                None
            }
        }
    }

    fn poll(&mut self, mut timer: Pin<&mut Sleep>, cx: &mut Context<'_>) -> Poll<End> {
        for round in 0..ROUNDS {
            let mut wakes = WakeList::new();
            let woken = round == 0;
            let round = self.go_round(woken, timer.as_mut(), cx, &mut wakes);
            wakes.wake_all();
            match round {
                Round::Again => {}
                Round::GiveWay => break,
                Round::Wait => return Poll::Pending,
                Round::End(end) => return Poll::Ready(end),
            }
        }
        // Lets all that is ready run first. A waker that is woken at once would get in line with the
        // other tasks, ahead of a reader in `block_on`, which stands in none.
        let _ = pin!(tokio::task::yield_now()).poll(cx);
        Poll::Pending
    }

    /// `woken` says whether there may be something to do that neither doorbell nor timer tell of.
    fn go_round(
        &mut self,
        woken: bool,
        mut timer: Pin<&mut Sleep>,
        cx: &mut Context<'_>,
        wakes: &mut WakeList,
    ) -> Round {
        let fired = self.armed.is_some() && timer.as_mut().poll(cx).is_ready();
        let mut state = self.shared.lock();
        state.set_driver(cx.waker());
        if fired {
            self.armed = None;
            state.handle_timeouts(Instant::now().into_std(), wakes);
        }
        let rung = state.poll_rung(cx, wakes).is_ready();
        let flush = state.wants_flush();
        if flush && !rung && !fired && !self.gave_way {
            // The calls that are ready to run queue their requests too before this runs again, and
            // all of them go in one write.
            self.gave_way = true;
            return Round::GiveWay;
        }
        self.gave_way = false;
        state.flushed();
        let more = (woken || rung || fired || flush) && state.pump(wakes);
        if state.is_drained() {
            state.terminate(CloseReason::Local, wakes);
        }
        if let Some(reason) = state.close_reason() {
            return Round::End(End::Closed(reason));
        }
        if state.is_spent() {
            return Round::End(End::Lost(state.failure_reason()));
        }
        if rung {
            self.look_again = LOOK_AGAIN;
        } else if fired {
            self.look_again = (self.look_again * 2).min(LOOK_AGAIN_AT_MOST);
        }
        let unmuted = self.see_to_flood(rung, fired, &mut state, wakes);
        self.arm(timer.as_mut(), &mut state);
        if more {
            return Round::GiveWay;
        }
        if rung || unmuted || (self.armed.is_some() && timer.poll(cx).is_ready()) {
            return Round::Again;
        }
        Round::Wait
    }

    /// Has the driver look now and then when that costs less than to be woken; gives whether
    /// everything is to ring again.
    fn see_to_flood(
        &mut self,
        rung: bool,
        fired: bool,
        state: &mut State,
        wakes: &mut WakeList,
    ) -> bool {
        let now = || Instant::now().into_std();
        if state.is_muted() {
            // When the daemon is gone, nothing comes either.
            let over = fired && self.flood.is_over(state.events_taken, now());
            // A reply is not to wait for the next look.
            if over || state.under_way() > 0 {
                return state.unmute(wakes);
            }
        } else if rung && self.flood.begins(state.events_taken, now()) && state.under_way() == 0 {
            state.mute();
        }
        false
    }

    /// Sets the timer, unless it fires early enough as it is.
    fn arm(&mut self, timer: Pin<&mut Sleep>, state: &mut State) {
        let deadline = state.next_deadline().map(Instant::from_std);
        let owed = !state.is_lost() && state.under_way() > 0;
        let look_again = owed.then(|| Instant::now() + self.look_again);
        let look_at_flood = state.is_muted().then(|| Instant::now() + flood::PAUSE);
        let wanted = [deadline, look_again, look_at_flood].into_iter().flatten().min();
        if let Some(wanted) = wanted.filter(|&wanted| self.armed.is_none_or(|armed| wanted < armed))
        {
            timer.reset(wanted);
            self.armed = Some(wanted);
        }
        state.set_timer(self.armed.map(Instant::into_std));
    }
}
