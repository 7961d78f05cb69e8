use bytes::{Bytes, BytesMut};

use super::frame::write_frame;
use super::term::{Dialect, RawTerm, TermReader, TermWriter, VersionByte};
use super::{EventMask, HaEvent};
use crate::DecodeError;

/// A message of the daemon on an event socket, after the reply to the subscription.
///
/// Every notification is a tuple whose first element is the bit of the [`EventMask`] that asked for
/// it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Notification {
    /// `{64, {Type, Data}}`: something happened to the roles.
    HaInfo(HaEvent),
    /// `{8192}`: the daemon is alive.
    Heartbeat,
    /// `{262144}`: the daemon and its subsystems are alive.
    HealthCheck,
    /// Any other notification.
    Other(OtherNotification),
}

/// A notification this library has no type for, as it came.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct OtherNotification {
    /// Its first element.
    pub flag: i64,
    /// All of it.
    pub term: RawTerm,
}

impl OtherNotification {
    /// The bit of the mask that asked for it, if it is one.
    ///
    /// Bit 31 may come as a negative number from daemons that keep the mask in a C `int`.
    pub fn mask(&self) -> Option<EventMask> {
        EventMask::from_wire(self.flag).filter(|mask| mask.bits().count_ones() == 1)
    }
}

impl Notification {
    /// The first element of the notification's tuple.
    pub fn flag(&self) -> i64 {
        match self {
            Self::HaInfo(_) => EventMask::HA_INFO.bits().into(),
            Self::Heartbeat => EventMask::HEARTBEAT.bits().into(),
            Self::HealthCheck => EventMask::HEALTH_CHECK.bits().into(),
            Self::Other(other) => other.flag,
        }
    }

    /// Reads the content of a frame.
    ///
    /// # Errors
    ///
    /// If it is not a tuple that starts with an integer, or holds a malformed HA event.
    pub fn decode(frame: &Bytes) -> Result<Self, DecodeError> {
        let mut reader = TermReader::new("notification", frame, VersionByte::Required)?;
        let whole = reader.clone();
        let more = reader.tuple_of("notification", 1)?;
        let flag: i64 = reader.integer("flag", "an integer of 64 bits")?;
        let known = u32::try_from(flag).map_or(EventMask::empty(), EventMask::from_bits_retain);
        let notification = if known == EventMask::HA_INFO {
            reader.rename("HA_INFO");
            let Some(more) = more.checked_sub(1) else {
                let expected = "a tuple of the flag and what happened";
                return Err(reader.form("notification", whole.offset(), expected));
            };
            let event = HaEvent::read(&mut reader)?;
            reader.skip_elements("HA_INFO", more, 1)?;
            return Ok(Self::HaInfo(event));
        } else if known == EventMask::HEARTBEAT {
            Self::Heartbeat
        } else if known == EventMask::HEALTH_CHECK {
            Self::HealthCheck
        } else {
            let term = RawTerm::read(&mut whole.clone(), "notification", 0)?;
            return Ok(Self::Other(OtherNotification { flag, term }));
        };
        reader.skip_elements("notification", more, 1)?;
        Ok(notification)
    }

    /// Appends the notification as a frame to `out`, as a daemon sends it.
    pub fn encode(&self, out: &mut BytesMut) {
        write_frame(out, |out| {
            let mut writer = TermWriter::new(out, Dialect::Erlang);
            writer.version();
            match self {
                Self::HaInfo(event) => {
                    writer.tuple(2);
                    writer.integer(self.flag());
                    event.write(&mut writer);
                }
                Self::Heartbeat | Self::HealthCheck => {
                    writer.tuple(1);
                    writer.integer(self.flag());
                }
                Self::Other(other) => writer.raw(&other.term),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::super::{CdbInitialized, ErrorCode, Node};
    use super::*;

    fn encoded(notification: &Notification) -> BytesMut {
        let mut out = BytesMut::new();
        notification.encode(&mut out);
        out.split_off(4)
    }

    fn decode(frame: &[u8]) -> Result<Notification, DecodeError> {
        Notification::decode(&Bytes::copy_from_slice(frame))
    }

    fn all() -> Vec<Notification> {
        let node = || Node::new("node2", Ipv6Addr::LOCALHOST);
        let events = [
            HaEvent::NoPrimary { reason: ErrorCode::HaNoTick },
            HaEvent::SecondaryDied(node()),
            HaEvent::SecondaryArrived(node()),
            HaEvent::SecondaryInitialized(CdbInitialized::ByCopy),
            HaEvent::SecondaryInitialized(CdbInitialized::WithoutCopy),
            HaEvent::IsPrimary,
            HaEvent::IsNone,
            HaEvent::BeSecondaryResult(Ok(())),
            HaEvent::BeSecondaryResult(Err(ErrorCode::HaBadToken)),
        ];
        let mut all: Vec<Notification> = events.into_iter().map(Notification::HaInfo).collect();
        all.extend([Notification::Heartbeat, Notification::HealthCheck]);
        for frame in [&b"\x83h\x02a@h\x02a\x08a\0"[..], b"\x83h\x03b\x40\0\0\0a\x01a\x02"] {
            all.push(decode(frame).unwrap());
        }
        all
    }

    #[test]
    fn notifications_round_trip_and_no_prefix_is_one() {
        for notification in all() {
            let frame = encoded(&notification);
            assert_eq!(decode(&frame), Ok(notification));
            for len in 0..frame.len() {
                assert!(decode(&frame[..len]).is_err(), "prefix of {len}");
            }
        }
    }

    #[test]
    fn missing_and_extra_elements_are_tolerated_where_libconfd_does() {
        let is_primary = Notification::HaInfo(HaEvent::IsPrimary);
        for frame in [
            &b"\x83h\x02a@h\x01a\x05"[..],
            b"\x83h\x02a@h\x02a\x05d\0\x09undefined",
            b"\x83h\x03a@h\x03a\x05a\0aca*",
        ] {
            assert_eq!(decode(frame), Ok(is_primary.clone()));
        }
        let error = decode(b"\x83h\x02a@h\x01a\x01").unwrap_err();
        assert_eq!((error.message(), error.field(), error.offset()), ("HA_INFO", "ha info", 5));
        let error = decode(b"\x83h\x01a@h\x02a\x06a\0").unwrap_err();
        let place = (error.message(), error.field(), error.offset());
        assert_eq!(place, ("HA_INFO", "notification", 1), "what follows the tuple is not its own");
        for (word, how) in
            [("true", CdbInitialized::ByCopy), ("false", CdbInitialized::WithoutCopy)]
        {
            let mut frame = b"\x83h\x02a@h\x02a\x04s".to_vec();
            frame.push(u8::try_from(word.len()).unwrap());
            frame.extend_from_slice(word.as_bytes());
            let expected = Notification::HaInfo(HaEvent::SecondaryInitialized(how));
            assert_eq!(decode(&frame), Ok(expected));
        }
    }

    #[test]
    fn a_heartbeat_is_any_tuple_that_starts_with_its_flag() {
        assert_eq!(decode(b"\x83h\x02b\0\0\x20\0d\0\x01x"), Ok(Notification::Heartbeat));
    }

    #[test]
    fn flags_of_other_notifications() {
        let mask = |frame: &[u8]| match decode(frame).unwrap() {
            Notification::Other(other) => other.mask(),
            known => panic!("{known:?}"),
        };
        assert_eq!(mask(b"\x83h\x01a\x01"), Some(EventMask::AUDIT));
        assert_eq!(mask(b"\x83h\x01n\x04\0\0\0\0\x80"), Some(EventMask::SYSTEM_GOING_DOWN));
        assert_eq!(mask(b"\x83h\x01b\x80\0\0\0"), Some(EventMask::SYSTEM_GOING_DOWN));
        assert_eq!(mask(b"\x83h\x01a\x03"), None);
        assert_eq!(decode(b"\x83d\0\x02ok").unwrap_err().field(), "notification");
    }
}
