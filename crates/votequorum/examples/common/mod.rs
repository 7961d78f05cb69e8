//! What the examples share.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use votequorum::{Builder, Client, CsError, Error, SocketNamespace};

/// Where to connect to.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// The service's name.
    #[arg(long, value_name = "NAME", default_value = DEFAULT_SERVICE, global = true)]
    pub(crate) service: String,
    /// Looks for its socket in this directory only, as fake-corosync takes one.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) socket_dir: Option<PathBuf>,
}

/// The name of the service of a real corosync.
pub(crate) const DEFAULT_SERVICE: &str = "votequorum";

impl Target {
    pub(crate) fn builder(&self) -> Builder {
        let builder = Client::builder().service(&self.service);
        match &self.socket_dir {
            // A fake need not run as root.
            Some(dir) => {
                let our_user = rustix::process::geteuid().as_raw();
                builder
                    .namespace(SocketNamespace::Directory(dir.clone()))
                    .server_uids([0, our_user])
            }
            None => builder,
        }
    }
}

/// Why an example failed, in words and as a code of corosync's C library.
#[derive(Debug)]
pub(crate) struct Failure {
    status: CsError,
    text: String,
}

impl Failure {
    pub(crate) fn new(status: CsError, text: impl Display) -> Self {
        Self { status, text: text.to_string() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error.as_cs_error(), error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // `| head` has read enough, and wants no complaint about it.
        let is_expected = error.kind() == io::ErrorKind::BrokenPipe;
        let text = if is_expected { String::new() } else { format!("standard output: {error}") };
        Self::new(CsError::Library, text)
    }
}

/// Prints a line, or several.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    Ok(writeln!(io::stdout(), "{text}")?)
}

/// Ends an example. An error goes to standard output as JSON, or to standard error as text.
pub(crate) fn exit(outcome: Result<(), Failure>, as_json: bool) -> ExitCode {
    let Err(Failure { status, text }) = outcome else { return ExitCode::SUCCESS };
    if text.is_empty() {
        return ExitCode::FAILURE;
    }
    let name = status.name().unwrap_or("CS_ERR_UNKNOWN");
    let error = json!({ "ok": false, "code": status.code(), "name": name, "error": text });
    if !as_json || print(error).is_err() {
        eprintln!("{text}");
    }
    ExitCode::FAILURE
}
