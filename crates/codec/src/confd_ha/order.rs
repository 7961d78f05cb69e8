use bytes::{Bytes, BytesMut};

use super::frame::write_frame;
use super::term::{Dialect, RawTerm, TermReader, TermWriter, VersionByte};
use super::{BePrimary, BeSecondary, SecondaryDead, Wait};
use crate::DecodeError;
use crate::wire_enum::wire_enum;

wire_enum! {
    /// Which order: the first element of its tuple. Old and new names share the numbers.
    pub enum OrderNumber(i64) {
        /// See [`be_primary`](super::be_primary).
        BePrimary = 1 => "be-primary",
        /// See [`be_secondary`](super::be_secondary).
        BeSecondary = 2 => "be-secondary",
        /// Makes the node neither primary nor secondary.
        BeNone = 3 => "be-none",
        /// See [`status`](super::status).
        Status = 4 => "status",
        /// See [`secondary_dead`](super::secondary_dead).
        SecondaryDead = 5 => "secondary-dead",
        /// Makes an established secondary a relay. Documented as no longer supported from 6.7 on.
        BeRelay = 6 => "be-relay",
    }
}

/// Any order.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Order {
    /// `{1, NodeId}`.
    BePrimary(BePrimary),
    /// `{2, NodeId, {PrimaryId, PrimaryAddr}, WaitReply}`.
    BeSecondary(BeSecondary),
    /// `{3}`.
    BeNone,
    /// `{4}`.
    Status,
    /// `{5, NodeId}`.
    SecondaryDead(SecondaryDead),
    /// `{6}`.
    BeRelay,
    /// An order this library does not know.
    Unknown {
        /// Its number.
        number: i64,
        /// All of it.
        term: RawTerm,
    },
}

/// What comes back for an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// A [`Reply`](super::Reply).
    Reply,
    /// A [`StatusReply`](super::StatusReply).
    Status,
    /// Nothing.
    Nothing,
}

impl Order {
    /// Which order it is.
    pub fn number(&self) -> OrderNumber {
        match self {
            Self::BePrimary(_) => OrderNumber::BePrimary,
            Self::BeSecondary(_) => OrderNumber::BeSecondary,
            Self::BeNone => OrderNumber::BeNone,
            Self::Status => OrderNumber::Status,
            Self::SecondaryDead(_) => OrderNumber::SecondaryDead,
            Self::BeRelay => OrderNumber::BeRelay,
            Self::Unknown { number, .. } => OrderNumber::from(*number),
        }
    }

    /// What comes back for it.
    pub fn answer(&self) -> Answer {
        match self {
            Self::BeSecondary(BeSecondary { wait: Wait::No, .. }) => Answer::Nothing,
            Self::Status => Answer::Status,
            _ => Answer::Reply,
        }
    }

    /// Appends the order as a frame to `out`.
    pub fn encode(&self, dialect: Dialect, out: &mut BytesMut) {
        write_frame(out, |out| {
            let mut writer = TermWriter::new(out, dialect);
            writer.version();
            if let Self::Unknown { term, .. } = self {
                return writer.raw(term);
            }
            writer.tuple(match self {
                Self::BeSecondary(_) => 4,
                Self::BePrimary(_) | Self::SecondaryDead(_) => 2,
                _ => 1,
            });
            writer.integer(self.number().code());
            match self {
                Self::BePrimary(order) => order.write(&mut writer),
                Self::BeSecondary(order) => order.write(&mut writer),
                Self::SecondaryDead(order) => order.write(&mut writer),
                Self::BeNone | Self::Status | Self::BeRelay | Self::Unknown { .. } => {}
            }
        });
    }

    /// Reads the content of a frame, as a daemon does.
    ///
    /// # Errors
    ///
    /// If it is not a tuple that starts with an integer, or a malformed order. An unknown number is
    /// not an error.
    pub fn decode(frame: &Bytes) -> Result<Self, DecodeError> {
        let mut reader = TermReader::new("order", frame, VersionByte::Optional)?;
        let whole = reader.clone();
        let arity = reader.tuple_of("order", 1)?;
        let number: i64 = reader.integer("order number", "an integer of 64 bits")?;
        let enough = |elements: u32| {
            let offset = whole.offset();
            arity.checked_sub(elements).ok_or_else(|| {
                whole.number("order", offset, arity.into(), "a tuple with more elements")
            })
        };
        let more;
        let order = match OrderNumber::from(number) {
            OrderNumber::BePrimary => {
                reader.rename("be-primary order");
                more = enough(1)?;
                Self::BePrimary(BePrimary::read(&mut reader)?)
            }
            OrderNumber::BeSecondary => {
                reader.rename("be-secondary order");
                more = enough(3)?;
                Self::BeSecondary(BeSecondary::read(&mut reader)?)
            }
            OrderNumber::SecondaryDead => {
                reader.rename("secondary-dead order");
                more = enough(1)?;
                Self::SecondaryDead(SecondaryDead::read(&mut reader)?)
            }
            OrderNumber::BeNone => {
                more = arity;
                Self::BeNone
            }
            OrderNumber::Status => {
                more = arity;
                Self::Status
            }
            OrderNumber::BeRelay => {
                more = arity;
                Self::BeRelay
            }
            OrderNumber::Unknown(number) => {
                let term = RawTerm::read(&mut whole.clone(), "order", 0)?;
                return Ok(Self::Unknown { number, term });
            }
        };
        reader.skip_elements("order", more, 1)?;
        Ok(order)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::Node;
    use super::*;

    fn orders() -> [(Order, &'static str); 7] {
        let be_secondary = |wait| {
            let primary = Node::new("node0", Ipv4Addr::new(10, 0, 0, 1));
            Order::BeSecondary(BeSecondary { node: "node1".into(), primary, wait })
        };
        [
            (
                Order::BePrimary(BePrimary { node: "node0".into() }),
                "0000000f83680261016d000000056e6f646530",
            ),
            (
                be_secondary(Wait::ForSync),
                "0000002783680461026d000000056e6f64653168026d000000056e6f646530\
                 6804610a6100610061016101",
            ),
            (
                be_secondary(Wait::No),
                "0000002783680461026d000000056e6f64653168026d000000056e6f646530\
                 6804610a6100610061016100",
            ),
            (Order::BeNone, "000000058368016103"),
            (Order::Status, "000000058368016104"),
            (
                Order::SecondaryDead(SecondaryDead { node: "x".into() }),
                "0000000b83680261056d0000000178",
            ),
            (Order::BeRelay, "000000058368016106"),
        ]
    }

    fn encoded(order: &Order) -> BytesMut {
        let mut out = BytesMut::new();
        order.encode(Dialect::Libconfd, &mut out);
        out
    }

    fn decode(frame: &[u8]) -> Result<Order, DecodeError> {
        Order::decode(&Bytes::copy_from_slice(frame))
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn orders_are_libconfds_and_decode_back() {
        for (order, expected) in orders() {
            let frame = encoded(&order);
            assert_eq!(hex(&frame), expected);
            assert_eq!(decode(&frame[4..]), Ok(order));
        }
    }

    #[test]
    fn only_one_order_is_not_answered() {
        let answers: Vec<Answer> = orders().iter().map(|(order, _)| order.answer()).collect();
        let reply = Answer::Reply;
        let expected = [reply, reply, Answer::Nothing, reply, Answer::Status, reply, reply];
        assert_eq!(answers, expected);
    }

    #[test]
    fn every_prefix_is_refused_and_trailing_bytes_are_not() {
        for (order, _) in orders() {
            let frame = encoded(&order).split_off(4);
            for len in 0..frame.len() {
                assert!(decode(&frame[..len]).is_err(), "{order:?}, prefix of {len}");
            }
            let mut longer = frame.clone();
            longer.extend([0xff]);
            assert_eq!(decode(&longer), Ok(order));
        }
    }

    #[test]
    fn unknown_orders_survive() {
        let frame = b"\x83h\x02a\x07d\0\x01x";
        let order = decode(frame).unwrap();
        assert_eq!(order.number(), OrderNumber::Unknown(7));
        assert_eq!(encoded(&order)[4..], frame[..]);
        assert_eq!(decode(b"\x83h\x01a\x01").unwrap_err().field(), "order");
    }
}
