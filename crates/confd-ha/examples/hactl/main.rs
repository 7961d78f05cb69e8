//! Controls a daemon's HA role from a shell, and watches its HA events.
//!
//! `cargo run -p confd-ha --example hactl -- --embedded status` needs no daemon.

#![forbid(unsafe_code)]

mod orders;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use confd_ha::{Builder, Client, Node};
use quorate_fixtures::confd::FakeConfd;

/// Controls the HA role of a ConfD or NSO daemon.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    daemon: Daemon,
    /// The cluster's token.
    #[arg(long, global = true)]
    token: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    /// The file with the secret of the access check.
    #[arg(long, value_name = "FILE", global = true)]
    access_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// Where the daemon is; the environment says so otherwise, as for ConfD's and NSO's own tools.
#[derive(Args, Debug)]
struct Daemon {
    /// At this address.
    #[arg(long, value_name = "HOST:PORT", global = true, conflicts_with_all = ["unix", "embedded"])]
    addr: Option<String>,
    /// At this unix socket.
    #[arg(long, value_name = "PATH", global = true, conflicts_with = "embedded")]
    unix: Option<PathBuf>,
    /// In this process: a fake one, which needs nothing installed.
    #[arg(long, global = true)]
    embedded: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Order(orders::OrderCommand),
    /// Print HA events as they come.
    Watch(watch::Watch),
    /// Give the orders on standard input, one per line, all on one connection.
    Run {
        /// Only `-`, standard input.
        #[arg(value_parser = ["-"])]
        input: String,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match Box::pin(run(arguments)).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hactl: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let embedded = if arguments.daemon.embedded { Some(embed().await?) } else { None };
    let mut builder = match &embedded {
        Some(fake) => {
            let address = fake.tcp_addr().ok_or("nothing listens")?;
            Client::builder().tcp(address.to_string()).token("embedded")
        }
        None => Client::builder().from_env(),
    };
    if let Some(address) = &arguments.daemon.addr {
        builder = builder.tcp(address);
    }
    if let Some(path) = &arguments.daemon.unix {
        builder = builder.unix(path);
    }
    if let Some(token) = &arguments.token {
        builder = builder.token(token);
    }
    if let Some(path) = &arguments.access_file {
        builder = builder.access_file(path);
    }
    let json = arguments.json;
    Ok(match arguments.command {
        Command::Order(order) => orders::one(builder, &order, json).await,
        Command::Run { .. } => orders::from_stdin(builder).await?,
        Command::Watch(watch) => {
            let story = embedded.as_ref().map(|fake| tell_story(builder.clone(), fake));
            watch::watch(builder, &watch, json, story).await
        }
    })
}

/// A fake daemon that knows of one primary: `be-secondary node1 node0 127.0.0.1` works.
async fn embed() -> std::io::Result<FakeConfd> {
    FakeConfd::builder().tcp("127.0.0.1:0").peer(Node::new("node0", "127.0.0.1")).start().await
}

/// Makes events on a fake daemon, for its watcher to see.
async fn tell_story(builder: Builder, fake: &FakeConfd) -> Result<(), confd_ha::Error> {
    let client = builder.connect().await?;
    client.be_primary("node1").await?;
    fake.arrive(Node::new("node2", "10.0.0.2"));
    client.secondary_dead("node2").await?;
    client.be_none().await?;
    let primary = Node::new("node0", "127.0.0.1");
    client.be_secondary_joined("node1", primary).await?;
    fake.lose_primary(confd_ha::ErrorCode::HaNoTick);
    Ok(())
}
