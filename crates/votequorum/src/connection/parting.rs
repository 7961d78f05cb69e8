//! What is left to do for a connection that is over.

use std::thread;
use std::time::{Duration, Instant};

use qbipc::{ChannelError, Leftovers};
use quorate_codec::qb::auth::ConnectionType;

use crate::error::CloseReason;
use crate::world::{Connection, sleep, timeout};

/// How long a server that closed the connection is given to remove its files.
const SERVER_CLEANS_WITHIN: Duration = Duration::from_millis(50);

/// How often to look whether it has.
const SERVER_CLEANS_CHECKS: u32 = 5;

/// How long sockets stay open for answers nobody waits for. A daemon that takes longer is stopped,
/// not busy.
const LINGER: Duration = Duration::from_secs(1);

/// How soon to look for those answers again.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The longest time between two looks.
const LOOK_AGAIN_AT_MOST: Duration = Duration::from_millis(16);

/// A connection that was lost or is over.
#[derive(Debug)]
pub(super) struct Spent {
    pub(super) connection: Connection,
    /// How many replies are owed.
    pub(super) owed: usize,
}

impl Spent {
    /// Whether the sockets have to stay open until the daemon has answered what it was asked.
    ///
    /// When it first answers, and when it first sends an event, it connects to our sockets. If they
    /// are gone, it tries for a second to reach them and serves nobody. Once it has answered
    /// everything, it has connected, or stopped the track of which no event had come.
    fn is_awaited(&self) -> bool {
        self.owed > 0 && self.connection.connection_type() == ConnectionType::Socket
    }

    /// Takes in what has come.
    fn look(&mut self) -> Result<(), ChannelError> {
        self.connection.hush()?;
        let mut message = Vec::new();
        while self.connection.pop_response(&mut message)? {
            self.owed = self.owed.saturating_sub(1);
        }
        while self.connection.pop_event(&mut message)? {}
        Ok(())
    }
}

/// Ends a connection so that neither side is left with anything of the other.
pub(super) async fn part(spent: Spent, reason: &CloseReason) {
    match reason {
        CloseReason::Server => remove_leftovers(&spent.connection).await,
        CloseReason::Local => {
            let _ = timeout(LINGER, linger(spent)).await;
        }
        _ => {}
    }
}

/// Removes what a server that died has left.
async fn remove_leftovers(connection: &Connection) {
    for _ in 0..SERVER_CLEANS_CHECKS {
        match connection.remove_leftovers() {
            Leftovers::Remain => sleep(SERVER_CLEANS_WITHIN / SERVER_CLEANS_CHECKS).await,
            _ => return,
        }
    }
}

async fn linger(mut spent: Spent) {
    let mut pause = LOOK_AGAIN;
    while spent.is_awaited() && spent.look().is_ok() {
        sleep(pause).await;
        pause = (pause * 2).min(LOOK_AGAIN_AT_MOST);
    }
}

/// As [`part`], when the runtime goes away and takes the driver with it.
pub(super) fn part_without_runtime(mut spent: Spent) {
    if !spent.is_awaited() {
        return;
    }
    // If there can be no thread, the daemon is as well off as when we are killed.
    let _ = thread::Builder::new().name("votequorum-parting".into()).spawn(move || {
        let end = Instant::now() + LINGER;
        while spent.is_awaited() && spent.look().is_ok() && Instant::now() < end {
            thread::sleep(LOOK_AGAIN);
        }
    });
}
