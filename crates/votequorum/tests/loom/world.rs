//! In the place of `src/world.rs`.

use std::future::Future;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use qbipc::{ChannelError, ConnectError, TransmitError};
use quorate_codec::qb::auth::ConnectionType;

use crate::daemon::Wire;

pub(crate) use loom::sync::{Mutex, MutexGuard};
pub(crate) use tokio::time::Instant;

/// Most times a thread is interrupted where it does not wait, unless `LOOM_MAX_PREEMPTIONS` says
/// otherwise. Each more takes ten times as long.
const PREEMPTIONS: usize = 1;

pub(crate) fn explore(test: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(PREEMPTIONS);
    model.max_branches = 100_000;
    let executions = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&executions);
    model.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        test();
    });
    println!("{} orders", executions.load(Ordering::Relaxed));
}

pub(crate) fn spawn<F: Future<Output = ()> + Send + 'static>(future: F) {
    loom::thread::spawn(move || loom::future::block_on(future));
}

/// Never over.
#[derive(Debug)]
pub(crate) struct Sleep;

pub(crate) fn sleep(_: Duration) -> Sleep {
    Sleep
}

impl Sleep {
    #[expect(clippy::unused_self, reason = "it is what tokio's looks like")]
    pub(crate) fn reset(self: Pin<&mut Self>, _: Instant) {}
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

pub(crate) async fn timeout<F: Future>(_: Duration, future: F) -> Result<F::Output, ()> {
    Ok(future.await)
}

#[derive(Debug)]
pub(crate) struct ConnectOptions;

impl ConnectOptions {
    pub(crate) async fn connect(&self) -> Result<Connection, ConnectError> {
        Err(ConnectError::Closed { address: String::new() })
    }
}

/// A flood is longer than any model: it is never muted.
#[derive(Debug)]
pub(crate) struct Connection(pub(crate) Wire);

impl Connection {
    pub(crate) fn connection_type(&self) -> ConnectionType {
        ConnectionType::Shm
    }

    pub(crate) fn max_msg_size(&self) -> u32 {
        65536
    }

    pub(crate) fn poll_rung(&self, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        self.0.poll_rung(cx)
    }

    pub(crate) fn poll_answered(&self, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        self.0.poll_answered(cx)
    }

    pub(crate) fn poll_announced(&self, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        self.0.poll_announced(cx)
    }

    pub(crate) fn mute(&mut self) -> Result<(), ChannelError> {
        Ok(())
    }

    pub(crate) fn unmute(&mut self) -> Result<(), ChannelError> {
        Ok(())
    }

    pub(crate) fn is_muted(&self) -> bool {
        false
    }

    pub(crate) fn transmit(&mut self) -> Transmit<'_> {
        Transmit { connection: self, staged: Vec::new() }
    }

    pub(crate) fn pop_response(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        Ok(self.0.pop_response(out))
    }

    pub(crate) fn pop_event(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        Ok(self.0.pop_event(out))
    }

    pub(crate) fn hush(&mut self) -> Result<(), ChannelError> {
        Ok(())
    }

    pub(crate) fn poll_fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        std::iter::empty()
    }

    pub(crate) fn remove_files(&mut self) {}

    /// As over shared memory.
    pub(crate) fn has_to_linger(&self, _owed: usize) -> bool {
        false
    }
}

/// The client hangs up.
impl Drop for Connection {
    fn drop(&mut self) {
        self.0.hang_up();
    }
}

/// Requests go out all at once.
#[derive(Debug)]
pub(crate) struct Transmit<'a> {
    connection: &'a mut Connection,
    staged: Vec<Vec<u8>>,
}

impl Transmit<'_> {
    pub(crate) fn push(&mut self, head: &[u8], body: &[u8]) -> Result<(), TransmitError> {
        self.staged.push([head, body].concat());
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(), ChannelError> {
        Ok(())
    }
}

impl Drop for Transmit<'_> {
    fn drop(&mut self) {
        if !self.staged.is_empty() {
            self.connection.0.send(std::mem::take(&mut self.staged));
        }
    }
}
