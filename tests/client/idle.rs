//! A connection with nothing to do does nothing.

use crate::support::on_every_daemon;

on_every_daemon!(an_idle_tracked_connection_takes_no_processor_time);

mod cases {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use votequorum::TrackFlags;

    use crate::sleeper::Sleeper;
    use crate::support::{Daemon, connect};

    /// Longer than any interval at which a client could look for news.
    const WHILE: Duration = Duration::from_secs(1);

    pub(super) fn an_idle_tracked_connection_takes_no_processor_time(daemon: &Daemon) {
        daemon.run(async |options| {
            // Without deadlines no timer runs either.
            let client = connect(options.call_timeout(None)).await;
            let mut track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
            while track.take_one().unwrap().is_some() {}
            let (slept, has_slept) = oneshot::channel();
            let this = Sleeper::this_thread();
            std::thread::spawn(move || {
                this.wait_until_asleep(WHILE, 0, "an idle connection");
                slept.send(()).unwrap();
            });
            // Nothing else is done here: the runtime has this one thread.
            has_slept.await.expect("it comes to rest");
        });
    }
}
