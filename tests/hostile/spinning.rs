//! Whatever a corosync does wrong, its client comes to rest.

use std::time::{Duration, Instant};

use quorate_codec::qb::auth::ConnectionType;
use quorate_fixtures::corosync::Fault;
use rustix::time::{ClockId, clock_gettime};
use votequorum::{Options, Reconnect, TrackFlags};

use crate::leaks::{Holdings, alone};
use crate::votequorum::{Daemon, LONG, faults};

/// A client takes no processor time once it has dealt with what went wrong: with a call that is not
/// answered, a track, and either way to go on after a loss.
#[test]
fn no_fault_makes_a_client_spin() {
    let _alone = alone();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap();
    let nowhere = tempfile::tempdir().unwrap();
    let before = Holdings::now(nowhere.path());
    for connection_type in [ConnectionType::Shm, ConnectionType::Socket] {
        // All at the same time: each client has a thread to itself, and the time of that counts.
        std::thread::scope(|scope| {
            for (fault, _) in faults(connection_type) {
                for reconnect in [None, Some(Reconnect::new())] {
                    let fault = fault.clone();
                    let handle = runtime.handle();
                    scope.spawn(move || {
                        let daemon = {
                            let _inside = handle.enter();
                            Daemon::start(connection_type)
                        };
                        let case = format!("{fault:?} over {connection_type:?}, {reconnect:?}");
                        let options = match reconnect {
                            Some(policy) => daemon.options().reconnect(policy),
                            None => daemon.options(),
                        };
                        come_to_rest(&daemon, options.timeout(None), fault, &case);
                    });
                }
            }
        });
    }
    runtime.block_on(before.wait_until_back(nowhere.path(), "at rest"));
}

fn come_to_rest(daemon: &Daemon, options: Options, fault: Fault, case: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = options.connect().await.unwrap();
        let mut track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
        let reading = tokio::spawn(async move { while track.next().await.is_some() {} });
        daemon.fake.inject_newest(fault);
        let calling = tokio::spawn(async move { client.get_info(1).await });
        let deadline = Instant::now() + LONG;
        // The first may be over before the daemon has gone wrong.
        let mut quiet = 0;
        while quiet < 3 {
            let used = thread_time();
            tokio::time::sleep(Duration::from_millis(200)).await;
            let used = thread_time() - used;
            quiet = if used < Duration::from_millis(10) { quiet + 1 } else { 0 };
            assert!(Instant::now() < deadline, "{case}: it used {used:?} in 200 ms");
        }
        reading.abort();
        calling.abort();
    });
}

/// The processor time this thread has taken.
fn thread_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("time goes forward")
}
