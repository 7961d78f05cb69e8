//! In the place of `src/world.rs`: loom's locks and threads, and time that does not pass.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use loom::sync::Notify;

pub(crate) use loom::sync::{Mutex, MutexGuard};
pub(crate) use std::sync::Arc;
pub(crate) use tokio::time::Instant;

pub(crate) fn spawn<F: Future<Output = ()> + Send + 'static>(future: F) {
    loom::thread::spawn(move || block_on(future));
}

/// A thread that waits. Unlike with loom's own `block_on`, to clone and to drop its waker is no step of
/// the model.
struct Parked(Notify);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let parked = Arc::new(Parked(Notify::new()));
    let waker = Waker::from(Arc::clone(&parked));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        parked.0.wait();
    }
}

/// Is over at once if it is a pause of no time; otherwise never.
#[derive(Debug)]
pub(crate) struct Sleep {
    over: bool,
}

pub(crate) fn sleep(time: Duration) -> Sleep {
    Sleep { over: time.is_zero() }
}

impl Sleep {
    pub(crate) fn reset(mut self: Pin<&mut Self>, _: Instant) {
        self.over = false;
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.over { Poll::Ready(()) } else { Poll::Pending }
    }
}

pub(crate) async fn timeout<F: Future>(_: Duration, future: F) -> Result<F::Output, ()> {
    Ok(future.await)
}
