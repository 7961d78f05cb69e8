use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use quorate_codec::limits::{MAX_ABSTRACT_NAME, MAX_SERVICE_NAME};
use rustix::io::Errno;
use rustix::net::SocketAddrUnix;

use crate::ConnectError;

/// Bytes of `sun_path`, less the NUL that marks an abstract name. libqb pads the name with NULs
/// up to here, and they are part of the name.
const ABSTRACT_LEN: usize = 107;

/// When this file is there, libqb listens in the filesystem.
const FORCE_FILESYSTEM: &str = "/etc/libqb/force-filesystem-sockets";

/// Where libqb listens in the filesystem; which of these depends on how it was built.
const SOCKET_DIRS: [&str; 3] = ["/run", "/var/run", "/tmp"];

/// Where a service's socket is.
///
/// Any local user can make a socket, or something else, in `/tmp`, and under an abstract name that
/// is not taken. With [`Auto`](Self::Auto), what is found in one of the directories and is not a
/// trusted server counts as no server: it never hides one that is elsewhere, nor the reason why one
/// in the abstract namespace cannot be used.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SocketNamespace {
    /// Wherever libqb would put it: in the abstract namespace, and in `/run`, `/var/run` and
    /// `/tmp`; these first if `/etc/libqb/force-filesystem-sockets` is there.
    #[default]
    Auto,
    /// In the abstract namespace of the network namespace.
    Abstract,
    /// In a directory.
    Directory(PathBuf),
}

/// The name of a service: what its socket is called.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceName(String);

impl ServiceName {
    /// Checks a name.
    ///
    /// # Errors
    ///
    /// [`ConnectError::ServiceName`] if it is empty, longer than 235 bytes, or has a NUL or a `/`
    /// in it.
    pub fn new(name: impl Into<String>) -> Result<Self, ConnectError> {
        let name = name.into();
        let fits = (1..=MAX_SERVICE_NAME).contains(&name.len());
        if !fits || name.contains(['\0', '/']) {
            return Err(ConnectError::ServiceName { name, most: MAX_SERVICE_NAME });
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A place where a service may listen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Address {
    Abstract(String),
    Path(PathBuf),
}

impl Address {
    /// The places to look at, in this order. The first is the likeliest.
    pub(crate) fn candidates(
        namespace: &SocketNamespace,
        service: &ServiceName,
    ) -> (Self, Vec<Self>) {
        let in_abstract = Self::Abstract(service.as_str().to_owned());
        let in_dir = |dir: &Path| Self::Path(dir.join(service.as_str()));
        match namespace {
            SocketNamespace::Abstract => (in_abstract, Vec::new()),
            SocketNamespace::Directory(dir) => (in_dir(dir), Vec::new()),
            SocketNamespace::Auto => {
                let [run, others @ ..] = SOCKET_DIRS.map(|dir| in_dir(Path::new(dir)));
                let others = others.into_iter();
                if Path::new(FORCE_FILESYSTEM).exists() {
                    (run, others.chain([in_abstract]).collect())
                } else {
                    (in_abstract, std::iter::once(run).chain(others).collect())
                }
            }
        }
    }

    /// Whether this is one of the directories that are looked into because the service may be
    /// there.
    pub(crate) fn is_fallback(&self, namespace: &SocketNamespace) -> bool {
        *namespace == SocketNamespace::Auto && matches!(self, Self::Path(_))
    }

    pub(crate) fn to_socket_addr(&self) -> Result<SocketAddrUnix, ConnectError> {
        let address = match self {
            Self::Abstract(name) if name.len() > MAX_ABSTRACT_NAME => {
                let name = name.clone();
                return Err(ConnectError::ServiceName { name, most: MAX_ABSTRACT_NAME });
            }
            Self::Abstract(name) => abstract_addr(name.as_bytes()),
            Self::Path(path) => SocketAddrUnix::new(path.as_path()).map_err(io::Error::from),
        };
        address.map_err(|source| ConnectError::System { address: self.to_string(), source })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Abstract(name) => write!(f, "@{name}"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// An abstract name as libqb has it: padded with NULs to the full length.
pub(crate) fn abstract_addr(name: &[u8]) -> io::Result<SocketAddrUnix> {
    if name.len() > ABSTRACT_LEN {
        return Err(Errno::NAMETOOLONG.into());
    }
    let mut padded = name.to_vec();
    padded.resize(ABSTRACT_LEN, 0);
    Ok(SocketAddrUnix::new_abstract_name(&padded)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abstract_names_are_padded_to_the_full_length() {
        let addr = abstract_addr(b"votequorum").unwrap();
        let name = addr.abstract_name().unwrap();
        assert_eq!(&name[..11], b"votequorum\0");
        assert_eq!(name.len(), ABSTRACT_LEN);
        assert!(abstract_addr(&[b'x'; 107]).is_ok());
        assert!(abstract_addr(&[b'x'; 108]).is_err());
    }

    #[test]
    fn service_names_at_the_edge() {
        assert!(ServiceName::new("").is_err());
        assert!(ServiceName::new("a/b").is_err());
        assert!(ServiceName::new("a\0b").is_err());
        assert!(ServiceName::new("x".repeat(235)).is_ok());
        assert!(ServiceName::new("x".repeat(236)).is_err());
        let place = |len: usize| Address::Abstract("x".repeat(len)).to_socket_addr();
        assert!(place(106).is_ok());
        assert!(matches!(place(107), Err(ConnectError::ServiceName { most: 106, .. })));
    }

    #[test]
    fn named_namespaces_have_one_place() {
        let service = ServiceName::new("votequorum").unwrap();
        let places = Address::candidates(&SocketNamespace::Abstract, &service);
        assert_eq!(places, (Address::Abstract("votequorum".into()), vec![]));
        let dir = SocketNamespace::Directory("/some/dir".into());
        let places = Address::candidates(&dir, &service);
        assert_eq!(places, (Address::Path("/some/dir/votequorum".into()), vec![]));
        assert_eq!(Address::candidates(&SocketNamespace::Auto, &service).1.len(), 3);
    }
}
