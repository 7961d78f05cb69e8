//! Moves messages between a connection and the session.

use std::io;
use std::time::Instant;

use quorate_codec::qb::service::Service;
use quorate_codec::qb::session::Session;

use super::channels::{Channels, Transmit};
use super::lifecycle::CloseReason;
use super::link::Link;
use crate::{ChannelError, TransmitError};

/// Most events taken in at a time, so that no task has to wait for long.
const MAX_EVENTS: usize = 256;

/// Takes in all responses, then events. Returns whether there are more events.
///
/// What a request causes is queued by the daemon before its answer. So an event that is not there
/// once the answer was taken in does not belong to it: this order separates the events of one
/// subscription from those of the next.
pub(super) fn take_in<S: Service, C: Channels>(
    link: &mut Link<C>,
    session: &mut Session<S>,
    now: Instant,
) -> Result<bool, CloseReason> {
    take_responses(link, session, now)?;
    let Link { connection: Some(connection), incoming, .. } = link else { return Ok(false) };
    for _ in 0..MAX_EVENTS {
        if !connection.pop_event(incoming)? {
            session.events_drained();
            return Ok(false);
        }
        session.handle_event(incoming)?;
    }
    Ok(true)
}

/// Takes in all responses. Returns whether any came.
pub(super) fn take_responses<S: Service, C: Channels>(
    link: &mut Link<C>,
    session: &mut Session<S>,
    now: Instant,
) -> Result<bool, CloseReason> {
    let Link { connection: Some(connection), incoming, .. } = link else { return Ok(false) };
    let mut came = false;
    while connection.pop_response(incoming)? {
        came = true;
        session.handle_response(incoming, now)?;
    }
    Ok(came)
}

/// Lets requests go, as many as may and can. One write announces them all, also in an early return.
pub(super) fn let_go<S: Service, C: Channels>(
    link: &mut Link<C>,
    session: &mut Session<S>,
) -> Result<(), CloseReason> {
    let Link { connection: Some(connection), outgoing, .. } = link else { return Ok(()) };
    session.set_stopped(connection.is_stopped());
    let mut transmit = connection.transmit();
    loop {
        outgoing.clear();
        let Some(body) = session.poll_transmit(outgoing) else { break };
        match transmit.push(outgoing, body) {
            Ok(()) => session.transmitted(),
            Err(TransmitError::Busy) => break,
            Err(TransmitError::Channel(error)) => return Err(error.into()),
            Err(error) => return Err(ChannelError::from(io::Error::other(error)).into()),
        }
    }
    Ok(transmit.finish()?)
}
