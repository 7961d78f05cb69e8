//! Orders, and what they print.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use confd_ha::{Address, Builder, Client, Error, Node, Status, Wait};
use serde_json::{Value, json};

/// An order to a daemon.
#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// Show the role of the node and the nodes it is connected to.
    Status,
    /// Make the node primary.
    BePrimary {
        /// Its id.
        id: String,
    },
    /// Make the node a secondary.
    BeSecondary {
        /// Its id.
        id: String,
        /// The primary's id.
        primary: String,
        /// The primary's address.
        #[arg(id = "primary_addr", value_name = "ADDR")]
        addr: String,
        /// Do not wait until the node is synchronised.
        #[arg(long)]
        no_wait: bool,
    },
    /// Make the secondary a relay.
    BeRelay,
    /// Make the node neither primary nor secondary.
    BeNone,
    /// Tell the primary that a secondary is gone.
    SecondaryDead {
        /// The secondary's id.
        id: String,
    },
}

/// A line of `run -`.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Line {
    #[command(subcommand)]
    order: OrderCommand,
}

impl OrderCommand {
    fn name(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::BePrimary { .. } => "be-primary",
            Self::BeSecondary { .. } => "be-secondary",
            Self::BeRelay => "be-relay",
            Self::BeNone => "be-none",
            Self::SecondaryDead { .. } => "secondary-dead",
        }
    }

    /// Sends the order; returns the status that a status order asks for.
    async fn send(&self, client: &Client) -> Result<Option<Status>, Error> {
        match self {
            Self::Status => return client.status().await.map(Some),
            Self::BePrimary { id } => client.be_primary(id).await?,
            Self::BeSecondary { id, primary, addr, no_wait } => {
                let primary = Node::new(primary, Address::from(addr.as_str()));
                let wait = if *no_wait { Wait::No } else { Wait::ForSync };
                client.be_secondary(id, primary, wait).await?;
            }
            Self::BeRelay => client.be_relay().await?,
            Self::BeNone => client.be_none().await?,
            Self::SecondaryDead { id } => client.secondary_dead(id).await?,
        }
        Ok(None)
    }
}

/// Sends one order.
pub(crate) async fn one(builder: Builder, order: &OrderCommand, json: bool) -> ExitCode {
    let result = match builder.connect().await {
        Ok(client) => order.send(&client).await,
        Err(error) => Err(error),
    };
    match (json, &result) {
        (true, _) => println!("{}", to_json(order.name(), &result)),
        (false, Ok(None)) => println!("ok"),
        (false, Ok(Some(status))) => print_status(status),
        (false, Err(error)) => eprintln!("hactl: {}", with_causes(error)),
    }
    exit_code(result.is_ok())
}

/// Sends every order on standard input, and prints a line of JSON for each.
pub(crate) async fn from_stdin(builder: Builder) -> std::io::Result<ExitCode> {
    let client = match builder.connect().await {
        Ok(client) => client,
        Err(error) => {
            println!("{}", to_json("connect", &Err(error)));
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut all_ok = true;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(first) = words.first() else { continue };
        let printed = match Line::try_parse_from(&words) {
            Ok(Line { order }) => {
                let result = order.send(&client).await;
                all_ok &= result.is_ok();
                to_json(order.name(), &result)
            }
            Err(error) => {
                all_ok = false;
                let why = in_one_line(&error.to_string());
                json!({ "order": first, "ok": false, "code": null, "name": null, "error": why })
            }
        };
        println!("{printed}");
        std::io::stdout().flush()?;
    }
    Ok(exit_code(all_ok))
}

/// What is wrong with the words of an order, without the help that comes after it.
fn in_one_line(error: &str) -> String {
    let error = error.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = error.split_whitespace().collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

fn to_json(order: &str, result: &Result<Option<Status>, Error>) -> Value {
    match result {
        Ok(None) => json!({ "order": order, "ok": true }),
        Ok(Some(status)) => json!({
            "order": order,
            "ok": true,
            "state": status.state.to_string(),
            "nodes": status.nodes.iter().map(node_json).collect::<Vec<_>>(),
        }),
        Err(error) => json!({
            "order": order,
            "ok": false,
            "code": error.status().map(|code| code.code()),
            "name": error.status().and_then(|code| code.name()),
            "kind": format!("{:?}", error.kind()),
            "error": with_causes(error),
        }),
    }
}

/// The error and its causes.
pub(crate) fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

/// A node as JSON has it everywhere.
pub(crate) fn node_json(node: &Node) -> Value {
    json!({ "id": node.id.to_string(), "addr": node.address.to_string() })
}

fn print_status(status: &Status) {
    println!("{}", status.state);
    for node in &status.nodes {
        println!("  {} at {}", node.id, node.address);
    }
}

/// 0 or 1.
pub(crate) fn exit_code(ok: bool) -> ExitCode {
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
