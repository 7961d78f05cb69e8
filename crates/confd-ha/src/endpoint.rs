use std::fmt;
use std::path::PathBuf;

use quorate_codec::confd_ha::CONFD_PORT;

/// Where a daemon listens.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Endpoint {
    /// At a host, by name or by address, and a port.
    Tcp {
        /// Name or address, the latter without brackets.
        host: String,
        /// Port.
        port: u16,
    },
    /// At a unix socket.
    Unix(PathBuf),
}

impl Endpoint {
    /// A daemon on this machine, at this port.
    pub fn localhost(port: u16) -> Self {
        Self::Tcp { host: "127.0.0.1".into(), port }
    }

    /// Reads `HOST:PORT`, `[IPV6]:PORT`, or either without its port, which defaults to ConfD's.
    ///
    /// Returns `None` for any other text.
    pub fn parse_tcp(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
            }
            None => match text.rsplit_once(':') {
                Some((host, port)) if !host.contains(':') => (host, Some(port)),
                // Colons are left: an IPv6 address without brackets, which has no port.
                _ => (text, None),
            },
        };
        if host.is_empty() {
            return None;
        }
        let port = port.map_or(Ok(CONFD_PORT), str::parse).ok()?;
        Some(Self::Tcp { host: host.into(), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_and_without_a_port() {
        let shown = |text| Endpoint::parse_tcp(text).map(|endpoint| endpoint.to_string());
        for (text, expected) in [
            ("127.0.0.1:4569", "127.0.0.1:4569"),
            ("localhost", "localhost:4565"),
            ("[::1]:1", "[::1]:1"),
            ("[::1]", "[::1]:4565"),
            ("::1", "[::1]:4565"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected));
        }
        for text in ["", ":1", "host:", "host:x", "host:65536", "[::1", "[::1]1", "[]:1"] {
            assert_eq!(shown(text), None, "{text:?}");
        }
    }
}
