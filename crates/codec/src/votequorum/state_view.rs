use super::{
    ExpectedVotesNotification, NodelistNotification, Notification, QuorumNotification, RingId,
    Votequorum,
};
use crate::qb::service::View;

/// What notifications have told about the current state.
#[derive(Clone, Debug, Default)]
pub struct StateView {
    /// The membership whose quorum was decided.
    nodelist: Option<NodelistNotification>,
    quorum: Option<QuorumNotification>,
    /// The membership whose quorum was not decided yet.
    forming: Option<NodelistNotification>,
    expected_votes: Option<ExpectedVotesNotification>,
    announcements: u64,
}

impl StateView {
    /// The membership that [`quorum`](Self::quorum) is about.
    pub fn nodelist(&self) -> Option<&NodelistNotification> {
        self.nodelist.as_ref()
    }

    /// Whether the partition is quorate, and all nodes ever seen.
    pub fn quorum(&self) -> Option<&QuorumNotification> {
        self.quorum.as_ref()
    }

    /// The membership that is being formed: its quorum is not decided yet.
    pub fn forming(&self) -> Option<RingId> {
        self.forming.as_ref().map(|forming| forming.ring_id)
    }

    /// The expected votes, if they have changed since tracking began.
    pub fn expected_votes(&self) -> Option<u32> {
        self.expected_votes.as_ref().map(|expected| expected.expected_votes)
    }

    /// How many notifications were folded. It changes whenever anything was announced.
    pub fn announcements(&self) -> u64 {
        self.announcements
    }
}

impl View<Votequorum> for StateView {
    fn fold(&mut self, event: &Notification) {
        self.announcements += 1;
        match event {
            Notification::Nodelist(nodelist) => self.forming = Some(nodelist.clone()),
            Notification::Quorum(quorum) => {
                self.quorum = Some(quorum.clone());
                if self.forming.is_some() {
                    self.nodelist = self.forming.take();
                }
            }
            Notification::ExpectedVotes(expected) => self.expected_votes = Some(*expected),
            Notification::QdeviceExtraInfo(_) | Notification::Unknown(_) => {}
        }
    }

    /// In the order in which the daemon tells them.
    fn replay(&self) -> Vec<Notification> {
        let mut events = Vec::new();
        events.extend(self.nodelist.clone().map(Notification::Nodelist));
        events.extend(self.quorum.clone().map(Notification::Quorum));
        events.extend(self.forming.clone().map(Notification::Nodelist));
        events.extend(self.expected_votes.map(Notification::ExpectedVotes));
        events
    }

    fn is_complete(&self, (): &()) -> bool {
        self.nodelist.is_some() && self.quorum.is_some()
    }
}
