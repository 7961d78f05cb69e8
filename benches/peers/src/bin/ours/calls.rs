use std::num::NonZeroU8;

use serde_json::Value;
use tokio::task::JoinSet;
use votequorum::{Builder, Error};

use crate::Outcome;
use crate::meter::Meter;

/// How many calls are under way at a time in [`pipeline`].
const IN_FLIGHT: u8 = 128;

/// N calls, one after the other.
pub(crate) async fn rtt(builder: &Builder, n: u64) -> Outcome<Value> {
    let client = builder.connect().await?;
    client.local_info().await?;
    let mut meter = Meter::new();
    meter.start();
    for _ in 0..n {
        client.local_info().await?;
    }
    meter.stop();
    Ok(meter.line(n))
}

/// N calls, [`IN_FLIGHT`] at a time on one connection.
pub(crate) async fn pipeline(builder: &Builder, n: u64) -> Outcome<Value> {
    let window = NonZeroU8::new(IN_FLIGHT).unwrap_or(NonZeroU8::MIN);
    let client = builder.clone().window(window).connect().await?;
    client.local_info().await?;
    let each = n / u64::from(IN_FLIGHT);
    let mut meter = Meter::new();
    meter.start();
    let mut tasks = JoinSet::<Result<(), Error>>::new();
    for _ in 0..IN_FLIGHT {
        let client = client.clone();
        tasks.spawn(async move {
            for _ in 0..each {
                client.local_info().await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    meter.stop();
    Ok(meter.line(each * u64::from(IN_FLIGHT)))
}

/// N connections, one after the other, opened and closed.
pub(crate) async fn connect(builder: &Builder, n: u64) -> Outcome<Value> {
    let mut meter = Meter::new();
    meter.start();
    for _ in 0..n {
        builder.connect().await?.close().await?;
    }
    meter.stop();
    Ok(meter.line(n))
}
