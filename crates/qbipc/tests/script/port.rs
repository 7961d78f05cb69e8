use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{Connection, Wire};
use crate::engine::{Builder, Client, Service};
use crate::{ConnectError, SocketNamespace};

/// The ports there are, by the names of services.
static PORTS: Mutex<BTreeMap<String, Arc<Mutex<State>>>> = Mutex::new(BTreeMap::new());

/// Where clients connect to, as the script says.
#[derive(Debug)]
pub(crate) struct Port {
    name: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    attempts: VecDeque<Attempt>,
    made: usize,
    /// An attempt that waits for what comes of it.
    waiting: Option<Waker>,
    /// How many attempts wait.
    under_way: usize,
}

/// What comes of an attempt.
#[derive(Clone, Debug)]
pub(crate) enum Attempt {
    Accepted(Wire),
    NoDaemon,
    Denied,
}

impl Port {
    /// A port where attempts have these outcomes. Further ones wait until they are told theirs.
    pub(crate) fn open(attempts: impl IntoIterator<Item = Attempt>) -> Self {
        let state = State { attempts: attempts.into_iter().collect(), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let mut ports = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
        let next = ports.last_key_value().map_or(0, |(name, _)| name.parse::<u64>().unwrap() + 1);
        let name = format!("{next:010}");
        ports.insert(name.clone(), Arc::clone(&state));
        Self { name, state }
    }

    /// A port that accepts one client.
    pub(crate) fn accepting(wire: &Wire) -> Self {
        Self::open([Attempt::Accepted(wire.clone())])
    }

    /// A client of the daemon behind it, whose calls do not spin.
    pub(crate) fn builder<S: Service>(&self) -> Builder<S> {
        Client::builder().service(self.name.as_str()).spin(Duration::ZERO)
    }

    /// The outcome of the attempt that waits, or of the next.
    pub(crate) fn decide(&self, attempt: Attempt) {
        let mut state = self.state.lock().unwrap();
        state.attempts.push_back(attempt);
        let waiting = state.waiting.take();
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// How many attempts were made.
    pub(crate) fn made(&self) -> usize {
        self.state.lock().unwrap().made
    }

    /// How many attempts wait.
    pub(crate) fn under_way(&self) -> usize {
        self.state.lock().unwrap().under_way
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        PORTS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// In the place of the library's: the name of the service says which port is meant.
#[derive(Clone, Debug)]
pub(crate) struct ConnectOptions {
    service: String,
}

impl ConnectOptions {
    pub(crate) fn new(service: impl Into<String>) -> Self {
        Self { service: service.into() }
    }

    pub(crate) fn service(self, service: impl Into<String>) -> Self {
        Self { service: service.into() }
    }

    pub(crate) fn namespace(self, _: SocketNamespace) -> Self {
        self
    }

    pub(crate) fn shm_root(self, _: impl AsRef<Path>) -> Self {
        self
    }

    pub(crate) fn max_msg_size(self, _: u32) -> Self {
        self
    }

    pub(crate) fn server_uids(self, _: impl IntoIterator<Item = u32>) -> Self {
        self
    }

    pub(crate) fn timeout(self, _: Duration) -> Self {
        self
    }

    pub(crate) async fn connect(&self) -> Result<Connection, ConnectError> {
        let attempt = UnderWay::at(&self.service);
        let attempt = poll_fn(|cx| attempt.poll(cx)).await;
        let address = self.service.clone();
        match attempt {
            Attempt::Accepted(wire) => Ok(Connection(wire)),
            Attempt::NoDaemon => {
                let source = io::ErrorKind::ConnectionRefused.into();
                Err(ConnectError::Unavailable { address, source, elsewhere: None })
            }
            Attempt::Denied => {
                let source = io::ErrorKind::PermissionDenied.into();
                Err(ConnectError::Denied { address, source })
            }
        }
    }
}

/// An attempt that waits.
struct UnderWay(Arc<Mutex<State>>);

impl UnderWay {
    fn at(port: &str) -> Self {
        let ports = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
        let state = Arc::clone(ports.get(port).expect("there is such a port"));
        drop(ports);
        let mut counted = state.lock().unwrap();
        counted.made += 1;
        counted.under_way += 1;
        drop(counted);
        Self(state)
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Attempt> {
        let mut waker = Some(cx.waker().clone());
        let mut state = self.0.lock().unwrap();
        match state.attempts.pop_front() {
            Some(attempt) => Poll::Ready(attempt),
            None => {
                std::mem::swap(&mut state.waiting, &mut waker);
                drop(state);
                Poll::Pending
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().unwrap().under_way -= 1;
    }
}
