use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quorate_codec::confd_ha::handshake::{LibraryVersion, ProtocolVersion, Sizes};
use quorate_codec::confd_ha::{CONFD_PORT, NSO_PORT};
use quorate_codec::limits::MAX_FRAME;

use crate::environment::Environment;
use crate::events::EventsBuilder;
use crate::options::{BadVersion, Options};
use crate::secret::{Secret, TrailingNewline};
use crate::{Client, Endpoint, Error, Reconnect};

/// Where the daemon is, and how to talk to it. Made by [`Client::builder`].
///
/// Invalid settings are reported by [`connect`](Self::connect) and [`events`](Self::events).
#[derive(Clone, Debug)]
#[must_use = "nothing happens until it connects"]
pub struct Builder {
    options: Options,
    access_file: Option<PathBuf>,
    newline: TrailingNewline,
    /// The first setting that is invalid.
    invalid: Option<Error>,
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
            connect_timeout: Duration::from_secs(5),
            call_timeout: Some(Duration::from_secs(5)),
            sync_timeout: None,
            reconnect: None,
        };
        Self { options, access_file: None, newline: TrailingNewline::Keep, invalid: None }
    }

    /// Takes address and access file from the environment, as the tools of ConfD and NSO do:
    /// `CONFD_IPC_ADDR` and `CONFD_IPC_PORT`, or else `NCS_IPC_PATH`, or else `NCS_IPC_ADDR` and
    /// `NCS_IPC_PORT`; and `CONFD_IPC_ACCESS_FILE`, or else `NCS_IPC_ACCESS_FILE`.
    ///
    /// Without any of them it is ConfD on this machine. Later settings override it.
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
            Err(error) => self.set_invalid(error),
        }
        self
    }

    /// Connects over TCP: `HOST:PORT`, `[IPV6]:PORT`, or either without a port, which defaults to 4565.
    ///
    /// Defaults to 127.0.0.1:4565, where ConfD listens by default.
    pub fn tcp(mut self, address: impl AsRef<str>) -> Self {
        let address = address.as_ref();
        match Endpoint::parse_tcp(address) {
            Some(endpoint) => self.options.endpoint = endpoint,
            None => self.set_invalid(Error::invalid(format!("{address:?} is not HOST:PORT"))),
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
    /// A file that is missing, empty, readable by others, or writable by any user but its owner is
    /// an error. It is read once, when connecting.
    pub fn access_file(mut self, path: impl AsRef<Path>) -> Self {
        self.access_file = Some(path.as_ref().to_owned());
        self
    }

    /// What to do with a newline at the end of the access file. Defaults to keeping it, as libconfd
    /// does.
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

    /// The protocol version to send. Defaults to 78, that of ConfD 7.8.
    pub fn protocol(mut self, protocol: ProtocolVersion) -> Self {
        self.options.protocol = protocol;
        self
    }

    /// The library version to send. Defaults to 7.8.2.
    pub fn library(mut self, library: LibraryVersion) -> Self {
        self.options.library = library;
        self
    }

    /// The sizes to send. Defaults to those of ConfD's library, 20 and 9.
    pub fn sizes(mut self, sizes: Sizes) -> Self {
        self.options.sizes = sizes;
        self
    }

    /// What to do when the daemon speaks another version. Defaults to failing.
    pub fn bad_version(mut self, bad_version: BadVersion) -> Self {
        self.options.bad_version = bad_version;
        self
    }

    /// How long connecting may take, the handshake included. Defaults to 5 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.options.connect_timeout = timeout;
        self
    }

    /// How long an order may take. Defaults to 5 s; `None` disables the timeout.
    pub fn call_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.options.call_timeout = timeout.into();
        self
    }

    /// How long it may take to become secondary. Defaults to `None`, no timeout: copying a large
    /// database takes minutes.
    pub fn sync_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.options.sync_timeout = timeout.into();
        self
    }

    /// Connects again when the daemon went away: events by themselves, the HA socket with the next
    /// order. Defaults to not connecting again.
    pub fn reconnect(mut self, schedule: Reconnect) -> Self {
        self.options.reconnect = Some(schedule);
        self
    }

    /// Opens an HA socket.
    ///
    /// A daemon has one: it closes the previous one, if there is any. A token that the daemon
    /// rejects shows only at the first order.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if a setting is invalid,
    /// [`Unavailable`](crate::ErrorKind::Unavailable) if no daemon listens there or it is starting,
    /// [`BadVersion`](crate::ErrorKind::BadVersion), [`BadSizes`](crate::ErrorKind::BadSizes) or
    /// [`AccessDenied`](crate::ErrorKind::AccessDenied) if the daemon does not admit the client,
    /// [`Closed`](crate::ErrorKind::Closed) if it closes the connection,
    /// [`Protocol`](crate::ErrorKind::Protocol) if its reply is malformed, and
    /// [`Timeout`](crate::ErrorKind::Timeout) after the connect timeout.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what was opened. If the token was sent already, the daemon has
    /// closed the previous HA socket.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with I/O and time enabled.
    #[doc(alias = "confd_ha_connect")]
    pub async fn connect(self) -> Result<Client, Error> {
        let options = self.settle()?;
        if options.token.is_none() {
            return Err(Error::invalid(
                "an HA socket needs the cluster's token: set Builder::token".into(),
            ));
        }
        Client::connect(options).await
    }

    /// Returns a builder for a subscription to HA events, without an HA socket, so that no
    /// controller is disturbed.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if a setting is invalid.
    #[doc(alias("confd_notifications_connect", "confd_notifications_connect2"))]
    pub fn events(self) -> Result<EventsBuilder, Error> {
        Ok(EventsBuilder::new(self.settle()?))
    }

    fn settle(mut self) -> Result<Arc<Options>, Error> {
        if let Some(invalid) = self.invalid {
            return Err(invalid);
        }
        let token_len = self.options.token.as_ref().map_or(0, |token| token.as_bytes().len());
        if token_len > MAX_FRAME {
            return Err(Error::too_long("the token", token_len));
        }
        if let Some(path) = &self.access_file {
            self.options.secret = Some(Secret::of_file(path, self.newline)?);
        }
        Ok(Arc::new(self.options))
    }

    fn set_invalid(&mut self, error: Error) {
        self.invalid.get_or_insert(error);
    }
}
