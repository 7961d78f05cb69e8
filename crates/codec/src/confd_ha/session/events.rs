use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

use super::super::frame::{limit_frame, next_frame};
use super::super::term::{Dialect, VersionByte};
use super::super::{EventMask, Notification, Reply, Subscription, SyncAnswer};
use super::{Closed, SessionError};
use crate::DecodeError;

/// One event socket, after its handshake: encodes the subscription and acknowledgements, decodes
/// notifications.
///
/// It also notices silence: with heartbeats subscribed, a daemon from which nothing arrives for
/// longer than agreed hangs.
#[derive(Debug)]
pub struct EventSession {
    state: State,
    blocks_ha: bool,
    arrivals: Arrivals,
    silence: Option<Silence>,
}

#[derive(Debug)]
enum State {
    /// The caller has yet to encode the subscription.
    New,
    Subscribing,
    Subscribed,
    Closed(Closed),
}

/// Whether bytes have arrived, by the length of the buffer they arrive in.
#[derive(Debug, Default)]
struct Arrivals {
    /// Length of the buffer after the last look.
    left: usize,
    /// More has arrived, and the caller has not said when.
    untimed: bool,
}

#[derive(Debug)]
struct Silence {
    longest: Duration,
    /// When bytes last arrived.
    since: Instant,
    /// When the silence is due to be reported (again); `None` if the clock does not reach that far.
    report_at: Option<Instant>,
}

/// What arrived on an event socket.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EventItem {
    /// The daemon accepted the subscription.
    Subscribed,
    /// A notification.
    Notification(Notification),
    /// A malformed notification. Those after it can still be read.
    Malformed(DecodeError),
}

impl EventSession {
    /// A session whose subscription was not encoded yet.
    ///
    /// `silence` is the longest that is not worth a report; it makes sense with
    /// [`EventMask::HEARTBEAT`] only.
    pub fn new(silence: Option<Duration>, now: Instant) -> Self {
        Self {
            state: State::New,
            blocks_ha: false,
            arrivals: Arrivals::default(),
            silence: silence.map(|longest| Silence {
                longest,
                since: now,
                report_at: now.checked_add(longest),
            }),
        }
    }

    /// Whether the daemon waits for an acknowledgement of each `HA_INFO`.
    pub fn blocks_ha(&self) -> bool {
        self.blocks_ha
    }

    /// Says when the bytes arrived that were decoded since the last call. Call it after decoding,
    /// whatever came of that.
    pub fn arrived(&mut self, now: Instant) {
        if !std::mem::take(&mut self.arrivals.untimed) {
            return;
        }
        if let Some(silence) = &mut self.silence {
            silence.since = now;
            silence.report_at = now.checked_add(silence.longest);
        }
    }

    /// Returns for how long nothing has arrived, when that is due to be reported: once it is longer
    /// than agreed, and again after each such period while it lasts.
    pub fn silence(&mut self, now: Instant) -> Option<Duration> {
        let silence = self.silence.as_mut()?;
        let due = silence.report_at.is_some_and(|report_at| report_at <= now);
        if !matches!(self.state, State::Subscribed) || !due {
            return None;
        }
        silence.report_at = now.checked_add(silence.longest);
        Some(now - silence.since)
    }

    /// When [`silence`](Self::silence) is to be called even if nothing has arrived.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Subscribed => self.silence.as_ref().and_then(|silence| silence.report_at),
            _ => None,
        }
    }

    /// Why the session is over, if it is.
    pub fn closed(&self) -> Option<&Closed> {
        match &self.state {
            State::Closed(closed) => Some(closed),
            _ => None,
        }
    }

    /// Appends the acknowledgement of an `HA_INFO` to `out`.
    pub fn acknowledge(out: &mut BytesMut) {
        SyncAnswer::HaSynced.encode(Dialect::Libconfd, out);
    }

    fn next_item(&mut self, src: &mut BytesMut) -> Result<Option<EventItem>, SessionError> {
        if let State::Closed(closed) = &self.state {
            return Err(closed.clone().into());
        }
        let frame = match next_frame(src) {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(None),
            Err(error) => return Err(self.close(Closed::Malformed(error))),
        };
        if matches!(self.state, State::Subscribed) {
            return Ok(Some(match Notification::decode(&frame) {
                Ok(notification) => EventItem::Notification(notification),
                Err(error) => EventItem::Malformed(error),
            }));
        }
        let closed = match Reply::decode(&frame, VersionByte::Required) {
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

    fn close(&mut self, closed: Closed) -> SessionError {
        if let State::Closed(first) = &self.state {
            return first.clone().into();
        }
        self.state = State::Closed(closed.clone());
        closed.into()
    }
}

/// Decodes the reply to the subscription, then notifications.
///
/// A session that is over stays so, whatever arrives later.
impl Decoder for EventSession {
    type Item = EventItem;
    type Error = SessionError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<EventItem>, SessionError> {
        self.arrivals.untimed |= src.len() > self.arrivals.left;
        let item = self.next_item(src);
        self.arrivals.left = src.len();
        item
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<EventItem>, SessionError> {
        if let Some(item) = self.decode(src)? {
            return Ok(Some(item));
        }
        if src.is_empty() {
            self.close(Closed::Eof);
            return Ok(None);
        }
        Err(self.close(Closed::EofInFrame))
    }
}

impl Encoder<&Subscription> for EventSession {
    type Error = SessionError;

    fn encode(
        &mut self,
        subscription: &Subscription,
        dst: &mut BytesMut,
    ) -> Result<(), SessionError> {
        match &self.state {
            State::New => {}
            State::Subscribing | State::Subscribed => return Err(SessionError::NotReady),
            State::Closed(closed) => return Err(closed.clone().into()),
        }
        let start = dst.len();
        subscription.encode(Dialect::Libconfd, dst);
        limit_frame(dst, start).map_err(SessionError::TooLong)?;
        self.blocks_ha = subscription.mask.contains(EventMask::HA_INFO_SYNC);
        self.state = State::Subscribing;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{ErrorCode, HaEvent};
    use super::*;

    const OK: &[u8] = b"\0\0\0\x06\x83d\0\x02ok";
    const IS_NONE: &[u8] = b"\0\0\0\x0b\x83h\x02a@h\x02a\x06a\0";

    fn start(silence: Option<Duration>, now: Instant) -> EventSession {
        let mut session = EventSession::new(silence, now);
        let mut out = BytesMut::new();
        session.encode(&Subscription::new(EventMask::HA_INFO), &mut out).unwrap();
        assert_eq!(out.len(), 26);
        let again = session.encode(&Subscription::new(EventMask::HA_INFO), &mut out);
        assert!(matches!(again, Err(SessionError::NotReady)));
        session
    }

    /// Decodes all of it, which arrives at this time.
    fn receive(session: &mut EventSession, bytes: &[u8], now: Instant) -> Vec<EventItem> {
        let mut received = BytesMut::from(bytes);
        let items = std::iter::from_fn(|| session.decode(&mut received).unwrap()).collect();
        session.arrived(now);
        items
    }

    #[test]
    fn notifications_may_come_with_the_reply() {
        let mut session = start(None, Instant::now());
        let is_none = EventItem::Notification(Notification::HaInfo(HaEvent::IsNone));
        let items = receive(&mut session, &[OK, IS_NONE, IS_NONE].concat(), Instant::now());
        assert_eq!(items, [EventItem::Subscribed, is_none.clone(), is_none]);
        assert_eq!(session.decode_eof(&mut BytesMut::new()).unwrap(), None);
        assert_eq!(session.closed(), Some(&Closed::Eof));
    }

    #[test]
    fn only_ok_is_success_and_both_error_shapes_are_refusals() {
        let refused = |bytes: &[u8]| {
            let mut session = start(None, Instant::now());
            match session.decode(&mut BytesMut::from(bytes)) {
                Err(SessionError::Closed(closed)) => closed,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(b"\0\0\0\x07\x83d\0\x03okk"), Closed::Unsolicited);
        assert!(matches!(refused(b"\0\0\0\x05d\0\x02ok"), Closed::Malformed(_)));
        for error in [
            &b"\0\0\0\x0d\x83h\x02d\0\x05errora\x01"[..],
            b"\0\0\0\x13\x83h\x03d\0\x05errora\x01m\0\0\0\x01x",
        ] {
            let Closed::Refused(refusal) = refused(error) else { panic!("not refused") };
            assert_eq!(refusal.code, ErrorCode::NoExists);
        }
    }

    #[test]
    fn a_malformed_notification_does_not_end_the_session() {
        let mut session = start(None, Instant::now());
        let bytes = [OK, b"\0\0\0\x02\x83j", IS_NONE].concat();
        let items = receive(&mut session, &bytes, Instant::now());
        let [_, EventItem::Malformed(_), EventItem::Notification(_)] = &items[..] else {
            panic!("{items:?}")
        };
    }

    #[test]
    fn a_silence_without_end_is_never_reported() {
        let now = Instant::now();
        let mut session = start(Some(Duration::MAX), now);
        receive(&mut session, OK, now);
        assert_eq!(session.deadline(), None);
        assert_eq!(session.silence(now + Duration::from_secs(1 << 30)), None);
    }

    #[test]
    fn silence_is_reported_until_it_ends() {
        let second = Duration::from_secs(1);
        let start_time = Instant::now();
        let mut session = start(Some(10 * second), start_time);
        receive(&mut session, OK, start_time + second);
        assert_eq!(session.deadline(), Some(start_time + 11 * second));
        let mut silence = |seconds| session.silence(start_time + seconds * second);
        assert_eq!(silence(10), None);
        assert_eq!(silence(11), Some(10 * second));
        assert_eq!(silence(12), None);
        assert_eq!(silence(21), Some(20 * second));
        receive(&mut session, IS_NONE, start_time + 22 * second);
        assert_eq!(session.deadline(), Some(start_time + 32 * second));
        // Half a frame is a sign of life, too; and none is none.
        receive(&mut session, &IS_NONE[..5], start_time + 23 * second);
        assert_eq!(session.deadline(), Some(start_time + 33 * second));
        session.arrived(start_time + 24 * second);
        assert_eq!(session.deadline(), Some(start_time + 33 * second));
    }
}
