//! What is left to do for a connection that is over.

use std::thread;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use qbipc::ChannelError;

use crate::error::CloseReason;
use crate::world::{Connection, sleep, timeout};

/// How long sockets stay open for answers that no call waits for. A daemon that takes longer is stopped,
/// not busy.
const LINGER: Duration = Duration::from_secs(1);

/// How soon to look for those answers again.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The longest time between two looks.
const LOOK_AGAIN_AT_MOST: Duration = Duration::from_millis(16);

/// A connection that was lost or is over.
#[derive(Debug)]
pub(super) struct Spent {
    connection: Connection,
    /// The number of replies that are owed.
    owed: usize,
}

impl Spent {
    /// If the daemon has ended the connection, its files are removed here and now: the program may
    /// end as soon as it hears of it.
    pub(super) fn new(mut connection: Connection, owed: usize, reason: &CloseReason) -> Self {
        if matches!(reason, CloseReason::Server) {
            connection.remove_files();
        }
        Self { connection, owed }
    }

    /// Whether the sockets have to stay open until the daemon has answered its requests.
    fn is_awaited(&self) -> bool {
        self.connection.has_to_linger(self.owed)
    }

    /// Takes in what has come.
    fn look(&mut self) -> Result<(), ChannelError> {
        self.connection.hush()?;
        let mut message = BytesMut::new();
        while self.connection.pop_response(&mut message)? {
            self.owed = self.owed.saturating_sub(1);
        }
        while self.connection.pop_event(&mut message)? {}
        Ok(())
    }
}

/// Ends a connection so that neither side is left with anything of the other.
pub(super) async fn part(spent: Spent, reason: &CloseReason) {
    if matches!(reason, CloseReason::Local) {
        let _ = timeout(LINGER, linger(spent)).await;
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
    // If there can be no thread, this is no worse for the daemon than our being killed.
    let _ = thread::Builder::new().name("votequorum-parting".into()).spawn(move || {
        let end = Instant::now() + LINGER;
        while spent.is_awaited() && spent.look().is_ok() && Instant::now() < end {
            thread::sleep(LOOK_AGAIN);
        }
    });
}
