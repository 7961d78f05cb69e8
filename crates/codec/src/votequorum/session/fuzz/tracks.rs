use crate::votequorum::TrackFlags;
use crate::votequorum::session::TrackId;

/// Every track that was ever asked for, by number.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    all: Vec<Track>,
    /// The one that is not over.
    pub(super) current: Option<usize>,
    /// Whether a notification of a track that is over may still come.
    pub(super) echo: bool,
}

#[derive(Debug)]
pub(super) struct Track {
    pub(super) id: TrackId,
    pub(super) flags: TrackFlags,
    /// The call that starts it.
    pub(super) start: usize,
    pub(super) accepted: bool,
    pub(super) quorum_came: bool,
}

impl Tracks {
    pub(super) fn get(&self, track: usize) -> &Track {
        &self.all[track]
    }

    pub(super) fn get_mut(&mut self, track: usize) -> &mut Track {
        &mut self.all[track]
    }

    /// One of all tracks, the latest first.
    pub(super) fn pick(&self, which: u8) -> Option<usize> {
        self.all.len().checked_sub(1 + usize::from(which))
    }

    /// The number the next track has.
    pub(super) fn next(&self) -> usize {
        self.all.len()
    }

    pub(super) fn push(&mut self, id: TrackId, flags: TrackFlags, start: usize) {
        self.current = Some(self.all.len());
        self.all.push(Track { id, flags, start, accepted: false, quorum_came: false });
    }

    /// The current track, if all it asked for has come once the event channel is empty.
    pub(super) fn complete(&self) -> Option<usize> {
        let track = self.current?;
        let Track { flags, accepted, quorum_came, .. } = self.all[track];
        let told = quorum_came || !flags.starts_with_current();
        (accepted && told && !flags.follows_changes()).then_some(track)
    }
}
