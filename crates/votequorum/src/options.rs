use std::num::NonZeroU8;
use std::path::Path;
use std::time::Duration;

use qbipc::{ConnectOptions, SocketNamespace};
use quorate_codec::votequorum::SERVICE_NAME;

use crate::connection::{self, Settings};
use crate::{Client, Error, Reconnect};

/// How to connect, and how the connection behaves.
///
/// ```no_run
/// # async fn example() -> Result<(), votequorum::Error> {
/// use std::time::Duration;
///
/// let client = votequorum::Options::new()
///     .timeout(Duration::from_secs(1))
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    connect: ConnectOptions,
    settings: Settings,
}

impl Options {
    /// How long a call may take, unless [`timeout`](Self::timeout) says otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

    /// How many requests may be under way, unless [`window`](Self::window) says otherwise.
    pub const DEFAULT_WINDOW: NonZeroU8 = NonZeroU8::new(64).unwrap();

    /// How many notifications wait for a slow reader, unless
    /// [`event_capacity`](Self::event_capacity) says otherwise.
    pub const DEFAULT_EVENT_CAPACITY: usize = 1024;

    /// How long a call may wait without giving way to others, unless [`spin`](Self::spin) says
    /// otherwise.
    pub const DEFAULT_SPIN: Duration = Duration::from_micros(20);

    /// Connects to the local corosync, run by root, over whatever transport it is set to.
    pub fn new() -> Self {
        Self {
            connect: ConnectOptions::new(SERVICE_NAME),
            settings: Settings {
                timeout: Some(Self::DEFAULT_TIMEOUT),
                window: Self::DEFAULT_WINDOW,
                event_capacity: Self::DEFAULT_EVENT_CAPACITY,
                spin: Self::DEFAULT_SPIN,
                reconnect: None,
            },
        }
    }

    /// The service's name: `votequorum`, unless the daemon is not corosync.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.connect = self.connect.service(name);
        self
    }

    /// Where the service's socket is: [`SocketNamespace::Auto`], unless it is elsewhere.
    #[must_use]
    pub fn namespace(mut self, namespace: SocketNamespace) -> Self {
        self.connect = self.connect.namespace(namespace);
        self
    }

    /// Where the daemon's `/dev/shm` is mounted.
    #[must_use]
    pub fn shm_root(mut self, root: impl AsRef<Path>) -> Self {
        self.connect = self.connect.shm_root(root);
        self
    }

    /// The largest message to exchange, in bytes: 12328 ..= 8 MiB, 64 KiB unless said otherwise.
    ///
    /// The daemon allocates three rings of this size. The service's largest message has 4144 bytes;
    /// room beyond that lets more requests and notifications be under way.
    #[must_use]
    pub fn max_msg_size(mut self, bytes: u32) -> Self {
        self.connect = self.connect.max_msg_size(bytes);
        self
    }

    /// Accepts daemons that run as one of these users, in place of root.
    #[must_use]
    pub fn server_uids(mut self, uids: impl IntoIterator<Item = u32>) -> Self {
        self.connect = self.connect.server_uids(uids);
        self
    }

    /// How long connecting may take: 5 s unless said otherwise. A daemon that is starting is asked
    /// again until then.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect = self.connect.timeout(timeout);
        self
    }

    /// How long a call may take: 5 s unless said otherwise, for ever if `None`.
    ///
    /// A single call can have another: see [`Client::with_timeout`].
    #[must_use]
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeout = timeout.into();
        self
    }

    /// How many requests may be under way at a time: 64 unless said otherwise.
    ///
    /// More calls than that wait for their turn. Never more are under way than the daemon has room
    /// for replies, or 64 over sockets; and there one until the first is answered.
    #[must_use]
    pub fn window(mut self, requests: NonZeroU8) -> Self {
        self.settings.window = requests;
        self
    }

    /// How many notifications may wait for their reader: 1024 unless said otherwise, at least 1.
    ///
    /// When there are more, the oldest are dropped, and the reader is told
    /// ([`Event::Lagged`](crate::Event::Lagged)).
    #[must_use]
    pub fn event_capacity(mut self, notifications: usize) -> Self {
        self.settings.event_capacity = notifications.max(1);
        self
    }

    /// How long a call may look for its reply before it gives way to other tasks: 20 us unless said
    /// otherwise, 0 for not at all.
    ///
    /// A reply typically comes within 5 us; parking and waking a task takes several times that. The
    /// time is spent only by a call that is alone on its connection, less often when it turns out
    /// to be in vain, and never on a machine with a single processor.
    ///
    /// With 0, a call looks once when its request has gone out: a daemon that shares the processor
    /// has answered by then.
    #[must_use]
    pub fn spin(mut self, at_most: Duration) -> Self {
        self.settings.spin = at_most;
        self
    }

    /// Connects again when the connection is lost; it is not, unless said so.
    ///
    /// The first connection is up to [`connect`](Self::connect). When one is lost later:
    ///
    /// - calls that are under way fail, and can be tried again; none is sent a second time;
    /// - calls made while there is no connection wait for one, until their deadline;
    /// - a track gets an [`Event::Gap`](crate::Event::Gap), and the state of now when there is a
    ///   connection again.
    #[must_use]
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.settings.reconnect = Some(reconnect);
        self
    }

    /// Connects.
    ///
    /// Has to be called within a tokio runtime, which then drives the connection in a task of its
    /// own.
    ///
    /// # Errors
    ///
    /// If nobody listens, the daemon does not let us in or cannot be trusted, or the deadline
    /// passes; the error's text says what can be done about it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what was opened.
    #[doc(alias = "votequorum_initialize")]
    #[doc(alias = "initialize")]
    pub async fn connect(&self) -> Result<Client, Error> {
        let connection = self.connect.connect().await.map_err(Error::connect)?;
        Ok(Client::new(connection::start(connection, self.connect.clone(), self.settings.clone())))
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
