//! Every fault of the fake corosync, in every state of a connection, over both transports.

use std::fmt::Debug;
use std::panic::resume_unwind;
use std::path::Path;
use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use quorate_fixtures::corosync::engine::Config;
use quorate_fixtures::corosync::{FakeCorosync, Fault};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use votequorum::{Builder, Client, Error, ErrorKind, Event, NodeId, Reconnect, Track, TrackFlags};

use crate::leaks::{Holdings, alone, files_in, wait_until_files_are};

/// Longer than anything takes that does not hang.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The deadline of calls that are expected not to be answered.
const SHORT: Duration = Duration::from_millis(50);

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Calls are answered.
    GoesOn,
    /// Calls are not answered, and time out.
    TimesOut,
    /// The daemon has closed the connection.
    Closes,
    /// The daemon has broken the protocol, and the client has closed the connection.
    Breaks,
}

impl Outcome {
    fn ends(self) -> bool {
        matches!(self, Self::Closes | Self::Breaks)
    }
}

/// What the connection is doing when the daemon goes wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Idle,
    /// Many calls wait for their answers.
    Calling,
    /// A task waits for the next event.
    Tracking,
    /// More events have come than are kept, and nobody reads them.
    Unread,
    /// Calls were made, and nobody waits for their answers any more.
    Abandoned,
    /// It is being closed.
    Closing,
    /// It connects again when it is lost.
    Reconnecting,
}

const STATES: [State; 7] = [
    State::Idle,
    State::Calling,
    State::Tracking,
    State::Unread,
    State::Abandoned,
    State::Closing,
    State::Reconnecting,
];

pub(crate) fn faults(connection_type: ConnectionType) -> Vec<(Fault, Outcome)> {
    let spoils_rings = match connection_type {
        ConnectionType::Shm => Outcome::Breaks,
        // There are none.
        _ => Outcome::GoesOn,
    };
    vec![
        (Fault::KeepOut, Outcome::GoesOn),
        (Fault::DelayReplies(Duration::from_millis(1)), Outcome::GoesOn),
        (Fault::DelayReplies(LONG), Outcome::TimesOut),
        (Fault::DropReplies(u32::MAX), Outcome::TimesOut),
        (Fault::StopReading, Outcome::TimesOut),
        (Fault::CloseOnRequest, Outcome::Closes),
        (Fault::Die, Outcome::Closes),
        (Fault::BadMagic, spoils_rings),
        (Fault::BadPointer, spoils_rings),
        (Fault::BadLength, Outcome::Breaks),
        (Fault::ShortEvent, Outcome::Breaks),
        (Fault::Unasked, Outcome::Breaks),
        (Fault::BadResponseId, Outcome::Breaks),
        (Fault::Garbage, Outcome::Breaks),
        (Fault::UnknownNotification, Outcome::GoesOn),
        (Fault::Flood(10_000), Outcome::GoesOn),
    ]
}

#[test]
fn every_fault_in_every_state_over_shm() {
    every_fault_in_every_state(ConnectionType::Shm);
}

#[test]
fn every_fault_in_every_state_over_sockets() {
    every_fault_in_every_state(ConnectionType::Socket);
}

fn every_fault_in_every_state(connection_type: ConnectionType) {
    let _alone = alone();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let root = tempfile::tempdir().unwrap();
        let before = Holdings::now(root.path());
        for (fault, outcome) in faults(connection_type) {
            // All states at once: a closed connection may take a second to be given up.
            let mut met = JoinSet::new();
            for state in STATES {
                let fault = fault.clone();
                met.spawn(async move {
                    let case = format!("{fault:?} in {state:?} over {connection_type:?}");
                    let met = meet(connection_type, fault, outcome, state, &case);
                    timeout(3 * LONG, met).await.unwrap_or_else(|_| panic!("{case}: it hangs"));
                });
            }
            while let Some(met) = met.join_next().await {
                met.unwrap_or_else(|error| resume_unwind(error.into_panic()));
            }
            before.wait_until_back(root.path(), &format!("{fault:?}")).await;
        }
    });
}

async fn meet(
    connection_type: ConnectionType,
    fault: Fault,
    outcome: Outcome,
    state: State,
    case: &str,
) {
    let daemon = Daemon::start(connection_type);
    let bystander = Bystander::start(daemon.options()).await;
    let before = files_in(daemon.root());

    let mut options = daemon.options();
    if state == State::Reconnecting {
        options = options.reconnect(Reconnect::new().first_pause(Duration::from_millis(1)));
    }
    let client = options.event_capacity(16).connect().await.unwrap();
    // It is the newest only when the daemon knows of it.
    while daemon.fake.clients() < 2 {
        tokio::task::yield_now().await;
    }
    let calls = client.with_timeout(match outcome {
        Outcome::TimesOut => SHORT,
        _ => LONG,
    });
    // What only shows in an answer or in the next request needs one. So all states have some.
    let wrong = || daemon.fake.inject_newest(fault.clone());
    match state {
        State::Idle => {
            wrong();
            probe(&calls, outcome, case).await;
        }
        State::Calling => {
            let mut pending = JoinSet::new();
            daemon.fake.inject_newest(Fault::StopReading);
            for _ in 0..100 {
                let calls = calls.clone();
                pending.spawn(async move { calls.get_info(1).await.map(drop) });
            }
            tokio::task::yield_now().await;
            wrong();
            if fault != Fault::StopReading {
                daemon.fake.inject_newest(Fault::ResumeReading);
            }
            while let Some(call) = pending.join_next().await {
                // Which of them are answered before it goes wrong is the daemon's affair.
                if let Err(error) = call.unwrap() {
                    check::<()>(Err(error), outcome, case);
                }
            }
            probe(&calls, outcome, case).await;
        }
        State::Tracking => {
            let track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
            let reader = tokio::spawn(read(track));
            wrong();
            probe(&calls, outcome, case).await;
            if outcome.ends() {
                let error = reader.await.unwrap().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Closed, "{case}: {error}");
            } else {
                reader.abort();
            }
        }
        State::Unread => {
            let mut track = client.track(TrackFlags::CHANGES_ONLY, 1).await.unwrap();
            daemon.fake.inject_newest(Fault::Flood(1000));
            wrong();
            probe(&calls, outcome, case).await;
            let first = timeout(LONG, track.next()).await.unwrap().unwrap();
            assert!(first.is_ok() || outcome.ends(), "{case}: {first:?}");
        }
        State::Abandoned => {
            daemon.fake.inject_newest(Fault::StopReading);
            for _ in 0..100 {
                // The first may be answered: nothing says when the daemon has stopped to read.
                let _ = timeout(Duration::ZERO, client.get_info(1)).await;
            }
            wrong();
            daemon.fake.inject_newest(match fault {
                Fault::StopReading => Fault::StopReading,
                _ => Fault::ResumeReading,
            });
            probe(&calls, outcome, case).await;
        }
        State::Closing => {
            let _track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
            let pending = calls.get_info(1);
            wrong();
            let (closed, pending) = tokio::join!(calls.close(), pending);
            check_closing(closed, case);
            check_closing(pending, case);
        }
        State::Reconnecting => {
            let mut track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
            wrong();
            if !outcome.ends() {
                probe(&calls, outcome, case).await;
            } else {
                // Whether it fails, or is made when there is a connection again, is a race.
                for _ in 0..2 {
                    if let Err(error) = calls.get_info(1).await {
                        assert_eq!(error.kind(), ErrorKind::Lost, "{case}: {error}");
                    }
                }
                loop {
                    let event = timeout(LONG, track.next()).await.expect(case).unwrap().unwrap();
                    if matches!(event, Event::Lost { .. }) {
                        break;
                    }
                }
                // It is there again when the events of the new one come.
                let event = timeout(LONG, track.next()).await.expect(case).unwrap().unwrap();
                assert!(matches!(event, Event::Nodelist(_)), "{case}: {event:?}");
                let info = client.get_info(1).await;
                let info = info.unwrap_or_else(|error| panic!("{case}: after the loss: {error}"));
                assert_eq!(info.node_id, NodeId::new(1), "{case}");
            }
        }
    }
    drop((client, calls));
    if fault != Fault::Die {
        // What a dead server leaves a client removes. This one's process, which is ours, is alive, so
        // that it goes with the fake.
        wait_until_files_are(&before, daemon.root(), case).await;
    }
    bystander.end(case).await;
}

/// Makes calls until the outcome shows.
async fn probe(calls: &Client, outcome: Outcome, case: &str) {
    let deadline = Instant::now() + LONG;
    loop {
        let result = timeout(2 * LONG, calls.get_info(1)).await;
        let result = result.unwrap_or_else(|_| panic!("{case}: a call hangs"));
        // What the daemon does wrong may show only after many events, or in the next call.
        if outcome == Outcome::GoesOn || result.is_err() || Instant::now() > deadline {
            return check(result, outcome, case);
        }
    }
}

fn check<T: Debug>(result: Result<T, Error>, outcome: Outcome, case: &str) {
    match (outcome, result) {
        (Outcome::GoesOn, Ok(_)) => {}
        (Outcome::TimesOut, Err(error)) => {
            assert_eq!(error.kind(), ErrorKind::Timeout, "{case}: {error}");
            assert!(error.is_retryable(), "{case}: {error}");
        }
        (Outcome::Closes | Outcome::Breaks, Err(error)) => {
            assert_eq!(error.kind(), ErrorKind::Closed, "{case}: {error}");
            assert!(!error.is_retryable(), "{case}: the client is over: {error}");
        }
        (_, result) => panic!("{case}: {result:?}"),
    }
}

/// Whether it is closed in an orderly way depends on what comes first; but it has to be closed.
fn check_closing<T>(result: Result<T, Error>, case: &str) {
    if let Err(error) = result {
        assert!(error.is_closed() || error.is_timeout(), "{case}: {error}");
    }
}

async fn read(mut track: Track) -> Result<(), Error> {
    while let Some(event) = track.next().await {
        event?;
    }
    Ok(())
}

pub(crate) struct Daemon {
    pub(crate) fake: FakeCorosync,
    root: TempDir,
}

impl Daemon {
    pub(crate) fn start(connection_type: ConnectionType) -> Self {
        let root = tempfile::Builder::new().prefix("qh-").tempdir().unwrap();
        let builder = FakeCorosync::builder(Config::new([1]))
            .service(root.path().file_name().unwrap().to_str().unwrap())
            .shm_root(root.path())
            .connection_type(connection_type);
        Self { fake: builder.start().unwrap(), root }
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn options(&self) -> Builder {
        Builder::new()
            .service(self.fake.service())
            .shm_root(self.root())
            .server_uids([rustix::process::geteuid().as_raw()])
    }
}

/// Another client of the same daemon, which must not notice anything.
pub(crate) struct Bystander {
    client: Client,
    calling: tokio::task::JoinHandle<Error>,
}

impl Bystander {
    pub(crate) async fn start(options: Builder) -> Self {
        let client = options.connect().await.unwrap();
        // Who has been answered is known to the daemon, and not mistaken for one that comes later.
        client.get_info(1).await.unwrap();
        let caller = client.clone();
        let calling = tokio::spawn(async move {
            loop {
                if let Err(error) = caller.get_info(1).await {
                    return error;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        Self { client, calling }
    }

    pub(crate) async fn end(self, case: &str) {
        assert!(!self.calling.is_finished(), "{case}: {:?}", self.calling.await);
        let last = self.client.get_info(1).await;
        last.unwrap_or_else(|error| panic!("{case}: somebody else is disturbed: {error}"));
        self.calling.abort();
    }
}
