use quorate_codec::Backoff;
use tokio::time::sleep;
use tracing::debug;

use crate::Error;

/// Makes attempts until one succeeds, one fails for good, or there were enough, with pauses between
/// them.
pub(crate) async fn keep_trying<T, F>(
    backoff: &mut Backoff,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    loop {
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        match backoff.pause() {
            Some(pause) if error.is_retryable() => {
                debug!(?pause, %error, "the daemon is not back yet");
                sleep(pause).await;
            }
            _ => return Err(error),
        }
    }
}
