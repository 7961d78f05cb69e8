//! A corosync that lets everybody in and then closes.

use std::time::{Duration, Instant};

use quorate_codec::qb::auth::ConnectionType;
use quorate_fixtures::corosync::Fault;
use tokio::time::timeout;
use votequorum::{Event, Reconnect, TrackFlags};

use crate::leaks::{Holdings, alone};
use crate::votequorum::{Daemon, LONG};

/// Each loss is followed by a pause, and the pauses grow.
#[test]
fn a_corosync_that_closes_at_once_is_not_stormed() {
    const LONGEST: Duration = Duration::from_millis(50);
    let _alone = alone();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let root = tempfile::tempdir().unwrap();
        let before = Holdings::now(root.path());
        for connection_type in [ConnectionType::Shm, ConnectionType::Socket] {
            let daemon = Daemon::start(connection_type);
            let policy = Reconnect::new().first_pause(LONGEST / 25).longest_pause(LONGEST);
            let client = daemon.options().reconnect(policy).connect().await.unwrap();
            let mut track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
            let start = Instant::now();
            let mut gaps = 0;
            while gaps < 10 {
                daemon.fake.inject_newest(Fault::CloseOnRequest);
                // It is of no interest which of the connections this call meets.
                let _lost = client.get_info(1).await;
                let event = timeout(LONG, track.next()).await.unwrap().unwrap().unwrap();
                gaps += u32::from(matches!(event, Event::Lost { .. }));
            }
            // 2, 4, 8, 16, 32, and 4 times 50 ms before it was there for the tenth loss. Half of
            // each is random.
            let least = Duration::from_millis((2 + 4 + 8 + 16 + 32 + 4 * 50) / 2);
            assert!(start.elapsed() >= least, "{gaps} times in {:?}", start.elapsed());
        }
        before.wait_until_back(root.path(), "after the storm").await;
    });
}
