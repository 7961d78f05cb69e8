use super::AlreadyTracking;
use crate::votequorum::{Notification, TrackFlags};

/// Names one track of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrackId(u64);

/// Whether a TRACKSTART may go out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flow {
    Go,
    /// Notifications of an earlier track may still come, and could be taken for those of the new.
    HoldBack,
}

/// Which notifications belong to whom.
///
/// Responses and events travel on channels of their own. What orders them is that the daemon
/// queues the events a request causes before it answers: once the answer to a TRACKSTOP was read,
/// and then the event channel was found empty, no notification of that track is left.
#[derive(Debug, Default)]
pub(super) struct Tracking {
    wire: Wire,
    /// The track whose TRACKSTART has not gone out yet.
    reserved: Option<TrackId>,
    last_id: u64,
}

/// What the daemon was told.
#[derive(Debug, Default)]
enum Wire {
    /// Nothing that is still of any effect.
    #[default]
    Idle,
    /// A TRACKSTART went out.
    Started(Started),
    /// The track has ended for us; its notifications may still come until `answered` and then
    /// drained.
    Ending { answered: bool },
}

#[derive(Debug)]
struct Started {
    id: TrackId,
    context: u64,
    flags: TrackFlags,
    answered: bool,
    quorum_came: bool,
}

impl Started {
    /// Whether the daemon has told all that the flags ask for.
    fn is_complete(&self) -> bool {
        let told = self.quorum_came || !self.flags.starts_with_current();
        !self.flags.follows_changes() && self.answered && told
    }
}

impl Tracking {
    /// The daemon knows nothing of any track any more.
    pub(super) fn forget(&mut self) {
        self.wire = Wire::Idle;
        self.reserved = None;
    }

    /// Takes the one place there is.
    pub(super) fn reserve(&mut self) -> Result<TrackId, AlreadyTracking> {
        if self.reserved.is_some() || matches!(self.wire, Wire::Started(_)) {
            return Err(AlreadyTracking);
        }
        self.last_id += 1;
        let id = TrackId(self.last_id);
        self.reserved = Some(id);
        Ok(id)
    }

    pub(super) fn flow(&self) -> Flow {
        match self.wire {
            Wire::Idle => Flow::Go,
            Wire::Started(_) | Wire::Ending { .. } => Flow::HoldBack,
        }
    }

    /// The TRACKSTART has gone out.
    pub(super) fn started(&mut self, id: TrackId, context: u64, flags: TrackFlags) {
        self.reserved = None;
        self.wire =
            Wire::Started(Started { id, context, flags, answered: false, quorum_came: false });
    }

    /// The TRACKSTART was answered.
    pub(super) fn answered(&mut self, id: TrackId, accepted: bool) {
        match &mut self.wire {
            Wire::Started(started) if started.id == id && accepted => started.answered = true,
            Wire::Started(started) if started.id == id => {
                self.wire = Wire::Ending { answered: true };
            }
            // Ended by us meanwhile: the answer to its TRACKSTOP is the one that counts.
            _ => {}
        }
    }

    /// Ends a track for us. Says whether a TRACKSTOP has to go out for the daemon to end it too.
    pub(super) fn end(&mut self, id: TrackId) -> bool {
        if self.reserved == Some(id) {
            self.reserved = None;
            return false;
        }
        match &self.wire {
            Wire::Started(started) if started.id == id => {
                self.wire = Wire::Ending { answered: false };
                true
            }
            _ => false,
        }
    }

    /// The TRACKSTOP was answered.
    pub(super) fn stopped(&mut self) {
        if let Wire::Ending { answered } = &mut self.wire {
            *answered = true;
        }
    }

    /// The track a notification belongs to.
    pub(super) fn sort(&mut self, notification: &Notification) -> Option<TrackId> {
        let Wire::Started(started) = &mut self.wire else { return None };
        if notification.context().is_some_and(|context| context != started.context) {
            return None;
        }
        started.quorum_came |= matches!(notification, Notification::Quorum(_));
        Some(started.id)
    }

    /// The event channel was found empty. Gives the track that is complete by that.
    pub(super) fn drained(&mut self) -> Option<TrackId> {
        match &self.wire {
            Wire::Ending { answered: true } => {
                self.wire = Wire::Idle;
                None
            }
            Wire::Started(started) if started.is_complete() => {
                let id = started.id;
                self.wire = Wire::Idle;
                Some(id)
            }
            _ => None,
        }
    }
}
