//! The daemon of the model.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
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
    /// What rings with an event, and at the end.
    announced: Bell,
    /// What rings with a response, and at the end.
    answered: Bell,
    daemon: Option<Waker>,
    client_gone: bool,
    daemon_gone: bool,
}

/// An edge: what rang once does not ring again. Who asked last is woken.
#[derive(Debug, Default)]
struct Bell {
    /// Since somebody last asked.
    rung: bool,
    waits: Option<Waker>,
}

impl Bell {
    /// Whether it has rung; if not, puts `waker` in the place of who waits.
    fn has_rung(&mut self, waker: &mut Option<Waker>) -> bool {
        let rung = std::mem::take(&mut self.rung);
        if !rung {
            std::mem::swap(&mut self.waits, waker);
        }
        rung
    }

    /// Rings; gives whom to wake.
    fn ring(&mut self) -> Option<Waker> {
        self.rung = true;
        self.waits.take()
    }
}

/// A daemon that answers some requests, tells those who track of an event after that, and goes away.
pub(crate) struct Daemon {
    wire: Wire,
    thread: JoinHandle<()>,
}

impl Daemon {
    pub(crate) fn start(answers: usize) -> Self {
        Self::spawn(move |wire| wire.serve(answers))
    }

    /// One that goes away when the client has: its end wakes nobody who should have been before.
    pub(crate) fn start_that_stays(answers: usize) -> Self {
        Self::spawn(move |wire| {
            wire.answer(answers);
            assert!(wire.next_request().is_none(), "there are no more");
        })
    }

    fn spawn(serve: impl FnOnce(&Wire) + Send + 'static) -> Self {
        let wire = Wire::default();
        let serving = wire.clone();
        let thread = thread::spawn(move || serve(&serving));
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

    pub(crate) fn pop_response(&self, out: &mut BytesMut) -> bool {
        pop(&mut self.0.lock().unwrap().responses, out)
    }

    pub(crate) fn pop_event(&self, out: &mut BytesMut) -> bool {
        pop(&mut self.0.lock().unwrap().events, out)
    }

    pub(crate) fn poll_rung(&self, cx: &Context<'_>) -> Poll<Result<(), ChannelError>> {
        let mut wakers = [(); 2].map(|()| Some(cx.waker().clone()));
        let [for_events, for_answers] = &mut wakers;
        let mut state = self.0.lock().unwrap();
        if state.daemon_gone {
            return Poll::Ready(Err(ChannelError::Closed));
        }
        let announced = state.announced.has_rung(for_events);
        let answered = state.answered.has_rung(for_answers);
        if announced | answered { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    pub(crate) fn poll_announced(&self, cx: &Context<'_>) -> Poll<Result<(), ChannelError>> {
        let mut waker = Some(cx.waker().clone());
        let mut state = self.0.lock().unwrap();
        if state.daemon_gone {
            return Poll::Ready(Err(ChannelError::Closed));
        }
        if state.announced.has_rung(&mut waker) { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    pub(crate) fn poll_answered(&self, cx: &Context<'_>) -> Poll<Result<(), ChannelError>> {
        let mut waker = Some(cx.waker().clone());
        let mut state = self.0.lock().unwrap();
        if state.daemon_gone || state.answered.has_rung(&mut waker) {
            return Poll::Ready(Ok(()));
        }
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
        if self.answer(answers) {
            let mut event = BytesMut::new();
            let told = ExpectedVotesNotification::new(0, 1);
            Notification::ExpectedVotes(told).encode(&mut event);
            self.ring(|state| {
                state.events.push_back(event.to_vec());
                [state.announced.ring(), None]
            });
        }
        self.ring(|state| {
            state.daemon_gone = true;
            [state.answered.ring(), state.announced.ring()]
        });
    }

    /// Gives whether somebody tracks.
    fn answer(&self, answers: usize) -> bool {
        let mut tracks = false;
        for _ in 0..answers {
            let Some(request) = self.next_request() else { break };
            let request = Request::decode(&request).unwrap();
            tracks |= matches!(request, Request::TrackStart(_));
            let mut reply = BytesMut::new();
            Reply::Status.encode(&mut reply);
            self.0.lock().unwrap().responses.push_back(reply.to_vec());
            // The bytes of a request are read only when it is answered.
            self.ring(|state| [state.answered.ring(), None]);
        }
        tracks
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

    /// `change` gives whom to wake.
    fn ring(&self, change: impl FnOnce(&mut State) -> [Option<Waker>; 2]) {
        let wakers = change(&mut self.0.lock().unwrap());
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

fn pop(queue: &mut VecDeque<Vec<u8>>, out: &mut BytesMut) -> bool {
    out.clear();
    let message = queue.pop_front();
    message.is_some_and(|message| {
        out.extend(message);
        true
    })
}
