use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quorate_codec::confd_ha::handshake::{LibraryVersion, ProtocolVersion, Sizes};
use quorate_codec::confd_ha::{CONFD_PORT, NSO_PORT};

use crate::environment::Environment;
use crate::events::EventsBuilder;
use crate::options::{BadVersion, Options};
use crate::secret::{Secret, TrailingNewline};
use crate::{Client, Endpoint, Error, Reconnect};

/// Where the daemon is, and how to talk to it. Made by [`Client::builder`].
///
/// Errors in what is given here show when connecting.
#[derive(Clone, Debug)]
#[must_use = "nothing happens until it connects"]
pub struct Builder {
    options: Options,
    access_file: Option<PathBuf>,
    newline: TrailingNewline,
    /// The first thing that was wrong.
    wrong: Option<Error>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let options = Options {
            endpoint: Endpoint::localhost(CONFD_PORT),
            token: None,
            secret: None,
            protocol: ProtocolVersion::DEFAULT,
            library: LibraryVersion::DEFAULT,
            sizes: Sizes::CONFD,
            bad_version: BadVersion::Fail,
            connect_deadline: Duration::from_secs(5),
            order_deadline: Some(Duration::from_secs(5)),
            sync_deadline: None,
            reconnect: None,
        };
        Self { options, access_file: None, newline: TrailingNewline::Keep, wrong: None }
    }

    /// Takes address and access file from the environment, as the tools of ConfD and NSO do:
    /// `CONFD_IPC_ADDR` and `CONFD_IPC_PORT`, or else `NCS_IPC_PATH`, or else `NCS_IPC_ADDR` and
    /// `NCS_IPC_PORT`; and `CONFD_IPC_ACCESS_FILE`, or else `NCS_IPC_ACCESS_FILE`.
    ///
    /// Without any of them it is ConfD on this machine. What is given after this wins.
    #[doc(alias(
        "CONFD_IPC_ADDR",
        "CONFD_IPC_PORT",
        "CONFD_IPC_ACCESS_FILE",
        "NCS_IPC_ADDR",
        "NCS_IPC_PORT",
        "NCS_IPC_PATH",
        "NCS_IPC_ACCESS_FILE"
    ))]
    pub fn from_env(mut self) -> Self {
        match Environment::read(|name| env::var_os(name)) {
            Ok(environment) => {
                self.options.endpoint = environment.endpoint;
                self.options.sizes = environment.sizes;
                self.access_file = environment.access_file.or(self.access_file);
            }
            Err(error) => self.set_wrong(error),
        }
        self
    }

    /// Connects over TCP: `HOST:PORT`, `[IPV6]:PORT`, or either without a port, which is 4565 then.
    ///
    /// Without this it is 127.0.0.1:4565, where ConfD listens by default.
    pub fn tcp(mut self, address: impl AsRef<str>) -> Self {
        let address = address.as_ref();
        match Endpoint::parse_tcp(address) {
            Some(endpoint) => self.options.endpoint = endpoint,
            None => self.set_wrong(Error::config(format!("{address:?} is not HOST:PORT"))),
        }
        self
    }

    /// Connects over a unix socket, as NSO from 6.4 on offers.
    pub fn unix(self, path: impl AsRef<Path>) -> Self {
        self.endpoint(Endpoint::Unix(path.as_ref().to_owned()))
    }

    /// Connects to NSO on this machine: 127.0.0.1:4569, with the sizes of NSO's library.
    pub fn nso(self) -> Self {
        self.endpoint(Endpoint::localhost(NSO_PORT)).sizes(Sizes::NSO)
    }

    /// Connects to this endpoint.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.options.endpoint = endpoint;
        self
    }

    /// The cluster's token, the same on all nodes. An HA socket needs one; it may be empty.
    ///
    /// It goes over the socket in clear, is not shown by `Debug`, and is wiped from memory when the
    /// last client is dropped.
    pub fn token(mut self, token: impl AsRef<[u8]>) -> Self {
        self.options.token = Some(Secret::new(token.as_ref()));
        self
    }

    /// The file with the secret of the access check. Its bytes are used as libconfd uses them: up
    /// to the first NUL, at most 1007.
    ///
    /// A file that is missing, empty, readable by others, or writable by any but its owner is an
    /// error. It is read when connecting, once.
    pub fn access_file(mut self, path: impl AsRef<Path>) -> Self {
        self.access_file = Some(path.as_ref().to_owned());
        self
    }

    /// What to do with a newline at the end of the access file; kept, as libconfd does, otherwise.
    pub fn trailing_newline(mut self, newline: TrailingNewline) -> Self {
        self.newline = newline;
        self
    }

    /// The secret of the access check itself, used as it is.
    pub fn access_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.access_file = None;
        self.options.secret = Some(Secret::new(secret.as_ref()));
        self
    }

    /// The protocol version to say; 78, that of ConfD 7.8, otherwise.
    pub fn protocol(mut self, protocol: ProtocolVersion) -> Self {
        self.options.protocol = protocol;
        self
    }

    /// The library version to say; 7.8.2 otherwise.
    pub fn library(mut self, library: LibraryVersion) -> Self {
        self.options.library = library;
        self
    }

    /// The sizes to say; those of ConfD's library, 20 and 9, otherwise.
    pub fn sizes(mut self, sizes: Sizes) -> Self {
        self.options.sizes = sizes;
        self
    }

    /// What to do when the daemon speaks another version; fail otherwise.
    pub fn bad_version(mut self, bad_version: BadVersion) -> Self {
        self.options.bad_version = bad_version;
        self
    }

    /// How long connecting may take, the handshake included; 5 s otherwise.
    pub fn connect_deadline(mut self, deadline: Duration) -> Self {
        self.options.connect_deadline = deadline;
        self
    }

    /// How long an order may take; 5 s otherwise. `None` is for ever.
    pub fn order_deadline(mut self, deadline: impl Into<Option<Duration>>) -> Self {
        self.options.order_deadline = deadline.into();
        self
    }

    /// How long it may take to become secondary; for ever otherwise, since copying a large database
    /// takes minutes.
    pub fn sync_deadline(mut self, deadline: impl Into<Option<Duration>>) -> Self {
        self.options.sync_deadline = deadline.into();
        self
    }

    /// Connects again when the daemon went away: events by themselves, the HA socket with the next
    /// order. Not done otherwise.
    pub fn reconnect(mut self, policy: Reconnect) -> Self {
        self.options.reconnect = Some(policy);
        self
    }

    /// Opens an HA socket.
    ///
    /// A daemon has one: the one before, if there is any, is closed by the daemon. That the daemon
    /// does not want the token shows at the first order.
    ///
    /// # Errors
    ///
    /// [`Connect`](crate::ErrorKind::Connect) if nobody listens there,
    /// [`BadVersion`](crate::ErrorKind::BadVersion), [`BadSizes`](crate::ErrorKind::BadSizes),
    /// [`AccessDenied`](crate::ErrorKind::AccessDenied) or
    /// [`Unavailable`](crate::ErrorKind::Unavailable) if the daemon does not let us in,
    /// [`Timeout`](crate::ErrorKind::Timeout) after the connect deadline, and
    /// [`Config`](crate::ErrorKind::Config) or [`AccessFile`](crate::ErrorKind::AccessFile) if what
    /// was given is wrong.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what was opened. If the token was sent already, the HA socket
    /// before has been closed.
    #[doc(alias = "confd_ha_connect")]
    pub async fn connect(self) -> Result<Client, Error> {
        let options = self.settle()?;
        if options.token.is_none() {
            return Err(Error::config("an HA socket needs the cluster's token".into()));
        }
        Client::connect(options).await
    }

    /// Subscribes to HA events without an HA socket, so that no controller is disturbed.
    ///
    /// # Errors
    ///
    /// If what was given is wrong.
    #[doc(alias("confd_notifications_connect", "confd_notifications_connect2"))]
    pub fn events(self) -> Result<EventsBuilder, Error> {
        Ok(EventsBuilder::new(self.settle()?))
    }

    fn settle(mut self) -> Result<Arc<Options>, Error> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        if let Some(path) = &self.access_file {
            self.options.secret = Some(Secret::of_file(path, self.newline)?);
        }
        Ok(Arc::new(self.options))
    }

    fn set_wrong(&mut self, error: Error) {
        self.wrong.get_or_insert(error);
    }
}
