use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use quorate_codec::qb::CsError;
use quorate_codec::qb::auth::ConnectionType;
use quorate_models::session::service::id;
use quorate_models::session::wire::{self, RESPONSE};

use crate::ChannelError;
use crate::world::{Arc, Mutex};

/// What lies between a client and its daemon.
///
/// Its lock is one of the model's, if there is a model: which end comes first matters.
#[derive(Clone, Debug)]
pub(crate) struct Wire(Arc<Ends>);

#[derive(Debug)]
struct Ends {
    kind: ConnectionType,
    /// Whether the daemon asks for flow control.
    stopped: AtomicBool,
    /// How many requests find room at a time.
    room: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    /// Whether requests are served as they arrive.
    pub(crate) serves: bool,
    /// Those that were not served: their ids and numbers.
    pub(crate) requests: VecDeque<(i32, [u64; 2])>,
    pub(super) responses: VecDeque<BytesMut>,
    pub(crate) events: VecDeque<BytesMut>,
    /// What was written, by the number of requests that went out together.
    pub(crate) writes: Vec<usize>,
    /// How often files were removed.
    pub(crate) removals: usize,
    rung: bool,
    client: Option<Waker>,
    daemon: Option<Waker>,
    /// Whether the daemon has closed the connection.
    pub(crate) ended: bool,
    parted: bool,
}

impl Wire {
    fn new(kind: ConnectionType, serves: bool) -> Self {
        let state = State {
            serves,
            requests: VecDeque::new(),
            responses: VecDeque::new(),
            events: VecDeque::new(),
            writes: Vec::new(),
            removals: 0,
            rung: false,
            client: None,
            daemon: None,
            ended: false,
            parted: false,
        };
        Self(Arc::new(Ends {
            kind,
            stopped: AtomicBool::new(false),
            room: AtomicUsize::new(usize::MAX),
            state: Mutex::new(state),
        }))
    }

    /// To a daemon that serves requests as they arrive.
    pub(crate) fn served() -> Self {
        Self::new(ConnectionType::Shm, true)
    }

    /// To a daemon that does nothing by itself.
    pub(crate) fn idle() -> Self {
        Self::new(ConnectionType::Shm, false)
    }

    /// As [`idle`](Self::idle), over sockets.
    pub(crate) fn idle_sockets() -> Self {
        Self::new(ConnectionType::Socket, false)
    }

    pub(crate) fn with<T>(&self, run: impl FnOnce(&mut State) -> T) -> T {
        run(&mut self.0.state.lock().unwrap())
    }

    pub(crate) fn connection_type(&self) -> ConnectionType {
        self.0.kind
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn set_stopped(&self, stopped: bool) {
        self.0.stopped.store(stopped, Ordering::Relaxed);
    }

    pub(super) fn room(&self) -> usize {
        self.0.room.load(Ordering::Relaxed)
    }

    pub(crate) fn set_room(&self, room: Option<usize>) {
        self.0.room.store(room.unwrap_or(usize::MAX), Ordering::Relaxed);
    }

    /// Whether no client has it.
    pub(crate) fn is_unused(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Whether the client's end was closed.
    pub(crate) fn has_parted(&self) -> bool {
        self.with(|state| state.parted)
    }
}

/// The daemon's end.
impl Wire {
    /// The oldest request that waits; `None` once the client has gone.
    pub(crate) fn poll_request(&self, cx: &Context<'_>) -> Poll<Option<(i32, [u64; 2])>> {
        let mut waker = Some(cx.waker().clone());
        self.with(|state| {
            if let Some(request) = state.requests.pop_front() {
                return Poll::Ready(Some(request));
            }
            if state.parted {
                return Poll::Ready(None);
            }
            std::mem::swap(&mut state.daemon, &mut waker);
            Poll::Pending
        })
    }

    /// Serves all requests that wait.
    pub(crate) fn serve(&self) {
        self.with(State::serve);
        self.ring();
    }

    pub(crate) fn reply(&self, id: i32, error: CsError, number: u64) {
        self.with(|state| state.reply(id, error, number));
        self.ring();
    }

    /// The state of the subscription with this instance has grown by one.
    pub(crate) fn tell(&self, instance: u64, to: u64) {
        self.with(|state| state.event(id::ADDED + 1, instance, to));
        self.ring();
    }

    pub(crate) fn ring(&self) {
        let waker = self.with(|state| {
            state.rung = true;
            state.client.take()
        });
        waker.into_iter().for_each(Waker::wake);
    }

    /// The daemon is gone.
    pub(crate) fn end(&self) {
        self.with(|state| state.ended = true);
        self.ring();
    }
}

/// The client's end.
impl Wire {
    pub(super) fn poll_rung(&self, cx: &Context<'_>) -> Poll<Result<(), ChannelError>> {
        let mut waker = Some(cx.waker().clone());
        self.with(|state| {
            if state.ended {
                return Poll::Ready(Err(ChannelError::Closed));
            }
            if std::mem::take(&mut state.rung) {
                return Poll::Ready(Ok(()));
            }
            std::mem::swap(&mut state.client, &mut waker);
            Poll::Pending
        })
    }

    pub(super) fn send(&self, requests: Vec<BytesMut>) -> Result<(), ChannelError> {
        if requests.is_empty() {
            return Ok(());
        }
        if self.with(|state| state.ended) {
            return Err(ChannelError::Closed);
        }
        let (serves, daemon) = self.with(|state| {
            state.writes.push(requests.len());
            let requests = requests.iter().map(|request| wire::decode_request(request).unwrap());
            state.requests.extend(requests);
            (state.serves, state.daemon.take())
        });
        if serves {
            self.serve();
        }
        daemon.into_iter().for_each(Waker::wake);
        Ok(())
    }

    pub(super) fn part(&self) {
        let daemon = self.with(|state| {
            state.parted = true;
            state.daemon.take()
        });
        daemon.into_iter().for_each(Waker::wake);
    }
}

impl State {
    fn serve(&mut self) {
        while let Some((id, [number, _])) = self.requests.pop_front() {
            match id {
                id::SAY => continue,
                id::TRACK => {
                    self.event(id::BASE, number, 40);
                    self.event(id::BASE + 1, number, 2);
                }
                _ => {}
            }
            self.reply(id, CsError::Ok, number);
        }
    }

    pub(crate) fn reply(&mut self, id: i32, error: CsError, number: u64) {
        self.responses.push_back(wire::response(id, error, [number, 0], RESPONSE));
    }

    pub(crate) fn event(&mut self, id: i32, instance: u64, value: u64) {
        self.events.push_back(wire::response(id, CsError::Ok, [instance, value], RESPONSE));
    }
}
