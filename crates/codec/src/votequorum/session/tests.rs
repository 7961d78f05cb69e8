use std::num::NonZeroU8;
use std::time::{Duration, Instant};

use super::*;
use crate::qb::CsError;
use crate::votequorum::getinfo::GetInfo;
use crate::votequorum::qdevice_register::QdeviceRegister;
use crate::votequorum::{
    ExpectedVotesNotification, Node, NodeId, NodeInfo, NodeState, NodelistNotification,
    QdeviceName, QuorumNotification, RingId,
};

/// A session with the daemon's side in the test's hands.
struct Pair {
    session: Session,
    now: Instant,
}

impl Pair {
    fn new(window: u8) -> Self {
        let window = Window::new(NonZeroU8::new(window).unwrap());
        Self { session: Session::new(window), now: Instant::now() }
    }

    fn deadline(&self, ms: u64) -> Option<Instant> {
        Some(self.now + Duration::from_millis(ms))
    }

    fn advance(&mut self, ms: u64) -> Vec<Ticket> {
        self.now += Duration::from_millis(ms);
        std::iter::from_fn(|| self.session.handle_timeout(self.now)).collect()
    }

    fn get_info(&mut self, node: u32) -> Ticket {
        self.session.call(get_info(node), None)
    }

    fn register(&mut self) -> Ticket {
        let name = QdeviceName::new("Q").unwrap();
        self.session.call(Request::QdeviceRegister(QdeviceRegister { name }), None)
    }

    /// Everything that goes out now.
    fn transmit(&mut self) -> Vec<Request> {
        let mut out = BytesMut::new();
        std::iter::from_fn(|| {
            out.clear();
            self.session.poll_transmit(&mut out).then(|| {
                self.session.transmitted();
                Request::decode(&out).unwrap()
            })
        })
        .collect()
    }

    fn reply(&mut self, reply: &Reply) -> Option<Ticket> {
        let mut out = BytesMut::new();
        reply.encode(&mut out);
        self.session.handle_response(&out).unwrap()
    }

    fn refuse(&mut self, error: CsError) -> Option<Ticket> {
        let mut out = BytesMut::new();
        Reply::encode_error(ResponseId::Status, error, &mut out);
        self.session.handle_response(&out).unwrap()
    }

    fn event(&mut self, notification: Notification) -> Option<TrackId> {
        let mut out = BytesMut::new();
        notification.encode(&mut out);
        self.session.handle_event(&out).unwrap().map(|(track, got)| {
            assert_eq!(got, notification);
            track
        })
    }
}

fn get_info(node: u32) -> Request {
    Request::GetInfo(GetInfo { node: Some(NodeId::new(node)) })
}

fn info(node: u32) -> Reply {
    Reply::GetInfo(NodeInfo { node_id: NodeId::new(node), ..NodeInfo::default() })
}

fn nodelist(context: u64) -> Notification {
    let ring_id = RingId::new(NodeId::new(1), 5);
    Notification::Nodelist(NodelistNotification::new(context, ring_id, vec![NodeId::new(1)]))
}

fn quorum(context: u64) -> Notification {
    let nodes = vec![Node::new(NodeId::new(1), NodeState::Member)];
    Notification::Quorum(QuorumNotification::new(context, true, nodes))
}

fn expected(context: u64) -> Notification {
    Notification::ExpectedVotes(ExpectedVotesNotification::new(context, 3))
}

const FOLLOW: TrackFlags = TrackFlags::CHANGES;

#[test]
fn replies_go_to_the_calls_in_order() {
    let mut pair = Pair::new(8);
    let first = pair.get_info(1);
    let second = pair.get_info(2);
    assert_eq!(pair.transmit(), [get_info(1), get_info(2)]);
    assert_eq!(pair.session.take(first), None);
    assert_eq!(pair.reply(&info(1)), Some(first));
    assert_eq!(pair.refuse(CsError::NotExist), Some(second));
    assert_eq!(pair.session.take(first), Some(Ok(info(1))));
    assert_eq!(pair.session.take(second), Some(Err(CallError::Status(CsError::NotExist))));
    assert_eq!(pair.session.take(first), None, "a ticket is good once");
}

#[test]
fn the_window_bounds_what_is_owed() {
    let mut pair = Pair::new(2);
    for node in 1..=3 {
        pair.get_info(node);
    }
    assert_eq!(pair.transmit().len(), 2);
    pair.reply(&info(1));
    assert_eq!(pair.transmit(), [get_info(3)]);
}

#[test]
fn the_first_window_opens_with_the_first_reply() {
    let window = Window::new(NonZeroU8::new(4).unwrap());
    let window = window.until_first_reply(NonZeroU8::new(1).unwrap());
    let mut pair = Pair { session: Session::new(window), now: Instant::now() };
    for node in 1..=6 {
        pair.get_info(node);
    }
    assert_eq!(pair.transmit().len(), 1);
    pair.reply(&info(1));
    assert_eq!(pair.transmit().len(), 4);
}

#[test]
fn the_window_leaves_room_for_the_replies() {
    let window = Window::new(NonZeroU8::new(8).unwrap()).reply_space(3 * 328 - 1);
    let mut pair = Pair { session: Session::new(window), now: Instant::now() };
    for node in 1..=4 {
        pair.get_info(node);
    }
    assert_eq!(pair.transmit().len(), 2);
    pair.reply(&info(1));
    assert_eq!(pair.transmit().len(), 1);

    let window = Window::new(NonZeroU8::new(8).unwrap()).reply_space(1);
    let mut pair = Pair { session: Session::new(window), now: Instant::now() };
    pair.get_info(1);
    assert_eq!(pair.transmit().len(), 1, "one may always go");
}

#[test]
fn nothing_goes_out_behind_a_register() {
    let mut pair = Pair::new(8);
    let before = pair.get_info(1);
    let register = pair.register();
    let after = pair.get_info(2);
    assert_eq!(pair.transmit().len(), 2);
    assert_eq!(pair.reply(&info(1)), Some(before));
    assert!(pair.transmit().is_empty());
    assert_eq!(pair.reply(&Reply::Status), Some(register));
    assert_eq!(pair.transmit(), [get_info(2)]);
    assert_eq!(pair.reply(&info(2)), Some(after));
}

#[test]
fn nothing_goes_out_behind_a_register_that_nobody_waits_for() {
    let mut pair = Pair::new(8);
    let register = pair.register();
    pair.get_info(2);
    assert_eq!(pair.transmit().len(), 1);
    pair.session.abandon(register);
    assert!(pair.transmit().is_empty());
    assert_eq!(pair.reply(&Reply::Status), None);
    assert_eq!(pair.transmit(), [get_info(2)]);
}

#[test]
fn an_abandoned_call_is_not_sent_or_its_reply_swallowed() {
    let mut pair = Pair::new(1);
    let sent = pair.get_info(1);
    let unsent = pair.get_info(2);
    let last = pair.get_info(3);
    pair.transmit();
    pair.session.abandon(sent);
    pair.session.abandon(unsent);
    assert!(pair.transmit().is_empty(), "the reply is still owed");
    assert_eq!(pair.reply(&info(1)), None);
    assert_eq!(pair.transmit(), [get_info(3)]);
    assert_eq!(pair.reply(&info(3)), Some(last));
    assert_eq!(pair.session.take(last), Some(Ok(info(3))));
}

#[test]
fn a_late_call_fails_and_its_reply_is_swallowed() {
    let mut pair = Pair::new(1);
    let deadline = pair.deadline(10);
    let sent = pair.session.call(get_info(1), deadline);
    let unsent = pair.session.call(get_info(2), deadline);
    let patient = pair.get_info(3);
    pair.transmit();
    assert_eq!(pair.advance(9), []);
    assert_eq!(pair.advance(1), [sent, unsent]);
    assert_eq!(pair.session.take(sent), Some(Err(CallError::Timeout { sent: true })));
    assert_eq!(pair.session.take(unsent), Some(Err(CallError::Timeout { sent: false })));
    assert!(pair.transmit().is_empty());
    assert_eq!(pair.reply(&info(1)), None);
    assert_eq!(pair.transmit(), [get_info(3)]);
    assert_eq!(pair.reply(&info(3)), Some(patient));
    assert_eq!(pair.session.take(patient), Some(Ok(info(3))));
}

#[test]
fn a_reply_between_the_deadline_and_the_caller_changes_nothing() {
    let mut pair = Pair::new(1);
    let deadline = pair.deadline(10);
    let call = pair.session.call(get_info(1), deadline);
    pair.transmit();
    assert_eq!(pair.advance(10), [call]);
    assert_eq!(pair.reply(&info(1)), None);
    assert_eq!(pair.session.take(call), Some(Err(CallError::Timeout { sent: true })));
}

#[test]
fn the_timeout_to_wait_for_is_never_too_late() {
    let mut pair = Pair::new(8);
    assert_eq!(pair.session.poll_timeout(), None);
    let (later, sooner) = (pair.deadline(20), pair.deadline(10));
    pair.session.call(get_info(1), later);
    assert_eq!(pair.session.poll_timeout(), later);
    pair.session.call(get_info(2), sooner);
    assert_eq!(pair.session.poll_timeout(), sooner);
    assert_eq!(pair.advance(10).len(), 1);
    assert_eq!(pair.session.poll_timeout(), later);
    assert_eq!(pair.advance(10).len(), 1);
    assert_eq!(pair.session.poll_timeout(), None);
}

#[test]
fn responses_that_fit_nothing_are_protocol_errors() {
    let mut out = BytesMut::new();
    Reply::Status.encode(&mut out);
    let mut pair = Pair::new(8);
    assert_eq!(pair.session.handle_response(&out), Err(ProtocolError::NothingOwed));

    pair.get_info(1);
    pair.transmit();
    let error = pair.session.handle_response(&out).unwrap_err();
    let (found, expected) = (ResponseId::Status, ResponseId::GetInfo);
    assert_eq!(error, ProtocolError::Unexpected { found, expected });

    let mut pair = Pair::new(8);
    pair.get_info(1);
    pair.transmit();
    assert!(matches!(pair.session.handle_response(&[0; 5]), Err(ProtocolError::Decode(_))));
}

#[test]
fn closing_fails_everybody_who_waits() {
    let mut pair = Pair::new(1);
    let sent = pair.get_info(1);
    let queued = pair.get_info(2);
    let gone = pair.get_info(3);
    pair.transmit();
    pair.session.abandon(gone);
    let mut failed: Vec<_> = std::iter::from_fn(|| pair.session.close()).collect();
    failed.sort_by_key(|ticket| ticket.slot());
    assert_eq!(failed, [sent, queued]);
    for ticket in failed {
        assert_eq!(pair.session.take(ticket), Some(Err(CallError::Closed)));
    }
}

#[test]
fn a_new_connection_starts_afresh() {
    let mut pair = Pair::new(2);
    let (_, old) = pair.session.track(1, FOLLOW, None).unwrap();
    pair.register();
    let lost = pair.get_info(1);
    pair.transmit();
    while pair.session.close().is_some() {}
    let queued = pair.get_info(2);
    pair.session.reopen(Window::new(NonZeroU8::new(2).unwrap()));
    assert_eq!(pair.session.take(lost), Some(Err(CallError::Closed)));
    assert_eq!(pair.event(quorum(1)), None, "the track is over");
    pair.session.untrack(old);
    assert_eq!(pair.transmit(), [get_info(2)], "nothing is sent again, nor stopped");
    assert_eq!(pair.reply(&info(2)), Some(queued));
    assert!(pair.session.track(1, FOLLOW, None).is_ok());
}

#[test]
fn a_track_may_be_asked_for_while_there_is_no_connection() {
    let mut pair = Pair::new(2);
    pair.session.track(1, FOLLOW, None).unwrap();
    while pair.session.close().is_some() {}
    let (ticket, track) = pair.session.track(1, FOLLOW, None).unwrap();
    assert_eq!(pair.session.track(1, FOLLOW, None).unwrap_err(), AlreadyTracking);
    pair.session.reopen(Window::new(NonZeroU8::new(2).unwrap()));
    assert_eq!(pair.session.track(1, FOLLOW, None).unwrap_err(), AlreadyTracking);
    let last = pair.get_info(1);
    assert_eq!(pair.transmit().len(), 2);
    assert_eq!(pair.event(quorum(1)), Some(track));
    assert_eq!(pair.reply(&Reply::Status), Some(ticket));
    assert_eq!(pair.reply(&info(1)), Some(last));
}

#[test]
fn a_late_call_stays_late_when_the_connection_ends() {
    let mut pair = Pair::new(1);
    let deadline = pair.deadline(10);
    let (_, track) = pair.session.track(1, FOLLOW, None).unwrap();
    pair.transmit();
    let stop = pair.session.untrack_call(track, deadline).unwrap();
    pair.reply(&Reply::Status);
    let queued = pair.session.call(get_info(1), deadline);
    pair.transmit();
    assert_eq!(pair.advance(10).len(), 2);
    assert_eq!(pair.session.close(), None, "nobody is told twice");
    assert_eq!(pair.session.take(stop), Some(Err(CallError::Timeout { sent: true })));
    assert_eq!(pair.session.take(queued), Some(Err(CallError::Timeout { sent: false })));
}

#[test]
fn success_shows_before_it_is_taken() {
    let mut pair = Pair::new(8);
    let (start, _) = pair.session.track(1, FOLLOW, None).unwrap();
    let refused = pair.get_info(1);
    pair.transmit();
    assert!(!pair.session.has_succeeded(start));
    pair.reply(&Reply::Status);
    pair.refuse(CsError::NotExist);
    while pair.session.close().is_some() {}
    assert!(pair.session.has_succeeded(start), "the end of the connection does not change that");
    assert!(!pair.session.has_succeeded(refused));
    assert_eq!(pair.session.take(start), Some(Ok(Reply::Status)));
    assert!(!pair.session.has_succeeded(start));
}

#[test]
fn notifications_may_come_before_the_answer() {
    let mut pair = Pair::new(8);
    let (ticket, track) = pair.session.track(7, FOLLOW, None).unwrap();
    assert_eq!(pair.event(nodelist(7)), None, "nothing went out yet");
    pair.transmit();
    assert_eq!(pair.event(nodelist(7)), Some(track));
    assert_eq!(pair.event(quorum(7)), Some(track));
    assert_eq!(pair.event(quorum(8)), None, "another context");
    assert_eq!(pair.reply(&Reply::Status), Some(ticket));
    assert_eq!(pair.session.events_drained(), None);
    assert_eq!(pair.event(expected(7)), Some(track));
}

#[test]
fn one_track_at_a_time() {
    let mut pair = Pair::new(8);
    let (_, track) = pair.session.track(1, FOLLOW, None).unwrap();
    assert_eq!(pair.session.track(2, FOLLOW, None).unwrap_err(), AlreadyTracking);
    pair.transmit();
    assert_eq!(pair.session.track(2, FOLLOW, None).unwrap_err(), AlreadyTracking);
    pair.reply(&Reply::Status);
    assert_eq!(pair.session.track(2, TrackFlags::CURRENT, None).unwrap_err(), AlreadyTracking);
    pair.session.untrack(track);
    assert!(pair.session.track(2, FOLLOW, None).is_ok());
}

#[test]
fn a_new_track_waits_until_the_old_one_is_silent() {
    let mut pair = Pair::new(8);
    let (_, old) = pair.session.track(1, FOLLOW, None).unwrap();
    pair.transmit();
    pair.reply(&Reply::Status);
    pair.session.untrack(old);
    let (_, new) = pair.session.track(1, FOLLOW, None).unwrap();
    assert_eq!(pair.transmit(), [Request::TrackStop(TrackStop)]);
    assert_eq!(pair.event(quorum(1)), None, "it belongs to the old track");
    pair.reply(&Reply::Status);
    assert!(pair.transmit().is_empty(), "the event channel was not seen empty");
    assert_eq!(pair.event(expected(1)), None);
    pair.session.events_drained();
    assert_eq!(pair.transmit().len(), 1);
    assert_eq!(pair.event(nodelist(1)), Some(new));
}

#[test]
fn a_track_given_up_before_it_was_answered_is_stopped() {
    let mut pair = Pair::new(8);
    let (ticket, _) = pair.session.track(1, FOLLOW, None).unwrap();
    pair.transmit();
    pair.session.abandon(ticket);
    assert_eq!(pair.transmit(), [Request::TrackStop(TrackStop)]);
    assert_eq!(pair.reply(&Reply::Status), None);
    assert_eq!(pair.reply(&Reply::Status), None);
    pair.session.events_drained();
    pair.session.track(1, FOLLOW, None).unwrap();
    assert_eq!(pair.transmit().len(), 1);
}

#[test]
fn a_track_given_up_before_it_went_out_leaves_no_trace() {
    let mut pair = Pair::new(8);
    let (ticket, _) = pair.session.track(1, FOLLOW, None).unwrap();
    pair.session.abandon(ticket);
    assert!(pair.transmit().is_empty());
    assert!(pair.session.track(1, FOLLOW, None).is_ok());
}

#[test]
fn a_track_that_is_ended_before_it_went_out_never_does() {
    let mut pair = Pair::new(8);
    let (ticket, track) = pair.session.track(1, FOLLOW, None).unwrap();
    pair.session.untrack(track);
    assert!(pair.transmit().is_empty());
    assert_eq!(pair.session.take(ticket), None, "the ticket is void");
    let (_, track) = pair.session.track(1, FOLLOW, None).unwrap();
    assert_eq!(pair.session.untrack_call(track, None), None);
    assert!(pair.transmit().is_empty());
    assert!(pair.session.track(1, FOLLOW, None).is_ok());
}

#[test]
fn a_track_that_is_not_answered_in_time_is_stopped() {
    let mut pair = Pair::new(8);
    let deadline = pair.deadline(10);
    let (ticket, _) = pair.session.track(1, FOLLOW, deadline).unwrap();
    pair.transmit();
    assert_eq!(pair.advance(10), [ticket]);
    assert_eq!(pair.transmit(), [Request::TrackStop(TrackStop)]);
    assert_eq!(pair.session.take(ticket), Some(Err(CallError::Timeout { sent: true })));
}

#[test]
fn a_stop_goes_out_even_if_its_caller_does_not_wait() {
    let mut pair = Pair::new(1);
    let (_, track) = pair.session.track(1, FOLLOW, None).unwrap();
    pair.transmit();
    pair.reply(&Reply::Status);
    pair.get_info(1);
    pair.transmit();
    let deadline = pair.deadline(10);
    let stop = pair.session.untrack_call(track, deadline).unwrap();
    assert_eq!(pair.advance(10), [stop]);
    assert_eq!(pair.session.take(stop), Some(Err(CallError::Timeout { sent: false })));
    pair.reply(&info(1));
    assert_eq!(pair.transmit(), [Request::TrackStop(TrackStop)]);
    assert_eq!(pair.reply(&Reply::Status), None);
}

#[test]
fn a_refused_track_is_over() {
    let mut pair = Pair::new(8);
    let (ticket, track) = pair.session.track(1, FOLLOW, None).unwrap();
    pair.transmit();
    assert_eq!(pair.event(nodelist(1)), Some(track));
    assert_eq!(pair.refuse(CsError::Exist), Some(ticket));
    assert_eq!(pair.event(quorum(1)), None);
    pair.session.events_drained();
    pair.session.track(1, FOLLOW, None).unwrap();
    assert_eq!(pair.transmit().len(), 1);
}

#[test]
fn the_current_state_alone_ends_by_itself() {
    let mut pair = Pair::new(8);
    let (ticket, track) = pair.session.track(1, TrackFlags::CURRENT, None).unwrap();
    pair.transmit();
    assert_eq!(pair.reply(&Reply::Status), Some(ticket));
    assert_eq!(pair.session.events_drained(), None, "the daemon may have them still");
    assert_eq!(pair.event(nodelist(1)), Some(track));
    assert_eq!(pair.event(quorum(1)), Some(track));
    assert_eq!(pair.session.events_drained(), Some(track));
    assert_eq!(pair.session.untrack_call(track, None), None);
    assert!(pair.session.track(1, FOLLOW, None).is_ok());
}

#[test]
fn unknown_notifications_belong_to_the_track_there_is() {
    let unknown = || {
        let body = b"body".to_vec();
        Notification::Unknown(crate::votequorum::UnknownNotification::new(99, CsError::Ok, body))
    };
    let mut pair = Pair::new(8);
    assert_eq!(pair.event(unknown()), None);
    let (_, track) = pair.session.track(1, FOLLOW, None).unwrap();
    pair.transmit();
    assert_eq!(pair.event(unknown()), Some(track));
}

/// Random calls, replies, cancellations and deadlines: every call that completes has its own
/// answer, nothing stays behind, and the session always gets to the end.
#[test]
fn no_interleaving_mixes_up_answers() {
    for seed in 1..=200u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = move |bound: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % bound
        };
        let mut pair = Pair::new(1 + u8::try_from(next(8)).unwrap());
        let mut at_daemon = VecDeque::new();
        let mut open: Vec<(Ticket, u32)> = Vec::new();
        let mut node = 0;
        for _ in 0..400 {
            match next(6) {
                0 | 1 => {
                    node += 1;
                    let deadline = (next(3) == 0).then(|| pair.now + Duration::from_millis(5));
                    open.push((pair.session.call(get_info(node), deadline), node));
                }
                2 => at_daemon.extend(pair.transmit()),
                3 => {
                    if let Some(Request::GetInfo(request)) = at_daemon.pop_front() {
                        pair.reply(&info(request.node.unwrap_or_default().get()));
                    }
                }
                4 if !open.is_empty() => {
                    let index = usize::try_from(next(open.len() as u64)).unwrap();
                    pair.session.abandon(open.swap_remove(index).0);
                }
                _ => {
                    pair.advance(1);
                }
            }
            open.retain(|(ticket, node)| match pair.session.take(*ticket) {
                None => true,
                Some(Ok(reply)) => {
                    assert_eq!(reply, info(*node), "seed {seed}");
                    false
                }
                Some(Err(error)) => {
                    assert!(matches!(error, CallError::Timeout { .. }), "seed {seed}");
                    false
                }
            });
        }
        while pair.session.queued() + pair.session.owed() > 0 {
            at_daemon.extend(pair.transmit());
            let Some(Request::GetInfo(request)) = at_daemon.pop_front() else { panic!("stuck") };
            pair.reply(&info(request.node.unwrap_or_default().get()));
        }
        assert!(at_daemon.is_empty());
    }
}
