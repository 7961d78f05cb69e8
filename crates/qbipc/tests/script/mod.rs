//! In the place of a daemon and of what connects to it: a script. The modules under test are the
//! engine's own; only `Connection`, `Transmit` and `ConnectOptions` are these.

mod connection;
mod port;
#[expect(dead_code, reason = "no ring takes part")]
pub(crate) mod ring;
mod wire;

pub(crate) use self::connection::{Connection, Transmit};
pub(crate) use self::port::{Attempt, ConnectOptions, Port};
pub(crate) use self::wire::Wire;
