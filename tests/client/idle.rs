//! A connection with nothing to do does nothing.

use crate::support::on_every_daemon;

on_every_daemon!(an_idle_tracked_connection_takes_no_processor_time);

mod cases {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};
    use tokio::time::sleep;
    use votequorum::TrackFlags;

    use crate::support::{Daemon, connect};

    pub(super) fn an_idle_tracked_connection_takes_no_processor_time(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let mut track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
            while track.take_one().unwrap().is_some() {}
            // The deadline of the calls before fires once; after that there is nothing.
            sleep(Duration::from_secs(6)).await;
            let before = thread_time();
            sleep(Duration::from_secs(2)).await;
            let spent = thread_time() - before;
            println!("{spent:?} in 2 s");
            assert!(spent < Duration::from_millis(2), "{spent:?} in 2 s");
        });
    }

    /// The processor time of this thread, which is all that the runtime has.
    fn thread_time() -> Duration {
        Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
    }
}
