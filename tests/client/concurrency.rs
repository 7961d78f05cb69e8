//! Many calls at a time on one connection.

use crate::support::on_every_daemon;

on_every_daemon!(
    every_caller_gets_its_own_answer,
    a_registration_is_not_overtaken,
    calls_from_many_threads,
);

mod cases {
    use std::num::NonZeroU8;
    use std::time::Duration;

    use tokio::task::JoinSet;
    use votequorum::{Client, CsError, Error, NodeId};

    use crate::support::{Daemon, connect};

    /// Asks about a node that is there or one that is not, and checks the answer.
    async fn ask(client: &Client, number: u32) -> Result<(), Error> {
        match number % 4 {
            0 => assert_eq!(client.get_info(1).await?.node_id, NodeId::new(1)),
            1 => {
                let error = client.get_info(1000 + number).await.unwrap_err();
                assert_eq!(error.status(), Some(CsError::NotExist));
            }
            2 => {
                let error = client.set_votes(1000 + number, 1).await.unwrap_err();
                assert_eq!(error.status(), Some(CsError::NameNotFound));
            }
            _ => {
                let error = client.set_votes(1, 0).await.unwrap_err();
                assert_eq!(error.status(), Some(CsError::InvalidParam));
            }
        }
        Ok(())
    }

    /// Longer than so many calls take on the slowest machine, under the slowest tool.
    const LONG: Duration = Duration::from_secs(120);

    async fn ask_256_at_a_time(client: Client) {
        let mut tasks = JoinSet::new();
        for number in 0..256 {
            let client = client.clone();
            tasks.spawn(async move {
                for round in 0..20 {
                    ask(&client, number + round).await.unwrap();
                }
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
    }

    pub(super) fn every_caller_gets_its_own_answer(daemon: &Daemon) {
        daemon.run(async |options| {
            for window in [1, 2, 64, 255] {
                let window = NonZeroU8::new(window).unwrap();
                let options = options.clone().window(window).call_timeout(LONG);
                ask_256_at_a_time(connect(options).await).await;
            }
        });
    }

    pub(super) fn a_registration_is_not_overtaken(daemon: &Daemon) {
        daemon.run(async |options| {
            let client = connect(options).await;
            for _ in 0..5 {
                let (registered, info, unknown, refused) = tokio::join!(
                    client.qdevice_register("Q"),
                    client.get_info(1),
                    client.get_info(99),
                    client.set_votes(99, 1),
                );
                registered.unwrap();
                assert_eq!(info.unwrap().node_id, NodeId::new(1));
                assert_eq!(unknown.unwrap_err().status(), Some(CsError::NotExist));
                assert_eq!(refused.unwrap_err().status(), Some(CsError::NameNotFound));
                client.qdevice_unregister("Q").await.unwrap();
            }
        });
    }

    pub(super) fn calls_from_many_threads(daemon: &Daemon) {
        daemon.run_multi_thread(async |options| {
            let client = connect(options.call_timeout(LONG)).await;
            tokio::spawn(ask_256_at_a_time(client)).await.unwrap();
        });
    }
}
