//! What the examples share.
#![expect(dead_code, reason = "no example uses all of it")]

use std::process::ExitCode;

use serde_json::{Value, json};
use votequorum::{Client, Error, NodeInfoFlags, NodeState, Options, Transport};

/// Where to connect to.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// The service's name.
    #[arg(long, value_name = "NAME", default_value = "votequorum")]
    service: String,
}

impl Target {
    pub(crate) fn options(&self) -> Options {
        Options::new().service(&self.service)
    }

    pub(crate) async fn connect(&self) -> Result<Client, Error> {
        self.options().connect().await
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

pub(crate) fn error_json(error: &Error) -> Value {
    let status = error.as_cs_error();
    let name = status.name().unwrap_or("CS_ERR_UNKNOWN");
    json!({ "ok": false, "code": status.code(), "name": name, "error": error.to_string() })
}

pub(crate) fn state_name(state: NodeState) -> String {
    state.name().map_or_else(|| state.code().to_string(), str::to_owned)
}

/// The names of the flags that are set, in lower case; bits without a name in hexadecimal.
pub(crate) fn flag_names(flags: NodeInfoFlags) -> Vec<String> {
    let mut rest = flags;
    let mut names: Vec<String> = NodeInfoFlags::all()
        .iter_names()
        .filter(|(_, flag)| flags.contains(*flag))
        .map(|(name, flag)| {
            rest.remove(flag);
            name.to_lowercase()
        })
        .collect();
    if !rest.is_empty() {
        names.push(format!("{:#x}", rest.bits()));
    }
    names
}

pub(crate) fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Shm => "shm",
        Transport::Socket => "socket",
        _ => "unknown",
    }
}
