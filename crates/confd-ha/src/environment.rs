//! The environment variables of ConfD's and NSO's tools.

use std::ffi::OsString;
use std::path::PathBuf;

use quorate_codec::confd_ha::handshake::Sizes;
use quorate_codec::confd_ha::{CONFD_PORT, NSO_PORT};

use crate::Endpoint;
use crate::error::Error;

/// What the environment says of the daemon.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Environment {
    pub(crate) endpoint: Endpoint,
    pub(crate) sizes: Sizes,
    pub(crate) access_file: Option<PathBuf>,
}

impl Environment {
    /// Reads the variables through `var`.
    ///
    /// Those of ConfD come first, then NSO's unix socket, then NSO's address.
    pub(crate) fn read(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        let any = |one: &str, other: &str| set(one).is_some() || set(other).is_some();
        let (endpoint, sizes) = if any("CONFD_IPC_ADDR", "CONFD_IPC_PORT") {
            (tcp(&set, "CONFD_IPC_ADDR", "CONFD_IPC_PORT", CONFD_PORT)?, Sizes::CONFD)
        } else if let Some(path) = set("NCS_IPC_PATH") {
            (Endpoint::Unix(path.into()), Sizes::NSO)
        } else if any("NCS_IPC_ADDR", "NCS_IPC_PORT") {
            (tcp(&set, "NCS_IPC_ADDR", "NCS_IPC_PORT", NSO_PORT)?, Sizes::NSO)
        } else {
            (Endpoint::localhost(CONFD_PORT), Sizes::CONFD)
        };
        let access_file = set("CONFD_IPC_ACCESS_FILE").or_else(|| set("NCS_IPC_ACCESS_FILE"));
        Ok(Self { endpoint, sizes, access_file: access_file.map(PathBuf::from) })
    }
}

fn tcp(
    set: &impl Fn(&str) -> Option<OsString>,
    addr: &str,
    port: &str,
    default: u16,
) -> Result<Endpoint, Error> {
    let invalid =
        |name: &str| Error::invalid(format!("the environment variable {name} is not valid"));
    let host = match set(addr) {
        Some(host) => host.into_string().map_err(|_| invalid(addr))?,
        None => "127.0.0.1".into(),
    };
    let port = match set(port) {
        Some(number) => {
            let number = number.to_str().and_then(|number| number.parse().ok());
            number.ok_or_else(|| invalid(port))?
        }
        None => default,
    };
    Ok(Endpoint::Tcp { host, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Environment, Error> {
        Environment::read(|name| {
            vars.iter().find(|(var, _)| *var == name).map(|(_, value)| (*value).into())
        })
    }

    #[test]
    fn which_variable_wins() {
        for (vars, endpoint, sizes) in [
            (&[][..], "127.0.0.1:4565", Sizes::CONFD),
            (&[("CONFD_IPC_PORT", "1")], "127.0.0.1:1", Sizes::CONFD),
            (&[("CONFD_IPC_ADDR", "::1")], "[::1]:4565", Sizes::CONFD),
            (&[("NCS_IPC_ADDR", "10.0.0.1")], "10.0.0.1:4569", Sizes::NSO),
            (&[("NCS_IPC_PATH", "/tmp/nso"), ("NCS_IPC_PORT", "1")], "/tmp/nso", Sizes::NSO),
            (&[("NCS_IPC_PATH", "/tmp/nso"), ("CONFD_IPC_PORT", "1")], "127.0.0.1:1", Sizes::CONFD),
            (&[("CONFD_IPC_PORT", "")], "127.0.0.1:4565", Sizes::CONFD),
        ] {
            let environment = read(vars).unwrap();
            assert_eq!(environment.endpoint.to_string(), endpoint);
            assert_eq!((environment.sizes, environment.access_file), (sizes, None));
        }
    }

    #[test]
    fn confds_access_file_comes_first() {
        let file = |vars: &[_]| read(vars).unwrap().access_file.unwrap();
        let ncs = ("NCS_IPC_ACCESS_FILE", "/n");
        assert_eq!(file(&[ncs]), PathBuf::from("/n"));
        assert_eq!(file(&[ncs, ("CONFD_IPC_ACCESS_FILE", "/c")]), PathBuf::from("/c"));
    }

    #[test]
    fn a_port_that_is_none_is_named() {
        let error = read(&[("CONFD_IPC_PORT", "x")]).unwrap_err();
        assert!(error.to_string().contains("CONFD_IPC_PORT"), "{error}");
    }
}
