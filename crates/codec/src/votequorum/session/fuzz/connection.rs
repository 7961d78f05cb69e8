//! What goes between the session and the daemon, and what goes wrong there.

use bytes::BytesMut;

use super::World;
use super::calls::Client;
use super::daemon::Event;
use super::window::WindowModel;
use crate::fuzzing::Script;
use crate::qb::CsError;
use crate::votequorum::qdevice_get_extra_info::QdeviceExtraInfo;
use crate::votequorum::session::{CallError, ProtocolError, TrackId};
use crate::votequorum::{
    ExpectedVotesNotification, NodeInfo, Notification, Reply, Request, Response, ResponseId,
    UnknownNotification,
};

impl World {
    /// Lets the next request out, if it may go.
    pub(super) fn transmit(&mut self) -> bool {
        if !self.connected {
            return false;
        }
        let mut out = BytesMut::new();
        let goes = self.session.poll_transmit(&mut out);
        assert_eq!(goes, self.may_go(), "the next of {:?}", self.calls.queue);
        if !goes {
            return false;
        }
        let mut again = BytesMut::new();
        assert!(self.session.poll_transmit(&mut again) && again == out, "it changes its mind");
        self.session.transmitted();
        let call = self.calls.queue.pop_front().expect("something may go");
        let of_call = self.calls.get_mut(call);
        assert_eq!(Request::decode(&out).as_ref(), Ok(&of_call.request), "not the next request");
        of_call.sent = true;
        if of_call.track.is_some() {
            self.tracks.echo = true;
        }
        self.calls.owed.push_back(call);
        self.daemon.requests.push_back((call, out));
        true
    }

    pub(super) fn transmit_all(&mut self) {
        while self.transmit() {}
    }

    pub(super) fn daemon_takes(&mut self, most: usize) {
        for _ in 0..most {
            if !self.daemon.take_one() {
                break;
            }
        }
    }

    /// Delivers a response; gives whether there was one.
    pub(super) fn deliver_response(&mut self) -> bool {
        let Some(answer) = self.daemon.responses.pop_front() else { return false };
        let told = self.session.handle_response(&answer.bytes).expect("the daemon is honest");
        let call = self.calls.owed.pop_front().expect("the daemon answers what it was asked");
        assert_eq!(call, answer.call, "the daemon answers out of order");
        self.window.reply_came();
        let of_call = self.calls.get_mut(call);
        let waits = of_call.client == Client::Waits;
        assert_eq!(told, of_call.ticket.filter(|_| waits), "somebody else was told");
        let accepted = answer.outcome.is_ok();
        if waits {
            of_call.client = Client::Told(answer.outcome);
        }
        if let Some(track) = of_call.track.filter(|track| self.tracks.current == Some(*track)) {
            self.tracks.get_mut(track).accepted = accepted;
            self.tracks.current = Some(track).filter(|_| accepted);
        }
        true
    }

    /// Delivers a notification; gives whether there was one.
    pub(super) fn deliver_event(&mut self) -> bool {
        let Some(Event { start, notification }) = self.daemon.events.pop_front() else {
            return false;
        };
        let current = self.tracks.current.filter(|&track| self.tracks.get(track).start == start);
        if let Some(track) = current {
            let is_quorum = matches!(notification, Notification::Quorum(_));
            self.tracks.get_mut(track).quorum_came |= is_quorum;
        }
        self.expect_event(notification, current.map(|track| self.tracks.get(track).id));
        true
    }

    /// Takes in the responses, then the events, as whoever drives a session does. The daemon may
    /// take `meanwhile` requests between the two.
    pub(super) fn pump(&mut self, meanwhile: usize) {
        if !self.connected {
            return;
        }
        while self.deliver_response() {}
        self.daemon_takes(meanwhile);
        while self.deliver_event() {}
        let complete = self.tracks.complete();
        let expected = complete.map(|track| self.tracks.get(track).id);
        assert_eq!(self.session.events_drained(), expected);
        if complete.is_some() {
            self.tracks.current = None;
        }
        let sent = |track: usize| self.calls.get(self.tracks.get(track).start).sent;
        if !self.tracks.current.is_some_and(sent) && !self.calls.track_requests_under_way() {
            self.tracks.echo = false;
        }
    }

    /// The daemon sends a response that answers nothing it was asked.
    pub(super) fn wrong_response(&mut self, kind: u8) {
        if !self.connected {
            return;
        }
        let mut bytes = BytesMut::new();
        match kind % 6 {
            0 => Reply::Status.encode(&mut bytes),
            1 => Reply::GetInfo(NodeInfo::default()).encode(&mut bytes),
            2 => Reply::QdeviceExtraInfo(QdeviceExtraInfo::default()).encode(&mut bytes),
            3 => Reply::encode_error(ResponseId::GetInfo, CsError::Busy, &mut bytes),
            4 => Reply::encode_error(ResponseId::Unknown(9), CsError::Busy, &mut bytes),
            _ => bytes.extend_from_slice(&[kind; 30]),
        }
        let asked = self.calls.owed.front().map(|&call| self.calls.get(call).request.expects());
        let response = Response::decode(&bytes);
        let fits = |response: &Response| asked == Some(response.id);
        if response.as_ref().is_ok_and(fits) {
            return;
        }
        let error = self.session.handle_response(&bytes).expect_err("it answers nothing");
        let expected = match (response, asked) {
            (Err(error), _) => ProtocolError::Decode(error),
            (Ok(_), None) => ProtocolError::NothingOwed,
            (Ok(response), Some(expected)) => {
                ProtocolError::Unexpected { found: response.id, expected }
            }
        };
        assert_eq!(error, expected);
        self.close();
    }

    /// The daemon sends an event that belongs to no track, or is none.
    pub(super) fn wrong_event(&mut self, kind: u8) {
        if !self.connected {
            return;
        }
        match kind % 3 {
            0 => {
                let other = ExpectedVotesNotification::new(u64::MAX, 1);
                self.expect_event(Notification::ExpectedVotes(other), None);
            }
            1 => {
                let unknown = UnknownNotification::new(99, CsError::Ok, vec![kind]);
                let sent = |track: &usize| self.calls.get(self.tracks.get(*track).start).sent;
                let current = self.tracks.current.filter(sent);
                let id = current.map(|track| self.tracks.get(track).id);
                self.expect_event(Notification::Unknown(unknown), id);
            }
            _ => {
                assert!(self.session.handle_event(&[kind; 30]).is_err());
                self.close();
            }
        }
    }

    /// The connection is over: everybody who waits is told, once.
    pub(super) fn close(&mut self) {
        self.connected = false;
        let mut told = Vec::new();
        while let Some(ticket) = self.session.close() {
            told.push(ticket);
        }
        let waiting: Vec<usize> = self.calls.waiting().collect();
        for call in waiting {
            let of_call = self.calls.get_mut(call);
            let index = told.iter().position(|ticket| Some(*ticket) == of_call.ticket);
            told.swap_remove(index.expect("the connection is over and nobody was told"));
            of_call.client = Client::Told(Err(CallError::Closed));
        }
        assert_eq!(told, [], "told that the connection is over without waiting for anything");
        self.calls.queue.clear();
        self.calls.owed.clear();
        self.tracks.current = None;
        self.daemon.forget();
    }

    /// There is another connection.
    pub(super) fn reopen(&mut self, script: &mut Script<'_>) {
        if self.connected {
            return;
        }
        self.connected = true;
        self.window = WindowModel::new(script);
        self.session.reopen(self.window.real());
        self.tracks.echo = false;
    }

    /// Whether the next request has to go out now.
    fn may_go(&self) -> bool {
        let Some(&next) = self.calls.queue.front() else { return false };
        let request = &self.calls.get(next).request;
        let held_back = matches!(request, Request::TrackStart(_)) && self.tracks.echo;
        let fits = self.window.allows(&self.calls.owed_requests(), request);
        fits && !held_back && !self.calls.owes_register()
    }

    fn expect_event(&mut self, notification: Notification, track: Option<TrackId>) {
        let mut bytes = BytesMut::new();
        notification.encode(&mut bytes);
        let got = self.session.handle_event(&bytes).expect("it is an event");
        let expected = track.map(|track| (track, notification));
        assert_eq!(got, expected, "the notification goes to another track, or to none");
    }
}
