use std::time::{Duration, Instant};

use super::super::frame::FrameBuffer;
use super::super::term::{Dialect, VersionByte};
use super::super::{EventMask, Notification, Reply, Subscription, SyncAnswer};
use super::Closed;
use crate::DecodeError;

/// One event socket, after its handshake.
///
/// It also notices silence: with heartbeats subscribed, a daemon from which nothing came for longer
/// than agreed hangs.
#[derive(Debug)]
pub struct EventSession {
    frames: FrameBuffer,
    state: State,
    holds_up: bool,
    silence: Option<Silence>,
}

#[derive(Debug)]
enum State {
    Subscribing,
    Subscribed,
    Closed(Closed),
}

#[derive(Debug)]
struct Silence {
    longest: Duration,
    /// When something came last.
    since: Instant,
    /// When the silence is to be reported (again); never, if that is beyond all time.
    report_at: Option<Instant>,
}

/// What happened on an event socket.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EventItem {
    /// The daemon accepted the subscription.
    Subscribed,
    /// A notification.
    Notification(Notification),
    /// A frame that is no notification. Those after it can still be read.
    Malformed(DecodeError),
    /// Nothing came for this long, which is longer than agreed. Reported again and again while it
    /// lasts.
    Silent(Duration),
}

impl EventSession {
    /// Starts a session and appends `subscription` to `out`, to be sent now.
    ///
    /// `silence` is the longest that is not worth a report; it makes sense with
    /// [`EventMask::HEARTBEAT`] only.
    pub fn new(
        subscription: &Subscription,
        silence: Option<Duration>,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Self {
        subscription.encode(Dialect::Libconfd, out);
        Self {
            frames: FrameBuffer::new(),
            state: State::Subscribing,
            holds_up: subscription.mask.contains(EventMask::HA_INFO_SYNC),
            silence: silence.map(|longest| Silence {
                longest,
                since: now,
                report_at: now.checked_add(longest),
            }),
        }
    }

    /// Room to read into. [`advance`](Self::advance) then says how much of it was filled.
    pub fn space(&mut self) -> &mut [u8] {
        self.frames.space()
    }

    /// Says how many bytes of [`space`](Self::space) were filled, and when.
    pub fn advance(&mut self, filled: usize, now: Instant) {
        self.frames.advance(filled);
        if let Some(silence) = &mut self.silence {
            silence.since = now;
            silence.report_at = now.checked_add(silence.longest);
        }
    }

    /// Takes what has happened next; `None` if nothing has.
    ///
    /// # Errors
    ///
    /// If the session is over: for good, whatever arrives later.
    pub fn poll(&mut self, now: Instant) -> Result<Option<EventItem>, Closed> {
        if let State::Closed(closed) = &self.state {
            return Err(closed.clone());
        }
        let frame = match self.frames.next_frame() {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(self.silent(now)),
            Err(error) => return Err(self.close(Closed::Malformed(error))),
        };
        if matches!(self.state, State::Subscribed) {
            let item = match Notification::decode(frame) {
                Ok(notification) => EventItem::Notification(notification),
                Err(error) => EventItem::Malformed(error),
            };
            return Ok(Some(item));
        }
        let closed = match Reply::decode(frame, VersionByte::Required) {
            Ok(Reply::Ok) => {
                self.state = State::Subscribed;
                return Ok(Some(EventItem::Subscribed));
            }
            Ok(Reply::Refused(refusal)) => Closed::Refused(refusal),
            Ok(Reply::Unexpected(_)) => Closed::Unsolicited,
            Err(error) => Closed::Malformed(error),
        };
        Err(self.close(closed))
    }

    /// Whether the daemon waits for an answer to each `HA_INFO`.
    pub fn holds_up(&self) -> bool {
        self.holds_up
    }

    /// Appends the answer to an `HA_INFO` to `out`, to be sent now.
    pub fn acknowledge(out: &mut Vec<u8>) {
        SyncAnswer::HaSynced.encode(Dialect::Libconfd, out);
    }

    /// When [`poll`](Self::poll) is to be called even if nothing has arrived.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Subscribed => self.silence.as_ref().and_then(|silence| silence.report_at),
            _ => None,
        }
    }

    /// Says that the daemon closed the connection.
    pub fn eof(&mut self) -> Closed {
        let closed = if self.frames.pending() > 0 { Closed::EofInFrame } else { Closed::Eof };
        self.close(closed)
    }

    fn silent(&mut self, now: Instant) -> Option<EventItem> {
        let silence = self.silence.as_mut()?;
        let due = silence.report_at.is_some_and(|report_at| report_at <= now);
        if !matches!(self.state, State::Subscribed) || !due {
            return None;
        }
        silence.report_at = now.checked_add(silence.longest);
        Some(EventItem::Silent(now - silence.since))
    }

    fn close(&mut self, closed: Closed) -> Closed {
        if let State::Closed(first) = &self.state {
            return first.clone();
        }
        self.state = State::Closed(closed.clone());
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{ErrorCode, HaEvent};
    use super::*;

    const OK: &[u8] = b"\0\0\0\x06\x83d\0\x02ok";
    const IS_NONE: &[u8] = b"\0\0\0\x0b\x83h\x02a@h\x02a\x06a\0";

    fn feed(session: &mut EventSession, bytes: &[u8], now: Instant) {
        session.space()[..bytes.len()].copy_from_slice(bytes);
        session.advance(bytes.len(), now);
    }

    fn start(silence: Option<Duration>, now: Instant) -> EventSession {
        let subscription = Subscription::new(EventMask::HA_INFO);
        let mut out = Vec::new();
        let session = EventSession::new(&subscription, silence, now, &mut out);
        assert_eq!(out.len(), 26);
        session
    }

    #[test]
    fn notifications_may_come_with_the_reply() {
        let now = Instant::now();
        let mut session = start(None, now);
        feed(&mut session, &[OK, IS_NONE, IS_NONE].concat(), now);
        let is_none = EventItem::Notification(Notification::HaInfo(HaEvent::IsNone));
        assert_eq!(session.poll(now), Ok(Some(EventItem::Subscribed)));
        assert_eq!(session.poll(now), Ok(Some(is_none.clone())));
        assert_eq!(session.poll(now), Ok(Some(is_none)));
        assert_eq!(session.poll(now), Ok(None));
        assert_eq!(session.eof(), Closed::Eof);
        assert_eq!(session.poll(now), Err(Closed::Eof));
    }

    #[test]
    fn only_ok_is_success_and_both_error_shapes_are_refusals() {
        let now = Instant::now();
        let poll = |bytes: &[u8]| {
            let mut session = start(None, now);
            feed(&mut session, bytes, now);
            session.poll(now).unwrap_err()
        };
        assert_eq!(poll(b"\0\0\0\x07\x83d\0\x03okk"), Closed::Unsolicited);
        assert!(matches!(poll(b"\0\0\0\x05d\0\x02ok"), Closed::Malformed(_)));
        for error in [
            &b"\0\0\0\x0d\x83h\x02d\0\x05errora\x01"[..],
            b"\0\0\0\x13\x83h\x03d\0\x05errora\x01m\0\0\0\x01x",
        ] {
            let Closed::Refused(refusal) = poll(error) else { panic!("not refused") };
            assert_eq!(refusal.code, ErrorCode::NoExists);
        }
    }

    #[test]
    fn a_malformed_notification_does_not_end_the_session() {
        let now = Instant::now();
        let mut session = start(None, now);
        feed(&mut session, &[OK, b"\0\0\0\x02\x83j", IS_NONE].concat(), now);
        session.poll(now).unwrap();
        assert!(matches!(session.poll(now), Ok(Some(EventItem::Malformed(_)))));
        assert!(matches!(session.poll(now), Ok(Some(EventItem::Notification(_)))));
    }

    #[test]
    fn a_silence_without_end_is_never_reported() {
        let now = Instant::now();
        let mut session = start(Some(Duration::MAX), now);
        feed(&mut session, OK, now);
        assert_eq!(session.poll(now), Ok(Some(EventItem::Subscribed)));
        assert_eq!(session.deadline(), None);
        assert_eq!(session.poll(now + Duration::from_secs(1 << 30)), Ok(None));
    }

    #[test]
    fn silence_is_reported_until_it_ends() {
        let second = Duration::from_secs(1);
        let start_time = Instant::now();
        let mut session = start(Some(10 * second), start_time);
        feed(&mut session, OK, start_time + second);
        session.poll(start_time + second).unwrap();
        assert_eq!(session.deadline(), Some(start_time + 11 * second));
        let mut poll = |seconds| session.poll(start_time + seconds * second).unwrap();
        assert_eq!(poll(10), None);
        assert_eq!(poll(11), Some(EventItem::Silent(10 * second)));
        assert_eq!(poll(12), None);
        assert_eq!(poll(21), Some(EventItem::Silent(20 * second)));
        feed(&mut session, IS_NONE, start_time + 22 * second);
        assert_eq!(session.deadline(), Some(start_time + 32 * second));
    }
}
