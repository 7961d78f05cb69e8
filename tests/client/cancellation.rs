//! Calls that are given up leave no trace.

use crate::support::on_every_daemon;

on_every_daemon!(random_cancellation, impatient_calls);

mod cases {
    use std::time::Duration;

    use tokio::task::{JoinSet, yield_now};
    use votequorum::{CsError, NodeId};

    use crate::support::{Daemon, connect};

    /// Calls are dropped after a random number of polls while others go on; every answer that
    /// comes is the right one.
    pub(super) fn random_cancellation(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let mut random = 12345u64;
            for _ in 0..2000 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let number = u32::try_from(random >> 33).unwrap();
                let mut calls = JoinSet::new();
                for call in 0..8 {
                    let client = client.clone();
                    let node = if (number + call) % 2 == 0 { 1 } else { 50 + call };
                    calls.spawn(async move { (node, client.get_info(node).await) });
                }
                for _ in 0..number % 4 {
                    yield_now().await;
                }
                if number % 8 < 6 {
                    calls.abort_all();
                }
                while let Some(call) = calls.join_next().await {
                    match call {
                        Ok((1, info)) => assert_eq!(info.unwrap().node_id, NodeId::new(1)),
                        Ok((_, info)) => {
                            assert_eq!(info.unwrap_err().status(), Some(CsError::NotExist));
                        }
                        Err(aborted) => assert!(aborted.is_cancelled()),
                    }
                }
            }
            assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
        });
    }

    /// Deadlines that pass before any answer can come.
    pub(super) fn impatient_calls(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            let hasty = client.with_timeout(Duration::ZERO);
            let mut late = 0;
            for _ in 0..500 {
                match hasty.get_info(99).await {
                    Err(error) if error.is_timeout() => late += 1,
                    Err(error) => assert_eq!(error.status(), Some(CsError::NotExist)),
                    Ok(info) => panic!("{info:?}"),
                }
                assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
            }
            println!("{late} of 500 were late");
        });
    }
}
