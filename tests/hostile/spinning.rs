//! Whatever a corosync does wrong, its client comes to rest.

use std::time::Duration;

use quorate_codec::qb::auth::ConnectionType;
use quorate_fixtures::corosync::Fault;
use tokio::sync::oneshot;
use votequorum::{Builder, Reconnect, TrackFlags};

use crate::leaks::{Holdings, alone};
use crate::sleeper::Sleeper;
use crate::votequorum::{Daemon, faults};

/// How long a client has to sleep. The pauses between attempts to reconnect grow beyond that.
const WHILE: Duration = Duration::from_millis(200);

/// How often it may be woken meanwhile: over shared memory, a client that waits for a reply looks for
/// one every 64 ms.
const LOOKS: u64 = 10;

/// A client is hardly woken any more once it has dealt with what went wrong: with a call that is not
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
        // All at the same time: each client has a thread to itself, which is looked at.
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
                        come_to_rest(&daemon, options.call_timeout(None), fault, &case);
                    });
                }
            }
        });
    }
    runtime.block_on(before.wait_until_back(nowhere.path(), "at rest"));
}

fn come_to_rest(daemon: &Daemon, options: Builder, fault: Fault, case: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = options.connect().await.unwrap();
        let mut track = client.track(TrackFlags::CHANGES, 1).await.unwrap();
        let reading = tokio::spawn(async move { while track.next().await.is_some() {} });
        daemon.fake.inject_newest(fault);
        let calling = tokio::spawn(async move { client.get_info(1).await });
        let (rested, has_rested) = oneshot::channel();
        let (this, case) = (Sleeper::this_thread(), case.to_owned());
        std::thread::spawn(move || {
            // The first may be over before the daemon has gone wrong.
            for _ in 0..3 {
                this.wait_until_asleep(WHILE, LOOKS, &case);
            }
            rested.send(()).expect("the client waits for this");
        });
        // Nothing else is done here: the runtime has this one thread.
        has_rested.await.expect("it comes to rest");
        reading.abort();
        calling.abort();
    });
}
