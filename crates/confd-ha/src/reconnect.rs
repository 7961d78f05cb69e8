use quorate_codec::Reconnect;
use tokio::time::sleep;
use tracing::debug;

use crate::Error;

/// Makes attempts until one succeeds, one fails for good, or there were enough. The first is made
/// at once.
pub(crate) async fn keep_trying<T, F>(
    schedule: Reconnect,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut pauses = schedule.pauses().skip(1);
    loop {
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        match pauses.next() {
            Some(pause) if error.is_retryable() => {
                debug!(?pause, %error, "the daemon is not back yet");
                sleep(pause).await;
            }
            _ => return Err(error),
        }
    }
}
