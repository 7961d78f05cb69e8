//! The daemon of the model.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use qbipc::ChannelError;
use quorate_codec::votequorum::{ExpectedVotesNotification, Notification, Reply, Request};

/// What lies between a client and its daemon.
///
/// Its lock is not one of loom's: it is the connection's order of things that is explored, and each
/// further lock multiplies the orders there are. So no waker, which is loom's, is cloned, dropped or
/// woken while it is held: another thread of the model could run then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub(crate) struct State {
    requests: VecDeque<Vec<u8>>,
    responses: VecDeque<Vec<u8>>,
    events: VecDeque<Vec<u8>>,
    /// Since the client last asked.
    rung: bool,
    client: Option<Waker>,
    daemon: Option<Waker>,
    client_gone: bool,
    daemon_gone: bool,
}

/// A daemon that answers some requests, tells those who track of an event after that, and goes away.
pub(crate) struct Daemon {
    wire: Wire,
    thread: JoinHandle<()>,
}

impl Daemon {
    pub(crate) fn start(answers: usize) -> Self {
        let wire = Wire::default();
        let serving = wire.clone();
        let thread = thread::spawn(move || serving.serve(answers));
        Self { wire, thread }
    }

    pub(crate) fn connect(&self) -> crate::world::Connection {
        crate::world::Connection(self.wire.clone())
    }

    pub(crate) fn join(self) {
        self.thread.join().expect("it does not panic");
    }
}

/// The client's end.
impl Wire {
    pub(crate) fn send(&self, requests: Vec<Vec<u8>>) {
        self.wake_daemon(|state| state.requests.extend(requests));
    }

    pub(crate) fn pop_response(&self, out: &mut Vec<u8>) -> bool {
        pop(&mut self.0.lock().unwrap().responses, out)
    }

    pub(crate) fn pop_event(&self, out: &mut Vec<u8>) -> bool {
        pop(&mut self.0.lock().unwrap().events, out)
    }

    /// An edge: what rang once does not ring again.
    pub(crate) fn poll_rung(&self, cx: &Context<'_>) -> Poll<Result<(), ChannelError>> {
        let mut waker = Some(cx.waker().clone());
        let mut state = self.0.lock().unwrap();
        if state.daemon_gone {
            return Poll::Ready(Err(ChannelError::Closed));
        }
        if std::mem::take(&mut state.rung) {
            return Poll::Ready(Ok(()));
        }
        std::mem::swap(&mut state.client, &mut waker);
        Poll::Pending
    }

    pub(crate) fn hang_up(&self) {
        self.wake_daemon(|state| state.client_gone = true);
    }

    fn wake_daemon(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock().unwrap();
        change(&mut state);
        let daemon = state.daemon.take();
        drop(state);
        if let Some(daemon) = daemon {
            daemon.wake();
        }
    }
}

/// The daemon's end.
impl Wire {
    fn serve(&self, answers: usize) {
        let mut tracks = false;
        for _ in 0..answers {
            let Some(request) = self.next_request() else { break };
            let request = Request::decode(&request).unwrap();
            tracks |= matches!(request, Request::TrackStart(_));
            let mut reply = Vec::new();
            Reply::Status.encode(&mut reply);
            self.0.lock().unwrap().responses.push_back(reply);
            // The bytes of a request are read only when it is answered.
            self.ring(|_| ());
        }
        if tracks {
            let mut event = Vec::new();
            let told = ExpectedVotesNotification::new(0, 1);
            Notification::ExpectedVotes(told).encode(&mut event);
            self.ring(|state| state.events.push_back(event));
        }
        self.ring(|state| state.daemon_gone = true);
    }

    /// None if the client is gone.
    fn next_request(&self) -> Option<Vec<u8>> {
        block_on(poll_fn(|cx| {
            let mut waker = Some(cx.waker().clone());
            let mut state = self.0.lock().unwrap();
            if let Some(request) = state.requests.pop_front() {
                return Poll::Ready(Some(request));
            }
            if state.client_gone {
                return Poll::Ready(None);
            }
            std::mem::swap(&mut state.daemon, &mut waker);
            Poll::Pending
        }))
    }

    fn ring(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock().unwrap();
        change(&mut state);
        state.rung = true;
        let client = state.client.take();
        drop(state);
        if let Some(client) = client {
            client.wake();
        }
    }
}

fn pop(queue: &mut VecDeque<Vec<u8>>, out: &mut Vec<u8>) -> bool {
    out.clear();
    let message = queue.pop_front();
    message.is_some_and(|message| {
        out.extend(message);
        true
    })
}
