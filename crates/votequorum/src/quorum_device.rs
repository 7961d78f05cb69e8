use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use qbipc::engine::{Begin, Item, Reader};
use quorate_codec::qb::CsError;
use quorate_codec::votequorum::{Node, NodeId, Notification, RingId, TrackFlags, Vote, Votequorum};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info};

use crate::{Client, Error};

/// How long to wait before what the daemon could not do is tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The shortest time between two votes.
const MIN_INTERVAL: Duration = Duration::from_millis(50);

/// How many events wait for a device. It needs only the membership they lead to.
const CAPACITY: usize = 64;

/// A quorum device: registers, votes in every membership, and goes on voting.
///
/// ```no_run
/// use votequorum::{Client, QuorumDevice, Reconnect, Vote};
///
/// # async fn reachable() -> bool { true }
/// # async fn example() -> Result<(), votequorum::Error> {
/// let client = Client::builder().reconnect(Reconnect::new()).connect().await?;
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
/// heard from it for `quorum.device.timeout`, and delays its decision on quorum, by at most
/// `quorum.device.sync_timeout`, until it has heard from it in a new membership. So the device votes
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
    /// Its id.
    pub ring_id: RingId,
    /// Its members, by id.
    pub members: Vec<NodeId>,
    /// Every node the daemon has ever seen, with its state as of the last quorum notification.
    pub nodes: Vec<Node>,
}

impl QuorumDevice {
    /// The default of `quorum.device.timeout` in corosync.
    #[doc(alias = "VOTEQUORUM_QDEVICE_DEFAULT_TIMEOUT")]
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

    /// A device with this name. Names are checked when registering.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), timeout: Self::DEFAULT_TIMEOUT }
    }

    /// The `quorum.device.timeout` the daemon is configured with. Defaults to 10 s. The device votes
    /// three times as often, but not more often than every 50 ms.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Registers, and votes as `decide` says, until `shutdown` resolves; then unregisters.
    ///
    /// `decide` is asked whenever the membership changes and three times within the timeout. If the
    /// membership changes while it decides, its future is dropped and it is asked again; if it takes
    /// longer than the timeout, the daemon stops counting the device's vote until it has decided. If
    /// the future of this function is dropped, the device stays registered, and its vote lapses with
    /// the timeout.
    ///
    /// With [`Builder::reconnect`](crate::Builder::reconnect) the device survives restarts of the
    /// daemon; without, it ends with the connection.
    ///
    /// # Errors
    ///
    /// - [`CsError::Exist`]: a device of another name is registered.
    /// - [`CsError::Access`]: the daemon has no valid device configuration.
    /// - [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): no device can have this name.
    /// - [`ErrorKind::Closed`](crate::ErrorKind::Closed): the client is over.
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
        tokio::select! {
            outcome = voting => outcome?,
            () = shutdown.as_mut() => {}
        }
        info!(device = self.name, "unregistering");
        match client.qdevice_unregister(&self.name).await {
            Err(error) if error.status() == Some(CsError::NotExist) => Ok(()),
            outcome => outcome,
        }
    }

    /// How often to vote.
    fn interval(&self) -> Duration {
        (self.timeout / 3).max(MIN_INTERVAL)
    }
}

/// A device at work.
struct Device<'a> {
    settings: &'a QuorumDevice,
    client: &'a Client,
}

/// The answer to a vote.
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
    Nothing,
    /// The membership is another.
    NewMembership,
    /// The daemon is another, and does not know the device.
    NewDaemon,
}

impl Device<'_> {
    async fn vote<F: Future<Output = Vote>>(
        &self,
        mut decide: impl FnMut(&Membership) -> F,
    ) -> Result<(), Error> {
        let mut reader = self.subscribe().await?;
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
                    // No membership is known yet.
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
                    item = reader.next() => {
                        let Some(item) = item.transpose()? else { return Ok(()) };
                        let happened = membership.take(item);
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
                Ok(Voted::NotRegistered) => {
                    next_vote += TRY_AGAIN_AFTER;
                    registered = false;
                }
                Err(Happened::NewDaemon) => registered = false,
                Err(Happened::NewMembership | Happened::Nothing) => {}
            }
        }
    }

    /// Follows the membership, however long the daemon takes to tell it.
    async fn subscribe(&self) -> Result<Reader<Votequorum>, Error> {
        loop {
            let topic = TrackFlags::CHANGES;
            match self.client.inner.subscribe_with(topic, Begin::Snapshot, CAPACITY).await {
                Err(error) if error.is_retryable() => debug!(%error, "no membership yet"),
                outcome => return outcome,
            }
            sleep(TRY_AGAIN_AFTER).await;
        }
    }

    async fn register(&self) -> Result<(), Error> {
        loop {
            match self.client.qdevice_register(&self.settings.name).await {
                Ok(()) => {
                    info!(device = self.settings.name, "registered");
                    return Ok(());
                }
                Err(error) if error.is_retryable() => debug!(%error, "not registered yet"),
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
            Err(error) if error.is_retryable() => Ok(Voted::NotNow),
            Err(error) => Err(error),
        }
    }
}

impl Membership {
    fn take(&mut self, item: Item<Notification>) -> Happened {
        match item {
            Item::Event(Notification::Nodelist(nodelist)) => {
                let is_new = self.ring_id != nodelist.ring_id;
                self.ring_id = nodelist.ring_id;
                self.members = nodelist.nodes.to_vec();
                if is_new { Happened::NewMembership } else { Happened::Nothing }
            }
            Item::Event(Notification::Quorum(quorum)) => {
                self.nodes = quorum.nodes().collect();
                Happened::Nothing
            }
            Item::Lost { .. } => {
                *self = Self::default();
                Happened::NewDaemon
            }
            _ => Happened::Nothing,
        }
    }
}
