//! What the client does.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::World;
use super::calls::Client;
use crate::votequorum::getinfo::GetInfo;
use crate::votequorum::qdevice_get_extra_info::QdeviceGetExtraInfo;
use crate::votequorum::qdevice_master_wins::QdeviceMasterWins;
use crate::votequorum::qdevice_poll::QdevicePoll;
use crate::votequorum::qdevice_register::QdeviceRegister;
use crate::votequorum::qdevice_set_extra_info::QdeviceSetExtraInfo;
use crate::votequorum::qdevice_unregister::QdeviceUnregister;
use crate::votequorum::qdevice_update::QdeviceUpdate;
use crate::votequorum::session::{AlreadyTracking, CallError};
use crate::votequorum::setexpected::SetExpected;
use crate::votequorum::setvotes::SetVotes;
use crate::votequorum::trackstart::TrackStart;
use crate::votequorum::trackstop::TrackStop;
use crate::votequorum::{
    MasterWins, NodeId, QdeviceName, Request, RingId, TrackFlags, UnknownRequest, Vote,
};

impl World {
    pub(super) fn call(&mut self, kind: u8, deadline: u8) {
        let request = a_request(kind, self.calls.len());
        let deadline = self.deadline(deadline);
        let ticket = self.session.call(request.clone(), deadline);
        self.calls.push(request, Some(ticket), deadline, None);
    }

    /// Tracks with the flags in the low half of `how`; the daemon refuses if the highest bit is
    /// set. Two tracks often have the same context.
    pub(super) fn track(&mut self, how: u8, deadline: u8) {
        let flags = TrackFlags::from_bits_retain(u32::from(how % 16));
        let context = u64::from(how >> 7);
        let deadline = self.deadline(deadline);
        let tracked = self.session.track(context, flags, deadline);
        if self.tracks.current.is_some() {
            assert_eq!(tracked, Err(AlreadyTracking));
            return;
        }
        let (ticket, id) = tracked.expect("no track is under way");
        let request = Request::TrackStart(TrackStart { context, flags });
        let track = self.tracks.next();
        let start = self.calls.push(request, Some(ticket), deadline, Some(track));
        self.tracks.push(id, flags, start);
    }

    pub(super) fn untrack(&mut self, which: u8) {
        let Some(track) = self.tracks.pick(which) else { return };
        self.session.untrack(self.tracks.get(track).id);
        if self.ends(track) {
            self.stop();
        }
    }

    pub(super) fn untrack_call(&mut self, which: u8, deadline: u8) {
        let Some(track) = self.tracks.pick(which) else { return };
        let deadline = self.deadline(deadline);
        let ticket = self.session.untrack_call(self.tracks.get(track).id, deadline);
        let ends = self.ends(track);
        assert_eq!(ticket.is_some(), ends);
        if ends {
            self.calls.push(Request::TrackStop(TrackStop), ticket, deadline, None);
        }
    }

    pub(super) fn abandon(&mut self, which: u8) {
        let Some(call) = self.calls.pick(which) else { return };
        let Some(ticket) = self.calls.get(call).ticket else { return };
        self.session.abandon(ticket);
        if self.calls.is_open(call) {
            self.calls.get_mut(call).client = Client::Gone;
            self.give_up(call);
        }
    }

    /// Asks for an outcome, whether or not there is one.
    pub(super) fn take(&mut self, which: u8) {
        if let Some(call) = self.calls.pick(which) {
            self.take_call(call);
        }
    }

    pub(super) fn take_call(&mut self, call: usize) {
        let of_call = self.calls.get_mut(call);
        let Some(ticket) = of_call.ticket else { return };
        let outcome = self.session.take(ticket);
        let expected = match &of_call.client {
            Client::Waits | Client::Gone => None,
            Client::Late => Some(Err(CallError::Timeout { sent: of_call.sent })),
            Client::Told(outcome) => Some(outcome.clone()),
        };
        assert_eq!(outcome, expected, "the outcome of {:?}", of_call.request);
        if outcome.is_some() {
            of_call.client = Client::Gone;
        }
    }

    /// Time passes: exactly the calls whose deadline has come are late.
    pub(super) fn advance(&mut self, ms: u8) {
        self.now += Duration::from_millis(ms.into());
        let is_due = |deadline: Instant| deadline <= self.now;
        let due: Vec<usize> = self
            .calls
            .waiting()
            .filter(|&call| self.calls.get(call).deadline.is_some_and(is_due))
            .collect();
        let mut late = Vec::new();
        while let Some(ticket) = self.session.handle_timeout(self.now) {
            late.push(ticket);
        }
        for call in due {
            let of_call = self.calls.get_mut(call);
            let told = late.iter().position(|ticket| Some(*ticket) == of_call.ticket);
            late.swap_remove(told.expect("a deadline has passed and nobody was told"));
            of_call.client = Client::Late;
            self.give_up(call);
        }
        assert_eq!(late, [], "told of deadlines that have not passed");
    }

    /// The client no longer waits for a call: it is not sent if it was not, and what it starts is
    /// ended.
    fn give_up(&mut self, call: usize) {
        let of_call = self.calls.get(call);
        let track = of_call.track;
        if !of_call.sent && !matches!(of_call.request, Request::TrackStop(_)) {
            self.calls.unqueue(call);
        }
        if track.is_some_and(|track| self.ends(track)) {
            self.stop();
        }
    }

    /// The client ends a track; gives whether the daemon has to be told.
    fn ends(&mut self, track: usize) -> bool {
        if self.tracks.current != Some(track) {
            return false;
        }
        self.tracks.current = None;
        let start = self.tracks.get(track).start;
        let of_start = self.calls.get_mut(start);
        if of_start.sent {
            return true;
        }
        if of_start.client == Client::Waits {
            of_start.client = Client::Gone;
        }
        self.calls.unqueue(start);
        false
    }

    /// A TRACKSTOP is queued that nobody waits for.
    fn stop(&mut self) {
        self.calls.push(Request::TrackStop(TrackStop), None, None, None);
    }

    fn deadline(&self, ms: u8) -> Option<Instant> {
        (ms > 0).then(|| self.now + Duration::from_millis(ms.into()))
    }
}

/// A request that no other call makes, where the kind of request has room for that.
fn a_request(kind: u8, call: usize) -> Request {
    let number = u32::try_from(call).unwrap_or(u32::MAX);
    let node = NodeId::new(number);
    let name = QdeviceName::new(format!("device {call}")).expect("a name");
    match kind % 11 {
        0 => Request::GetInfo(GetInfo { node: (number != 0).then_some(node) }),
        1 => Request::SetExpected(SetExpected { expected_votes: number }),
        2 => Request::SetVotes(SetVotes { node, votes: 1 }),
        3 => Request::QdeviceRegister(QdeviceRegister { name }),
        4 => Request::QdeviceUnregister(QdeviceUnregister { name }),
        5 => Request::QdeviceUpdate(QdeviceUpdate { old_name: name.clone(), new_name: name }),
        6 => Request::QdevicePoll(QdevicePoll {
            name,
            vote: Vote::Yes,
            ring_id: RingId::new(node, 1),
        }),
        7 => Request::QdeviceMasterWins(QdeviceMasterWins { name, allow: MasterWins::Allow }),
        8 => {
            let info = Bytes::copy_from_slice(&number.to_ne_bytes());
            Request::QdeviceSetExtraInfo(QdeviceSetExtraInfo { info })
        }
        9 => Request::QdeviceGetExtraInfo(QdeviceGetExtraInfo { node }),
        _ => {
            let body = Bytes::copy_from_slice(&number.to_ne_bytes());
            Request::Unknown(UnknownRequest { id: 99, body })
        }
    }
}
