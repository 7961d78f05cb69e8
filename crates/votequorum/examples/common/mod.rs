//! What the examples share.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};
use votequorum::{Error, Options, SocketNamespace};

/// Where to connect to.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// The service's name.
    #[arg(long, value_name = "NAME", default_value = "votequorum", global = true)]
    service: String,
    /// Looks for its socket in this directory only, as fake-corosync takes one.
    #[arg(long, value_name = "DIR", global = true)]
    socket_dir: Option<PathBuf>,
}

impl Target {
    pub(crate) fn options(&self) -> Options {
        let options = Options::new().service(&self.service);
        match &self.socket_dir {
            // Whoever has made a directory for a fake need not be root.
            Some(dir) => {
                let our_user = rustix::process::geteuid().as_raw();
                options
                    .namespace(SocketNamespace::Directory(dir.clone()))
                    .server_uids([0, our_user])
            }
            None => options,
        }
    }
}

/// Ends an example: an error goes to standard output as JSON, or to standard error as text.
pub(crate) fn exit(outcome: Result<(), Error>, as_json: bool) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    if as_json {
        println!("{}", error_json(&error));
    } else {
        eprintln!("{error}");
    }
    ExitCode::FAILURE
}

fn error_json(error: &Error) -> Value {
    let status = error.as_cs_error();
    let name = status.name().unwrap_or("CS_ERR_UNKNOWN");
    json!({ "ok": false, "code": status.code(), "name": name, "error": error.to_string() })
}
