use std::collections::VecDeque;
use std::time::Instant;

use crate::votequorum::session::{CallError, Ticket};
use crate::votequorum::{Reply, Request};

/// Every call that was ever made, by number, and where it is.
#[derive(Debug, Default)]
pub(super) struct Calls {
    all: Vec<Call>,
    /// Not sent, in order.
    pub(super) queue: VecDeque<usize>,
    /// Sent and not answered, in order.
    pub(super) owed: VecDeque<usize>,
}

#[derive(Debug)]
pub(super) struct Call {
    /// None for a TRACKSTOP that nobody waits for.
    pub(super) ticket: Option<Ticket>,
    pub(super) request: Request,
    pub(super) deadline: Option<Instant>,
    pub(super) sent: bool,
    /// The track it starts.
    pub(super) track: Option<usize>,
    pub(super) client: Client,
}

/// What the client knows of a call.
#[derive(Debug, PartialEq)]
pub(super) enum Client {
    /// It waits.
    Waits,
    /// It was told that the deadline has passed, and has not asked for the outcome.
    Late,
    /// It was told that there is an outcome, and has not asked for it.
    Told(Result<Reply, CallError>),
    /// It has the outcome, or does not want it.
    Gone,
}

impl Calls {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, call: usize) -> &Call {
        &self.all[call]
    }

    pub(super) fn get_mut(&mut self, call: usize) -> &mut Call {
        &mut self.all[call]
    }

    /// One of the calls that were made with a ticket, the latest first.
    pub(super) fn pick(&self, which: u8) -> Option<usize> {
        let with_ticket = |call: &usize| self.all[*call].ticket.is_some();
        (0..self.all.len()).rev().filter(with_ticket).nth(which.into())
    }

    /// A call was queued.
    pub(super) fn push(
        &mut self,
        request: Request,
        ticket: Option<Ticket>,
        deadline: Option<Instant>,
        track: Option<usize>,
    ) -> usize {
        let client = if ticket.is_some() { Client::Waits } else { Client::Gone };
        let call = self.all.len();
        self.all.push(Call { ticket, request, deadline, sent: false, track, client });
        self.queue.push_back(call);
        call
    }

    /// A request that was not sent never will be.
    pub(super) fn unqueue(&mut self, call: usize) {
        self.queue.retain(|&queued| queued != call);
    }

    /// Whether the client may still ask for an outcome and get one.
    pub(super) fn is_open(&self, call: usize) -> bool {
        self.all[call].client != Client::Gone
    }

    pub(super) fn owes_register(&self) -> bool {
        self.owed.iter().any(|&call| matches!(self.all[call].request, Request::QdeviceRegister(_)))
    }

    pub(super) fn owed_requests(&self) -> Vec<&Request> {
        self.owed.iter().map(|&call| &self.all[call].request).collect()
    }

    /// The calls the client waits for.
    pub(super) fn waiting(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.all.len()).filter(|&call| self.all[call].client == Client::Waits)
    }

    pub(super) fn earliest_deadline(&self) -> Option<Instant> {
        self.waiting().filter_map(|call| self.all[call].deadline).min()
    }

    /// Whether a TRACKSTOP is on its way, or any track request was sent and not answered.
    pub(super) fn track_requests_under_way(&self) -> bool {
        let is_stop = |&call: &usize| matches!(self.all[call].request, Request::TrackStop(_));
        let is_start = |&call: &usize| matches!(self.all[call].request, Request::TrackStart(_));
        self.queue.iter().any(is_stop)
            || self.owed.iter().any(|call| is_stop(call) || is_start(call))
    }
}
