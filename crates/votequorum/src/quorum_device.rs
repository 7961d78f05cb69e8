use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use quorate_codec::qb::CsError;
use quorate_codec::votequorum::{Node, NodeId, RingId, TrackFlags, Vote};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info};

use crate::{Client, Error, Event, Track};

/// How long to wait before what the daemon could not do just now is tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A quorum device: registers, votes in every membership, and goes on voting.
///
/// ```no_run
/// use votequorum::{Options, QuorumDevice, Reconnect, Vote};
///
/// # async fn reachable() -> bool { true }
/// # async fn example() -> Result<(), votequorum::Error> {
/// let client = Options::new().reconnect(Reconnect::new()).connect().await?;
/// let shutdown = async { /* a signal, for example */ };
/// QuorumDevice::new("Example")
///     .run(&client, shutdown, |_membership| async {
///         if reachable().await { Vote::Yes } else { Vote::No }
///     })
///     .await
/// # }
/// ```
///
/// The daemon needs a `quorum.device` section. It stops counting the device's vote when it has not
/// heard from it for `quorum.device.timeout`, and holds up its decision on quorum, for
/// `quorum.device.sync_timeout`, until it has heard from it in a new membership. So a vote is given
/// as soon as the membership changes, and three times within the timeout.
#[derive(Clone, Debug)]
pub struct QuorumDevice {
    name: String,
    timeout: Duration,
}

/// The membership a quorum device is asked to vote in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Membership {
    /// Which membership.
    pub ring_id: RingId,
    /// Its members, by id.
    pub members: Arc<[NodeId]>,
    /// Every node the daemon has ever seen, with its state as of the last quorum notification, and
    /// the quorum device as [`NodeId::QDEVICE`] once it is registered.
    pub nodes: Arc<[Node]>,
}

impl QuorumDevice {
    /// `quorum.device.timeout`, unless configured otherwise.
    #[doc(alias = "VOTEQUORUM_QDEVICE_DEFAULT_TIMEOUT")]
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

    /// A device of this name. Names are checked when registering.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), timeout: Self::DEFAULT_TIMEOUT }
    }

    /// The `quorum.device.timeout` the daemon is configured with: 10 s unless said otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Registers, and votes as `decide` says, until `shutdown` resolves; then unregisters.
    ///
    /// `decide` is asked whenever the membership changes and three times within the timeout. If the
    /// membership changes while it thinks, its future is dropped and it is asked anew; if it thinks
    /// for longer than the timeout, the daemon stops counting the device's vote until it has
    /// decided. If this future is dropped, the device stays registered, and its vote lapses with the
    /// timeout.
    ///
    /// The connection's one track is in use meanwhile. With
    /// [`Options::reconnect`](crate::Options::reconnect) the device survives restarts of the daemon;
    /// without, it ends with the connection.
    ///
    /// # Errors
    ///
    /// - [`CsError::Exist`]: a device of another name is registered.
    /// - [`CsError::Access`]: the daemon has no valid device configuration.
    /// - [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument): no device can have this
    ///   name.
    /// - [`ErrorKind::Closed`](crate::ErrorKind::Closed): the connection is over.
    ///
    /// # Cancel safety
    ///
    /// See above.
    pub async fn run<F>(
        &self,
        client: &Client,
        shutdown: impl Future<Output = ()>,
        decide: impl FnMut(&Membership) -> F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Vote>,
    {
        let mut shutdown = pin!(shutdown);
        let device = Device { settings: self, client };
        let voting = pin!(device.vote(decide));
        let outcome = tokio::select! {
            outcome = voting => outcome,
            () = shutdown.as_mut() => Ok(()),
        };
        outcome?;
        info!(device = self.name, "unregistering");
        match client.qdevice_unregister(&self.name).await {
            Err(error) if error.status() == Some(CsError::NotExist) => Ok(()),
            outcome => outcome,
        }
    }

    /// How often to vote.
    fn interval(&self) -> Duration {
        self.timeout / 3
    }
}

/// A device at work.
struct Device<'a> {
    settings: &'a QuorumDevice,
    client: &'a Client,
}

/// What came of giving a vote.
enum Voted {
    /// It counts.
    Counted,
    /// It came too late for this membership, or the daemon did not answer.
    NotNow,
    /// The daemon does not know the device (any more).
    NotRegistered,
}

/// What an event means for a vote that is being decided on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Happened {
    /// Nothing.
    Nothing,
    /// The membership is another.
    NewMembership,
    /// The daemon is another, and knows nothing of the device.
    NewDaemon,
    /// Events were missed.
    Missed,
}

impl Device<'_> {
    async fn vote<F: Future<Output = Vote>>(
        &self,
        mut decide: impl FnMut(&Membership) -> F,
    ) -> Result<(), Error> {
        let mut track = self.track().await?;
        let mut membership = Membership::default();
        let mut registered = false;
        let mut next_vote = Instant::now();
        loop {
            if !registered {
                self.register().await?;
                registered = true;
            }
            let (current, vote_at) = (membership.clone(), next_vote);
            let voting = async {
                if current.ring_id == RingId::default() {
                    // Nothing is known yet.
                    return std::future::pending().await;
                }
                sleep_until(vote_at).await;
                let vote = decide(&current).await;
                self.poll(vote, current.ring_id).await
            };
            let mut voting = pin!(voting);
            let happened = loop {
                tokio::select! {
                    // A new membership comes before a vote in the old one.
                    biased;
                    event = track.next() => {
                        let Some(event) = event.transpose()? else { return Ok(()) };
                        let happened = membership.take(event);
                        if happened != Happened::Nothing {
                            break Err(happened);
                        }
                    }
                    voted = voting.as_mut() => break Ok(voted?),
                }
            };
            next_vote = Instant::now();
            match happened {
                Ok(Voted::Counted) => next_vote += self.settings.interval(),
                Ok(Voted::NotNow) => next_vote += TRY_AGAIN_AFTER,
                Ok(Voted::NotRegistered) | Err(Happened::NewDaemon) => registered = false,
                Err(Happened::Missed) => {
                    drop(track);
                    track = self.track().await?;
                }
                Err(Happened::NewMembership | Happened::Nothing) => {}
            }
        }
    }

    async fn track(&self) -> Result<Track, Error> {
        self.client.track(TrackFlags::CHANGES, 0).await
    }

    async fn register(&self) -> Result<(), Error> {
        loop {
            match self.client.qdevice_register(&self.settings.name).await {
                Ok(()) => {
                    info!(device = self.settings.name, "registered");
                    return Ok(());
                }
                Err(error) if self.may_pass(&error) => debug!(%error, "not registered yet"),
                Err(error) => return Err(error),
            }
            sleep(TRY_AGAIN_AFTER).await;
        }
    }

    async fn poll(&self, vote: Vote, ring_id: RingId) -> Result<Voted, Error> {
        let polled = self.client.qdevice_poll(&self.settings.name, vote, ring_id).await;
        debug!(?vote, %ring_id, ?polled, "voted");
        match polled {
            Ok(()) => Ok(Voted::Counted),
            Err(error) if error.status() == Some(CsError::NotExist) => Ok(Voted::NotRegistered),
            Err(error) if error.status() == Some(CsError::MessageError) => Ok(Voted::NotNow),
            Err(error) if self.may_pass(&error) => Ok(Voted::NotNow),
            Err(error) => Err(error),
        }
    }

    /// Whether a failure is one that goes away, here: while the connection is being had again.
    fn may_pass(&self, error: &Error) -> bool {
        error.is_retryable() && !self.client.is_closed()
    }
}

impl Membership {
    fn take(&mut self, event: Event) -> Happened {
        match event {
            Event::Nodelist(nodelist) => {
                let is_new = self.ring_id != nodelist.ring_id;
                self.ring_id = nodelist.ring_id;
                self.members = nodelist.nodes;
                if is_new { Happened::NewMembership } else { Happened::Nothing }
            }
            Event::Quorum(quorum) => {
                self.nodes = quorum.node_list;
                Happened::Nothing
            }
            Event::Lagged { .. } => Happened::Missed,
            Event::Gap { .. } => {
                *self = Self::default();
                Happened::NewDaemon
            }
            Event::ExpectedVotes(_) | Event::QdeviceExtraInfo(_) | Event::Unknown(_) => {
                Happened::Nothing
            }
        }
    }
}
