//! A subscription to events: `{Mask, HeartbeatMs, HealthCheckMs, Stream, Verbosity}`.

use bytes::{Bytes, BytesMut};

use super::EventMask;
use super::frame::write_frame;
use super::term::{Dialect, Head, RawTerm, TermReader, TermWriter, VersionByte};
use crate::DecodeError;

/// Which notifications a client asks for.
///
/// Clients from before the progress verbosity leave the fifth element out.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Subscription {
    /// Which notifications.
    pub mask: EventMask,
    /// Interval of heartbeats in milliseconds; the daemon raises it to 1000 at least. 0 without
    /// [`EventMask::HEARTBEAT`].
    pub heartbeat_ms: i32,
    /// Interval of health checks, likewise.
    pub health_check_ms: i32,
    /// The notification stream, with [`EventMask::STREAM_EVENT`].
    pub stream: Option<StreamSubscription>,
    /// Verbosity of progress, 0 to 3, and 0 without [`EventMask::COMMIT_PROGRESS`] or
    /// [`EventMask::PROGRESS`]. `None` leaves the element out, as old clients do.
    pub verbosity: Option<i32>,
}

/// A subscription to a notification stream: `{Name, Start, Stop, Filter, Usid, UseIKP}`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct StreamSubscription {
    /// The stream's name.
    pub name: String,
    /// From when on; `None` for now.
    pub start: Option<RawTerm>,
    /// Until when; `None` for ever.
    pub stop: Option<RawTerm>,
    /// An XPath filter.
    pub filter: Option<Bytes>,
    /// The user session, or 0.
    pub usid: i32,
    /// 0 from libconfd, 1 from econfd.
    pub use_ikp: i32,
}

impl Subscription {
    /// A subscription of five elements, to what needs no more than its bit.
    pub fn new(mask: EventMask) -> Self {
        Self { mask, heartbeat_ms: 0, health_check_ms: 0, stream: None, verbosity: Some(0) }
    }

    /// Appends the subscription as a frame to `out`.
    ///
    /// Bit 31 of the mask is written as a positive number; libconfd makes a negative one of it.
    pub fn encode(&self, dialect: Dialect, out: &mut BytesMut) {
        write_frame(out, |out| {
            let mut writer = TermWriter::new(out, dialect);
            writer.version();
            writer.tuple(if self.verbosity.is_some() { 5 } else { 4 });
            writer.subscription_integer(self.mask.bits().into());
            writer.subscription_integer(self.heartbeat_ms.into());
            writer.subscription_integer(self.health_check_ms.into());
            match &self.stream {
                Some(stream) => stream.write(&mut writer),
                None => writer.atom(UNDEFINED),
            }
            if let Some(verbosity) = self.verbosity {
                writer.subscription_integer(verbosity.into());
            }
        });
    }

    /// Reads the content of a frame, as a daemon does.
    ///
    /// # Errors
    ///
    /// If it is not a well-formed subscription of four elements or more.
    pub fn decode(frame: &Bytes) -> Result<Self, DecodeError> {
        let mut reader = TermReader::new("subscription", frame, VersionByte::Optional)?;
        let more = reader.tuple_of("subscription", 4)?;
        let mask = read_mask(&mut reader)?;
        let heartbeat_ms = reader.integer("heartbeat", MILLISECONDS)?;
        let health_check_ms = reader.integer("health check", MILLISECONDS)?;
        let stream = StreamSubscription::read(&mut reader)?;
        let verbosity = match more {
            0 => None,
            _ => Some(reader.integer("verbosity", "an integer of 32 bits")?),
        };
        reader.skip_elements("subscription", more.saturating_sub(1), 1)?;
        Ok(Self { mask, heartbeat_ms, health_check_ms, stream, verbosity })
    }
}

const UNDEFINED: &str = "undefined";
const MILLISECONDS: &str = "milliseconds in 32 bits";

impl StreamSubscription {
    /// A subscription to all a stream has from now on.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), start: None, stop: None, filter: None, usid: 0, use_ikp: 0 }
    }

    fn write(&self, writer: &mut TermWriter<'_>) {
        writer.tuple(6);
        writer.atom(&self.name);
        for time in [&self.start, &self.stop] {
            match time {
                Some(time) => writer.raw(time),
                None => writer.atom(UNDEFINED),
            }
        }
        match &self.filter {
            Some(filter) => writer.binary(filter),
            None => writer.atom(UNDEFINED),
        }
        writer.subscription_integer(self.usid.into());
        writer.subscription_integer(self.use_ikp.into());
    }

    /// Reads the stream, or the atom `undefined` in its place.
    fn read(reader: &mut TermReader<'_>) -> Result<Option<Self>, DecodeError> {
        let offset = reader.offset();
        match reader.peek("stream")? {
            Head::Atom(name) if name == UNDEFINED => {
                reader.atom("stream")?;
                return Ok(None);
            }
            Head::Tuple(_) => {}
            _ => return Err(reader.form("stream", offset, "a tuple or undefined")),
        }
        let more = reader.tuple_of("stream", 6)?;
        let stream = Self {
            name: reader.atom("stream name")?.into_owned(),
            start: read_defined(reader, "start")?,
            stop: read_defined(reader, "stop")?,
            filter: read_filter(reader)?,
            usid: reader.integer("usid", "an integer of 32 bits")?,
            use_ikp: reader.integer("use ikp", "an integer of 32 bits")?,
        };
        reader.skip_elements("stream", more, 2)?;
        Ok(Some(stream))
    }
}

fn read_mask(reader: &mut TermReader<'_>) -> Result<EventMask, DecodeError> {
    let offset = reader.offset();
    let expected = "a mask of 32 bits";
    let mask: i64 = reader.integer("mask", expected)?;
    EventMask::from_wire(mask).ok_or_else(|| reader.number("mask", offset, mask.into(), expected))
}

fn read_defined(
    reader: &mut TermReader<'_>,
    field: &'static str,
) -> Result<Option<RawTerm>, DecodeError> {
    if let Head::Atom(name) = reader.peek(field)? {
        if name == UNDEFINED {
            return reader.atom(field).map(|_| None);
        }
    }
    RawTerm::read(reader, field, 2).map(Some)
}

fn read_filter(reader: &mut TermReader<'_>) -> Result<Option<Bytes>, DecodeError> {
    let offset = reader.offset();
    match reader.head("filter")? {
        Head::Binary(filter) => Ok(Some(reader.share(filter))),
        Head::Atom(name) if name == UNDEFINED => Ok(None),
        _ => Err(reader.form("filter", offset, "a binary or undefined")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(subscription: &Subscription, dialect: Dialect) -> BytesMut {
        let mut out = BytesMut::new();
        subscription.encode(dialect, &mut out);
        out.split_off(4)
    }

    fn decode(frame: &[u8]) -> Result<Subscription, DecodeError> {
        Subscription::decode(&Bytes::copy_from_slice(frame))
    }

    #[test]
    fn both_arities_round_trip_and_no_prefix_is_one() {
        for verbosity in [Some(3), None] {
            let mut subscription = Subscription::new(EventMask::HA_INFO | EventMask::HEARTBEAT);
            subscription.heartbeat_ms = 10_000;
            subscription.verbosity = verbosity;
            for dialect in [Dialect::Libconfd, Dialect::Erlang] {
                let frame = encoded(&subscription, dialect);
                assert_eq!(decode(&frame).as_ref(), Ok(&subscription));
                for len in 0..frame.len() {
                    assert!(decode(&frame[..len]).is_err(), "prefix of {len}");
                }
            }
        }
        let frame = encoded(&Subscription::new(EventMask::HA_INFO), Dialect::Libconfd);
        assert_eq!(frame, &b"\x83h\x05a@a\0a\0w\x09undefineda\0"[..]);
    }

    #[test]
    fn streams_round_trip() {
        let mut subscription = Subscription::new(EventMask::STREAM_EVENT);
        let mut stream = StreamSubscription::new("mystream");
        stream.start = Some(RawTerm::from_bytes(Bytes::from_static(b"h\x01a\x05")).unwrap());
        stream.filter = Some(Bytes::from_static(b"/a"));
        subscription.stream = Some(stream);
        let frame = encoded(&subscription, Dialect::Libconfd);
        assert_eq!(decode(&frame), Ok(subscription));
    }

    #[test]
    fn the_masks_bits_take_the_form_of_each_dialect() {
        let mask = |bit: u32, dialect| {
            let subscription = Subscription::new(EventMask::from_bits_retain(1 << bit));
            let frame = encoded(&subscription, dialect);
            assert_eq!(decode(&frame), Ok(subscription));
            frame[3]
        };
        assert_eq!(mask(7, Dialect::Libconfd), b'a');
        assert_eq!(mask(26, Dialect::Libconfd), b'b');
        assert_eq!(mask(27, Dialect::Libconfd), b'n');
        assert_eq!(mask(30, Dialect::Erlang), b'b');
        assert_eq!(mask(31, Dialect::Erlang), b'n');
        assert_eq!(mask(31, Dialect::Libconfd), b'n');
    }

    #[test]
    fn a_negative_mask_is_bit_31() {
        let frame = b"\x83h\x04b\x80\0\0\x40a\0a\0d\0\x09undefined";
        let subscription = decode(frame).unwrap();
        assert_eq!(subscription.mask, EventMask::SYSTEM_GOING_DOWN | EventMask::HA_INFO);
        assert!(decode(b"\x83h\x04n\x05\0\0\0\0\0\x01a\0a\0jj").is_err());
    }
}
