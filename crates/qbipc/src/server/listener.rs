use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use rustix::fs::{Mode, chmod, unlink};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};
use tokio::net::UnixListener;
use tokio::time::sleep;
use tracing::{debug, warn};

use super::Incoming;
use crate::address::Address;
use crate::{ConnectError, PeerCredentials, ServiceName, SocketNamespace};

/// How many clients may wait to be accepted, as with libqb.
const BACKLOG: i32 = 128;

/// How to publish a libqb service.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    service: String,
    namespace: SocketNamespace,
    pub(super) connection_type: ConnectionType,
    pub(super) shm_root: PathBuf,
    pub(super) min_msg_size: u32,
}

impl ListenOptions {
    /// Publishes a service under this name in the abstract namespace, over shared memory.
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            namespace: SocketNamespace::Abstract,
            connection_type: ConnectionType::Shm,
            shm_root: PathBuf::from("/dev/shm"),
            min_msg_size: 0,
        }
    }

    /// Where the service's socket is to be; [`SocketNamespace::Auto`] is as
    /// [`SocketNamespace::Abstract`].
    ///
    /// A socket in a directory replaces one that is there, can be used by everybody, and is removed
    /// with the [`Listener`].
    #[must_use]
    pub fn namespace(mut self, namespace: SocketNamespace) -> Self {
        self.namespace = namespace;
        self
    }

    /// How messages travel: [`ConnectionType::Shm`] or [`ConnectionType::Socket`].
    #[must_use]
    pub fn connection_type(mut self, connection_type: ConnectionType) -> Self {
        self.connection_type = connection_type;
        self
    }

    /// The directory under which shared memory is made.
    #[must_use]
    pub fn shm_root(mut self, root: impl AsRef<Path>) -> Self {
        self.shm_root = root.as_ref().to_owned();
        self
    }

    /// Grants every client messages of at least so many bytes, whatever it asks for.
    #[must_use]
    pub fn min_msg_size(mut self, bytes: u32) -> Self {
        self.min_msg_size = bytes;
        self
    }

    /// Starts to listen.
    ///
    /// Has to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the name cannot be that of a socket, or somebody listens there already.
    pub fn listen(self) -> Result<Listener, ConnectError> {
        let service = ServiceName::new(self.service.as_str())?;
        let address = match &self.namespace {
            SocketNamespace::Directory(dir) => Address::Path(dir.join(service.as_str())),
            SocketNamespace::Auto | SocketNamespace::Abstract => {
                Address::Abstract(service.as_str().to_owned())
            }
        };
        let socket = bind(&address)?;
        let path = match address {
            Address::Path(path) => Some(path),
            Address::Abstract(_) => None,
        };
        Ok(Listener { socket, service, options: self, path })
    }
}

fn bind(address: &Address) -> Result<UnixListener, ConnectError> {
    let failed = |errno: Errno| ConnectError::Io(errno.into());
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket =
        net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).map_err(failed)?;
    if let Address::Path(path) = address {
        // What is there was left by a server that died; one that lives is told from it by nobody.
        let _ = unlink(path);
    }
    net::bind(&socket, &address.to_socket_addr()?).map_err(failed)?;
    if let Address::Path(path) = address {
        chmod(path, Mode::from_raw_mode(0o777)).map_err(failed)?;
    }
    // Clients send no credentials unless somebody asks for them.
    sockopt::set_socket_passcred(&socket, true).map_err(failed)?;
    net::listen(&socket, BACKLOG).map_err(failed)?;
    Ok(UnixListener::from_std(socket.into())?)
}

/// A published service.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    service: ServiceName,
    options: ListenOptions,
    /// The socket's name, if it has one that does not go away by itself.
    path: Option<PathBuf>,
}

impl Listener {
    /// Waits for a client.
    ///
    /// A client that has left again is passed over. While the system has no descriptor or no memory
    /// for one, it is asked again at growing intervals, up to a second; that is logged.
    ///
    /// # Errors
    ///
    /// If nobody will ever be accepted again: stop then.
    ///
    /// # Cancel safety
    ///
    /// No client is lost if the future is dropped.
    pub async fn accept(&mut self) -> io::Result<Incoming> {
        const LONGEST: Duration = Duration::from_secs(1);
        let mut pause = Duration::from_millis(10);
        loop {
            let error = match self.socket.accept().await {
                Ok((setup, _)) => match PeerCredentials::of(&setup) {
                    Ok(peer) => {
                        let (service, options) = (self.service.clone(), self.options.clone());
                        return Ok(Incoming::new(setup, peer, service, options));
                    }
                    Err(error) => {
                        debug!(%error, "a client that nothing is known of is not let in");
                        continue;
                    }
                },
                Err(error) => error,
            };
            match Errno::from_io_error(&error) {
                Some(Errno::CONNABORTED | Errno::INTR | Errno::PERM | Errno::PROTO) => {
                    debug!(%error, "a client has left before it was accepted");
                }
                Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                    warn!(%error, ?pause, "no client can be accepted for now");
                    sleep(pause).await;
                    pause = (2 * pause).min(LONGEST);
                }
                _ => return Err(error),
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = unlink(path);
        }
    }
}
