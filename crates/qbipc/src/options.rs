use std::path::{Path, PathBuf};
use std::time::Duration;

use quorate_codec::limits::{MAX_MSG_SIZE, MIN_MSG_SIZE};

use crate::{ConnectError, Connection, ServiceName, SocketNamespace, handshake};

/// How to connect to a libqb service.
///
/// ```no_run
/// # async fn example() -> Result<(), qbipc::ConnectError> {
/// let connection = qbipc::ConnectOptions::new("votequorum").connect().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    pub(crate) service: String,
    pub(crate) namespace: SocketNamespace,
    pub(crate) shm_root: PathBuf,
    pub(crate) max_msg_size: u32,
    pub(crate) server_uids: Vec<u32>,
    pub(crate) timeout: Duration,
}

impl ConnectOptions {
    /// The default of [`max_msg_size`](Self::max_msg_size), in bytes.
    pub const DEFAULT_MAX_MSG_SIZE: u32 = 64 * 1024;

    /// The default of [`timeout`](Self::timeout).
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

    /// Connects to the service of that name, run by root, wherever its socket is.
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            namespace: SocketNamespace::Auto,
            shm_root: PathBuf::from("/dev/shm"),
            max_msg_size: Self::DEFAULT_MAX_MSG_SIZE,
            server_uids: vec![0],
            timeout: Self::DEFAULT_TIMEOUT,
        }
    }

    /// The service's name. Names are checked when connecting.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = service.into();
        self
    }

    /// Where the service's socket is.
    #[must_use]
    pub fn namespace(mut self, namespace: SocketNamespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// The directory where this process finds the server's shared memory. Defaults to `/dev/shm`.
    ///
    /// It may differ from the path by which the server knows it, in a container for instance: only
    /// the last two components of the paths the server names are used.
    #[must_use]
    pub fn shm_root(mut self, root: impl AsRef<Path>) -> Self {
        self.shm_root = root.as_ref().to_owned();
        self
    }

    /// The largest message to exchange, in bytes, 12328 ..= 8 MiB; values outside are moved to the
    /// nearest of these. Defaults to 64 KiB.
    ///
    /// The server allocates three rings of this size for the connection.
    #[must_use]
    pub fn max_msg_size(mut self, bytes: u32) -> Self {
        self.max_msg_size = bytes.clamp(MIN_MSG_SIZE, MAX_MSG_SIZE);
        self
    }

    /// Accepts servers that run as one of these users. Defaults to root alone.
    ///
    /// When no daemon runs, any local user may listen under its name. 65534 stands for every user
    /// that is not mapped into the caller's user namespace.
    #[must_use]
    pub fn server_uids(mut self, uids: impl IntoIterator<Item = u32>) -> Self {
        self.server_uids = uids.into_iter().collect();
        self
    }

    /// How long connecting may take in all. A server that is starting is asked again until then.
    /// Defaults to 5 seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`]; its [`remedy`](ConnectError::remedy) says what can be done.
    ///
    /// # Panics
    ///
    /// In a tokio runtime without the time or the I/O driver
    /// ([`enable_all`](tokio::runtime::Builder::enable_all)). Outside of a runtime it fails with
    /// [`ConnectError::NoRuntime`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what was opened; the server then cleans up on its side.
    pub async fn connect(&self) -> Result<Connection, ConnectError> {
        let service = ServiceName::new(self.service.as_str())?;
        handshake::connect(self, &service).await
    }
}
