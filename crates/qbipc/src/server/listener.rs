use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use rustix::fs::{FileType, Mode, Stat, chmod, lstat, unlink};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};
use tokio::net::UnixListener;
use tokio::runtime::Handle;
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
    pub(super) max_queued_bytes: usize,
}

impl ListenOptions {
    /// The default of [`max_queued_bytes`](Self::max_queued_bytes).
    pub const DEFAULT_MAX_QUEUED_BYTES: usize = 64 * 1024 * 1024;

    /// Publishes a service under this name in the abstract namespace, over shared memory.
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            namespace: SocketNamespace::Abstract,
            connection_type: ConnectionType::Shm,
            shm_root: PathBuf::from("/dev/shm"),
            min_msg_size: 0,
            max_queued_bytes: Self::DEFAULT_MAX_QUEUED_BYTES,
        }
    }

    /// Where the service's socket is to be; [`SocketNamespace::Auto`] is as
    /// [`SocketNamespace::Abstract`].
    ///
    /// A socket in a directory replaces one that is there, can be used by every user, and is
    /// removed with the [`Listener`]. Anything else that is in the way is left alone, and is an
    /// error.
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

    /// Grants every client messages of at least this size, in bytes, whatever it asks for. Defaults
    /// to 0.
    #[must_use]
    pub fn min_msg_size(mut self, bytes: u32) -> Self {
        self.min_msg_size = bytes;
        self
    }

    /// How much memory the events may take that are queued for one client, in bytes: those for
    /// which its channel had no room. Defaults to 64 MiB.
    ///
    /// An event that would exceed it is refused with [`TransmitError::Busy`], and those queued
    /// before stay queued. The client then has a gap in its events, of which it does not know: end
    /// the connection, unless it does not matter.
    ///
    /// [`TransmitError::Busy`]: crate::TransmitError::Busy
    #[must_use]
    pub fn max_queued_bytes(mut self, bytes: usize) -> Self {
        self.max_queued_bytes = bytes;
        self
    }

    /// Starts to listen.
    ///
    /// # Errors
    ///
    /// If the name cannot be that of a socket, another server listens there already, or something
    /// that is not a socket is in the way; [`ConnectError::NoRuntime`] outside of a tokio runtime.
    ///
    /// # Panics
    ///
    /// In a tokio runtime without the I/O driver.
    pub fn listen(self) -> Result<Listener, ConnectError> {
        let service = ServiceName::new(self.service.as_str())?;
        let address = match &self.namespace {
            SocketNamespace::Directory(dir) => Address::Path(dir.join(service.as_str())),
            SocketNamespace::Auto | SocketNamespace::Abstract => {
                Address::Abstract(service.as_str().to_owned())
            }
        };
        if Handle::try_current().is_err() {
            return Err(ConnectError::NoRuntime { address: address.to_string() });
        }
        let to = address.to_socket_addr()?;
        let (socket, file) = bind(&address, &to)
            .map_err(|source| ConnectError::Listen { address: address.to_string(), source })?;
        let address = address.to_string();
        Ok(Listener { socket, service, options: self, address, _file: file })
    }
}

fn bind(address: &Address, to: &SocketAddrUnix) -> io::Result<(UnixListener, Option<SocketFile>)> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    let file = match address {
        Address::Abstract(_) => {
            net::bind(&socket, to)?;
            None
        }
        Address::Path(path) => {
            // As libqb does, whether the server that made it lives or not.
            SocketFile::remove_old(path)?;
            net::bind(&socket, to)?;
            let file = SocketFile::of(path)?;
            chmod(path, Mode::from_raw_mode(0o777))?;
            Some(file)
        }
    };
    // Clients send no credentials unless they are asked for.
    sockopt::set_socket_passcred(&socket, true)?;
    net::listen(&socket, BACKLOG)?;
    Ok((UnixListener::from_std(socket.into())?, file))
}

/// A socket in a directory, which is removed when this is dropped.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    /// Device and inode, by which it is recognised.
    id: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), id: Self::id(&lstat(path)?) })
    }

    fn id(stat: &Stat) -> (u64, u64) {
        (stat.st_dev, stat.st_ino)
    }

    /// Removes what was left at a path by another server, if it is a socket.
    fn remove_old(path: &Path) -> io::Result<()> {
        match lstat(path) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Socket => {
                Ok(unlink(path)?)
            }
            Ok(_) => Err(Errno::EXIST.into()),
            // If there is something that cannot be looked at, binding fails and says so.
            Err(_) => Ok(()),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Another server may have replaced it.
        if lstat(&self.path).is_ok_and(|stat| Self::id(&stat) == self.id) {
            let _ = unlink(&self.path);
        }
    }
}

/// A published service.
#[derive(Debug)]
pub struct Listener {
    socket: UnixListener,
    service: ServiceName,
    options: ListenOptions,
    address: String,
    /// The socket's file, if it has one, which does not go away by itself.
    _file: Option<SocketFile>,
}

impl Listener {
    /// Waits for a client.
    ///
    /// A client that has left again is passed over. While the system has no descriptor or no memory
    /// for one, this tries again at growing intervals, up to a second, and logs it.
    ///
    /// # Errors
    ///
    /// If no client can ever be accepted again: stop then.
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
                        let address = self.address.clone();
                        return Ok(Incoming::new(setup, peer, service, options, address));
                    }
                    Err(error) => {
                        debug!(%error, "a client without credentials is not accepted");
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
