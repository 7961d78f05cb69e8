//! The track whose notifications come.

use std::sync::Arc;
use std::time::Instant;

use quorate_codec::votequorum::TrackFlags;
use quorate_codec::votequorum::session::{AlreadyTracking, CallError, Ticket, TrackId};
use tracing::debug;

use super::mailbox::{End, Mailbox};
use super::state::State;
use super::wake_list::WakeList;
use crate::GapReason;
use crate::error::CloseReason;

/// A track, from when its TRACKSTART is queued until it is over.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) id: TrackId,
    pub(super) mailbox: Arc<Mailbox>,
    context: u64,
    flags: TrackFlags,
    /// The user's call that starts it, until the user has the outcome.
    call: Option<Ticket>,
    /// The connection's own call that starts it again, until its outcome is known.
    restart: Option<Ticket>,
}

impl State {
    /// Starts a track, whose notifications may come before the call is answered.
    pub(super) fn track(
        &mut self,
        context: u64,
        flags: TrackFlags,
        mailbox: &Arc<Mailbox>,
        deadline: Option<Instant>,
    ) -> Result<Ticket, AlreadyTracking> {
        // The session has forgotten a track whose connection was lost; it is to be started again.
        if self.live.is_some() {
            return Err(AlreadyTracking);
        }
        let (ticket, id) = self.session.track(context, flags, deadline)?;
        if let Some(event_fd) = &self.event_fd {
            mailbox.set_signal(event_fd.clone());
        }
        let mailbox = Arc::clone(mailbox);
        let call = Some(ticket);
        self.live = Some(Live { id, mailbox, context, flags, call, restart: None });
        Ok(ticket)
    }

    /// Ends a track; the ticket is for the daemon's answer, if there is one to wait for.
    pub(super) fn untrack_call(
        &mut self,
        mailbox: &Arc<Mailbox>,
        deadline: Option<Instant>,
        wakes: &mut WakeList,
    ) -> Option<Ticket> {
        let track = self.end_live(mailbox, wakes)?;
        self.session.untrack_call(track, deadline)
    }

    /// Ends a track, with nobody waiting for the daemon's answer.
    pub(super) fn untrack(&mut self, mailbox: &Arc<Mailbox>, wakes: &mut WakeList) {
        if let Some(track) = self.end_live(mailbox, wakes) {
            self.session.untrack(track);
            self.request_flush(wakes);
        }
    }

    /// The user has the outcome of the call that starts the track, or does not want it.
    pub(super) fn track_started(&mut self, ticket: Ticket, successfully: bool) {
        let Some(live) = self.live.as_mut().filter(|live| live.call == Some(ticket)) else {
            return;
        };
        if successfully {
            live.call = None;
        } else {
            // It may have been started again meanwhile, by another call.
            self.session.untrack(live.id);
            self.live = None;
        }
    }

    /// The connection was lost: a track that stood is told so, and is to be started again.
    ///
    /// It stood if the daemon had said so, even if the user has not looked yet.
    pub(super) fn track_lost(&mut self, reason: GapReason, wakes: &mut WakeList) {
        let Some(live) = &mut self.live else { return };
        if let Some(restart) = live.restart.take() {
            self.session.abandon(restart);
        } else if live.call.is_some_and(|call| !self.session.has_succeeded(call)) {
            self.live = None;
            return;
        }
        live.mailbox.gap(reason, wakes);
    }

    /// There is a new connection: starts the track again, with the state of now.
    pub(super) fn track_again(&mut self) {
        let Some(live) = &mut self.live else { return };
        let mut flags = live.flags;
        if flags.follows_changes() {
            flags |= TrackFlags::CHANGES;
        }
        if let Ok((ticket, id)) = self.session.track(live.context, flags, None) {
            live.id = id;
            live.restart = Some(ticket);
        }
    }

    /// Looks what became of starting the track again.
    pub(super) fn check_restart(&mut self) -> Result<(), CloseReason> {
        let Some(live) = &mut self.live else { return Ok(()) };
        let outcome = live.restart.and_then(|ticket| self.session.take(ticket));
        match outcome {
            None => Ok(()),
            Some(Ok(_)) => {
                live.restart = None;
                Ok(())
            }
            Some(Err(CallError::Status(status))) => Err(CloseReason::TrackRefused(status)),
            Some(Err(error)) => {
                debug!(%error, "the track was not started again");
                Ok(())
            }
        }
    }

    /// All that a track asked for has come.
    pub(super) fn track_complete(&mut self, track: TrackId, wakes: &mut WakeList) {
        if let Some(live) = self.live.take_if(|live| live.id == track) {
            live.mailbox.end(End::Complete, wakes);
        }
    }

    fn end_live(&mut self, mailbox: &Arc<Mailbox>, wakes: &mut WakeList) -> Option<TrackId> {
        let live = self.live.take_if(|live| Arc::ptr_eq(&live.mailbox, mailbox))?;
        live.mailbox.end(End::Complete, wakes);
        Some(live.id)
    }
}
