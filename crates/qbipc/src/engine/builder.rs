use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU8;
use std::path::Path;
use std::time::Duration;

use quorate_codec::Reconnect;
use quorate_codec::qb::service::Service;

use super::Error;
use super::client::Client;
use super::connect::Connector;
use super::lifecycle::CloseReason;
use super::shared::{Settings, Shared};
use crate::{ConnectOptions, SocketNamespace};

/// How to connect to a service, and how the client behaves.
///
/// `T` is what [`connect`](Self::connect) returns: a [`Client`], or what a crate for one service makes
/// of it.
pub struct Builder<S: Service, T = Client<S>> {
    connect: ConnectOptions,
    settings: Settings,
    call_timeout: Option<Duration>,
    event_capacity: usize,
    reconnect: Option<Reconnect>,
    of: PhantomData<fn() -> (S, T)>,
}

impl<S: Service, T: From<Client<S>>> Builder<S, T> {
    /// The default of [`call_timeout`](Self::call_timeout).
    pub const DEFAULT_CALL_TIMEOUT: Duration = Duration::from_secs(5);

    /// The default of [`window`](Self::window).
    pub const DEFAULT_WINDOW: NonZeroU8 = NonZeroU8::new(64).unwrap();

    /// The default of [`event_capacity`](Self::event_capacity).
    pub const DEFAULT_EVENT_CAPACITY: usize = 1024;

    /// The default of [`spin`](Self::spin).
    pub const DEFAULT_SPIN: Duration = Duration::from_micros(20);

    /// Connects to the daemon of this machine, run by root, over the transport the daemon chooses.
    pub fn new() -> Self {
        let settings = Settings {
            window: Self::DEFAULT_WINDOW,
            spin: Self::DEFAULT_SPIN,
            keep_alive: None,
            reconnects: false,
        };
        Self {
            connect: ConnectOptions::new(S::NAME).max_msg_size(S::MAX_MSG_SIZE),
            settings,
            call_timeout: Some(Self::DEFAULT_CALL_TIMEOUT),
            event_capacity: Self::DEFAULT_EVENT_CAPACITY,
            reconnect: None,
            of: PhantomData,
        }
    }

    /// The name of the service's socket. Defaults to the service's own name.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.connect = self.connect.service(name);
        self
    }

    /// Where the service's socket is. Defaults to [`SocketNamespace::Auto`].
    #[must_use]
    pub fn namespace(mut self, namespace: SocketNamespace) -> Self {
        self.connect = self.connect.namespace(namespace);
        self
    }

    /// The directory through which this process sees the daemon's shared memory. Defaults to
    /// `/dev/shm`.
    #[must_use]
    pub fn shm_root(mut self, root: impl AsRef<Path>) -> Self {
        self.connect = self.connect.shm_root(root);
        self
    }

    /// The largest message to exchange, in bytes: 12328 to 8 MiB. Defaults to
    /// [`Service::MAX_MSG_SIZE`].
    ///
    /// The daemon allocates three rings of this size. Room beyond the service's largest message lets
    /// more requests and events be under way.
    #[must_use]
    pub fn max_msg_size(mut self, bytes: u32) -> Self {
        self.connect = self.connect.max_msg_size(bytes);
        self
    }

    /// Accepts daemons that run as one of these users. Defaults to root alone.
    #[must_use]
    pub fn server_uids(mut self, uids: impl IntoIterator<Item = u32>) -> Self {
        self.connect = self.connect.server_uids(uids);
        self
    }

    /// How long one attempt to connect may take. Defaults to 5 s. A daemon that is starting is asked
    /// again until then.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect = self.connect.timeout(timeout);
        self
    }

    /// How long a call may take; `None` for no deadline. Defaults to 5 s.
    ///
    /// A single call can have another deadline: see [`Client::with_timeout`].
    #[must_use]
    pub fn call_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.call_timeout = timeout.into();
        self
    }

    /// How many requests may be under way at a time. Defaults to 64.
    ///
    /// More calls than that wait for their turn. There are never more under way than the daemon has
    /// room for replies, nor more than 64 over sockets; and there only one until the first is answered.
    #[must_use]
    pub fn window(mut self, requests: NonZeroU8) -> Self {
        self.settings.window = requests;
        self
    }

    /// How many events may wait for a reader: 1 and up. Defaults to 1024.
    #[must_use]
    pub fn event_capacity(mut self, events: usize) -> Self {
        self.event_capacity = events.max(1);
        self
    }

    /// How long a call may look for its reply before it parks; 0 for not at all. Defaults to 20 us.
    ///
    /// A reply typically comes within 5 us; parking and waking a task takes several times that. The
    /// time is spent only by a call that is alone on its connection, less often when it turns out to
    /// be in vain, and never on a machine with a single processor.
    #[must_use]
    pub fn spin(mut self, at_most: Duration) -> Self {
        self.settings.spin = at_most;
        self
    }

    /// Connects again when the connection is lost. By default the client is over then.
    ///
    /// - Calls that are under way fail with [`Lost`](super::ErrorKind::Lost); none is sent a second
    ///   time.
    /// - Calls made while there is no connection wait for one, until their deadline.
    /// - Readers get [`Item::Lost`](super::Item::Lost), then the state of the new connection, then
    ///   [`Item::Restored`](super::Item::Restored).
    ///
    /// The first connection is attempted once, unless [`Reconnect::including_first`] says otherwise.
    #[must_use]
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.reconnect = Some(reconnect);
        self.settings.reconnects = true;
        self
    }

    /// Asks the daemon for a sign of life when nothing came from it for so long. By default it is not
    /// asked.
    ///
    /// If it does not answer within another interval, the current state is not known any more: see
    /// [`Reader::view`](super::Reader::view). It is known again when the daemon answers. Calls and
    /// events are not affected.
    #[must_use]
    pub fn keep_alive(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.settings.keep_alive = interval.into();
        self
    }

    /// Connects.
    ///
    /// A task of the runtime this is called in drives the client.
    ///
    /// # Errors
    ///
    /// If no daemon listens, it refuses this user, it is not trusted, or the deadline passes. The text
    /// of the error says what can be done.
    ///
    /// [`Unavailable`](super::ErrorKind::Unavailable) outside of a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what was opened.
    ///
    /// # Panics
    ///
    /// If the runtime was built without its I/O or time driver (`enable_all` builds both).
    pub async fn connect(&self) -> Result<T, Error> {
        let connector = Connector::new(self.connect.clone(), self.reconnect);
        let shared = Shared::start(connector, &self.settings).map_err(Error::no_runtime)?;
        // Dropped with this future, it closes the client.
        let client = Client::new(shared.clone(), self.call_timeout, self.event_capacity);
        match shared.connected().await {
            Ok(()) => Ok(client.into()),
            Err(CloseReason::NoConnection(error)) => Err(Error::connect::<S>(error)),
            Err(reason) => Err(Error::closed::<S>(reason)),
        }
    }
}

impl<S: Service, T: From<Client<S>>> Default for Builder<S, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Service, T> Clone for Builder<S, T> {
    fn clone(&self) -> Self {
        Self {
            connect: self.connect.clone(),
            settings: self.settings.clone(),
            call_timeout: self.call_timeout,
            event_capacity: self.event_capacity,
            reconnect: self.reconnect,
            of: PhantomData,
        }
    }
}

impl<S: Service, T> fmt::Debug for Builder<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connect, settings, call_timeout, event_capacity, reconnect, of: _ } = self;
        f.debug_struct("Builder")
            .field("connect", connect)
            .field("settings", settings)
            .field("call_timeout", call_timeout)
            .field("event_capacity", event_capacity)
            .field("reconnect", reconnect)
            .finish()
    }
}
