use std::sync::Arc;
use std::time::Duration;

use quorate_codec::votequorum::{Node, NodeId, NodeInfo, NodeInfoFlags, RingId, TrackFlags};
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::debug;

use crate::{Client, Error, Event, Track};

/// How long to wait before the daemon is asked again after it did not answer.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The latest state of the cluster's quorum, kept up to date.
///
/// Made by [`Client::watch`]. Clones see the same. While any of them is there, the connection stays
/// open and its one track is in use.
#[derive(Clone, Debug)]
pub struct Watch {
    states: watch::Receiver<QuorumState>,
    client: Client,
}

/// What is known of the cluster's quorum.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum QuorumState {
    /// Nothing: there was no answer yet, or there is no connection. What was known before that is
    /// out of date.
    #[default]
    Unknown,
    /// This, all of it of one membership.
    Known(QuorumView),
}

/// The quorum of one membership.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct QuorumView {
    /// Which membership.
    pub ring_id: RingId,
    /// Its members, by id.
    pub members: Arc<[NodeId]>,
    /// Every node the daemon has ever seen, with its state, and the quorum device as
    /// [`NodeId::QDEVICE`] if the local node has one registered.
    pub nodes: Arc<[Node]>,
    /// What the daemon knows of its own node: votes, quorum, flags.
    pub info: NodeInfo,
}

impl QuorumView {
    /// Whether the partition may work.
    pub fn is_quorate(&self) -> bool {
        self.info.flags.contains(NodeInfoFlags::QUORATE)
    }
}

impl QuorumState {
    /// What is known, if anything is.
    pub fn known(&self) -> Option<&QuorumView> {
        match self {
            Self::Unknown => None,
            Self::Known(view) => Some(view),
        }
    }

    /// Whether the partition is known to be one that may work.
    pub fn is_quorate(&self) -> bool {
        self.known().is_some_and(QuorumView::is_quorate)
    }
}

impl Watch {
    /// What is known now.
    pub fn now(&self) -> QuorumState {
        self.states.borrow().clone()
    }

    /// Waits until something else is known than when this was last asked, and gives it.
    ///
    /// States in between may be skipped, never the last.
    ///
    /// # Errors
    ///
    /// If the connection is over.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn changed(&mut self) -> Result<QuorumState, Error> {
        match self.states.changed().await {
            Ok(()) => Ok(self.states.borrow_and_update().clone()),
            Err(_ended) => Err(self.client.closed().await),
        }
    }

    /// Waits until what is known is as wanted, and gives it.
    ///
    /// # Errors
    ///
    /// If the connection is over.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if the future is dropped.
    pub async fn wait_for(
        &mut self,
        wanted: impl FnMut(&QuorumState) -> bool,
    ) -> Result<QuorumState, Error> {
        let found = self.states.wait_for(wanted).await.map(|state| state.clone());
        match found {
            Ok(state) => Ok(state),
            Err(_ended) => Err(self.client.closed().await),
        }
    }
}

impl Client {
    /// Keeps up to date what is known of the cluster's quorum.
    ///
    /// With [`Options::reconnect`](crate::Options::reconnect) it goes on through restarts of the
    /// daemon; what is known is [`QuorumState::Unknown`] meanwhile.
    ///
    /// # Errors
    ///
    /// As [`track`](Self::track), which it uses.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, nothing is watched.
    pub async fn watch(&self) -> Result<Watch, Error> {
        let track = self.track(TrackFlags::CHANGES, 0).await?;
        let (sender, states) = watch::channel(QuorumState::Unknown);
        let watcher = Watcher::new(self.clone(), sender);
        tokio::spawn(async move {
            if let Err(error) = watcher.run(track).await {
                debug!(%error, "watching has ended");
            }
        });
        Ok(Watch { states, client: self.clone() })
    }
}

/// The task that keeps a [`Watch`] up to date.
struct Watcher {
    client: Client,
    sender: watch::Sender<QuorumState>,
    /// The membership and its members.
    ring: Option<(RingId, Arc<[NodeId]>)>,
    /// Every node the daemon has ever seen; `None` while the membership is changing.
    nodes: Option<Arc<[Node]>>,
    /// Whether something has happened since the last state was told.
    news: bool,
    /// Whether events were missed, so that only tracking anew tells what the membership is.
    lagged: bool,
}

impl Watcher {
    fn new(client: Client, sender: watch::Sender<QuorumState>) -> Self {
        Self { client, sender, ring: None, nodes: None, news: false, lagged: false }
    }

    /// Runs until nobody watches any more, or the connection is over.
    async fn run(mut self, mut track: Track) -> Result<(), Error> {
        loop {
            let next = tokio::select! {
                next = track.next() => next,
                () = self.sender.closed() => return Ok(()),
            };
            let Some(event) = next.transpose()? else { return Ok(()) };
            self.take(event);
            self.take_what_is_there(&mut track)?;
            self.tell(&mut track).await?;
            if self.lagged {
                self.lagged = false;
                drop(track);
                track = self.client.track(TrackFlags::CHANGES, 0).await?;
            }
        }
    }

    fn take(&mut self, event: Event) {
        self.news = true;
        match event {
            Event::Nodelist(nodelist) => {
                self.ring = Some((nodelist.ring_id, nodelist.nodes));
                self.nodes = None;
            }
            Event::Quorum(quorum) => self.nodes = Some(quorum.node_list),
            Event::ExpectedVotes(_) | Event::QdeviceExtraInfo(_) | Event::Unknown(_) => {}
            Event::Lagged { .. } => self.lagged = true,
            Event::Gap { .. } => {
                (self.ring, self.nodes) = (None, None);
                self.sender.send_if_modified(|state| std::mem::take(state) != QuorumState::Unknown);
            }
        }
    }

    fn take_what_is_there(&mut self, track: &mut Track) -> Result<(), Error> {
        for event in track.take_all()? {
            self.take(event);
        }
        Ok(())
    }

    /// Asks the daemon for the rest, and tells the state if nothing has happened meanwhile.
    async fn tell(&mut self, track: &mut Track) -> Result<(), Error> {
        while self.news && !self.lagged {
            let (Some((ring_id, members)), Some(nodes)) = (self.ring.clone(), self.nodes.clone())
            else {
                return Ok(());
            };
            self.news = false;
            match self.client.local_info().await {
                Ok(info) => {
                    self.take_what_is_there(track)?;
                    if !self.news {
                        let view = QuorumView { ring_id, members, nodes, info };
                        self.sender.send_replace(QuorumState::Known(view));
                    }
                }
                // A gap comes next.
                Err(error) if error.is_closed() => return Ok(()),
                Err(error) => {
                    debug!(%error, "the daemon is asked again");
                    self.news = true;
                    sleep(ASK_AGAIN_AFTER).await;
                    self.take_what_is_there(track)?;
                }
            }
        }
        Ok(())
    }
}
