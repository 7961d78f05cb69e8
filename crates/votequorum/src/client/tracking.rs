use quorate_codec::votequorum::TrackFlags;

use super::Client;
use crate::{Error, Track};

impl Client {
    /// Starts to tell what happens in the cluster.
    ///
    /// | flags | tells the state of now | then every change |
    /// |---|---|---|
    /// | [`CURRENT`](TrackFlags::CURRENT) | yes | no |
    /// | [`CHANGES`](TrackFlags::CHANGES) | yes | yes |
    /// | [`CHANGES_ONLY`](TrackFlags::CHANGES_ONLY) | no | yes |
    ///
    /// The state of now is a [`Nodelist`](crate::Event::Nodelist) and then a
    /// [`Quorum`](crate::Event::Quorum) event. `context` comes back in every notification.
    ///
    /// TRACKSTART, request id 3.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyTracking`](crate::ErrorKind::AlreadyTracking) if the connection tracks;
    /// it can only once.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, nothing is tracked.
    #[doc(alias = "votequorum_trackstart")]
    #[doc(alias = "trackstart")]
    pub async fn track(&self, flags: TrackFlags, context: u64) -> Result<Track, Error> {
        Track::start(&self.handle, context, flags, self.timeout).await
    }
}
