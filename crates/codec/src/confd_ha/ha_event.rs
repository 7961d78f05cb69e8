//! `HA_INFO`: what happens to the roles, `{64, {Type, Data}}`.

use super::term::{Head, RawTerm, TermReader, TermWriter};
use super::{ErrorCode, Node};
use crate::DecodeError;
use crate::wire_enum::wire_enum;

wire_enum! {
    /// Which `HA_INFO` event: the first element of the inner tuple. Old and new names share the
    /// numbers.
    pub enum HaEventType(i64) {
        /// The primary is lost. Formerly `HA_INFO_NOMASTER`.
        NoPrimary = 1 => "HA_INFO_NOPRIMARY",
        /// A secondary is lost. Formerly `HA_INFO_SLAVE_DIED`.
        SecondaryDied = 2 => "HA_INFO_SECONDARY_DIED",
        /// A secondary has come. Formerly `HA_INFO_SLAVE_ARRIVED`.
        SecondaryArrived = 3 => "HA_INFO_SECONDARY_ARRIVED",
        /// This node has the primary's database. Formerly `HA_INFO_SLAVE_INITIALIZED`.
        SecondaryInitialized = 4 => "HA_INFO_SECONDARY_INITIALIZED",
        /// This node is primary. Formerly `HA_INFO_IS_MASTER`.
        IsPrimary = 5 => "HA_INFO_IS_PRIMARY",
        /// This node is neither.
        IsNone = 6 => "HA_INFO_IS_NONE",
        /// How an order to be secondary ended. Formerly `HA_INFO_BESLAVE_RESULT`.
        BeSecondaryResult = 7 => "HA_INFO_BESECONDARY_RESULT",
    }
}

/// What happened.
///
/// There is no event that says "this node is secondary": `SecondaryInitialized` and
/// `BeSecondaryResult` do.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum HaEvent {
    /// Type 1: this secondary lost its primary. Its role does not change by itself.
    #[doc(alias("HA_INFO_NOMASTER", "HA_INFO_NOPRIMARY"))]
    NoPrimary {
        /// Why: [`ErrorCode::HaNoTick`] or [`ErrorCode::HaClosed`].
        reason: ErrorCode,
    },
    /// Type 2: this primary lost a secondary.
    #[doc(alias("HA_INFO_SLAVE_DIED", "HA_INFO_SECONDARY_DIED"))]
    SecondaryDied(Node),
    /// Type 3: this primary got a secondary.
    #[doc(alias("HA_INFO_SLAVE_ARRIVED", "HA_INFO_SECONDARY_ARRIVED"))]
    SecondaryArrived(Node),
    /// Type 4: this secondary has the primary's database.
    #[doc(alias("HA_INFO_SLAVE_INITIALIZED", "HA_INFO_SECONDARY_INITIALIZED"))]
    SecondaryInitialized(CdbInitialized),
    /// Type 5: this node is primary now.
    #[doc(alias("HA_INFO_IS_MASTER", "HA_INFO_IS_PRIMARY"))]
    IsPrimary,
    /// Type 6: this node is neither primary nor secondary now.
    #[doc(alias("HA_INFO_IS_NONE"))]
    IsNone,
    /// Type 7: how an order to be secondary ended that was sent without waiting for its reply.
    #[doc(alias("HA_INFO_BESLAVE_RESULT", "HA_INFO_BESECONDARY_RESULT"))]
    BeSecondaryResult(Result<(), ErrorCode>),
    /// An event this library does not know.
    Unknown {
        /// Its type.
        kind: i64,
        /// The inner tuple, `{Type, Data}`.
        info: RawTerm,
    },
}

/// How a secondary obtained the primary's database.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum CdbInitialized {
    /// It was copied.
    ByCopy,
    /// It was up to date already.
    WithoutCopy,
}

impl HaEvent {
    /// Which event it is.
    pub fn kind(&self) -> HaEventType {
        match self {
            Self::NoPrimary { .. } => HaEventType::NoPrimary,
            Self::SecondaryDied(_) => HaEventType::SecondaryDied,
            Self::SecondaryArrived(_) => HaEventType::SecondaryArrived,
            Self::SecondaryInitialized(_) => HaEventType::SecondaryInitialized,
            Self::IsPrimary => HaEventType::IsPrimary,
            Self::IsNone => HaEventType::IsNone,
            Self::BeSecondaryResult(_) => HaEventType::BeSecondaryResult,
            Self::Unknown { kind, .. } => HaEventType::from(*kind),
        }
    }

    pub(super) fn write(&self, writer: &mut TermWriter<'_>) {
        if let Self::Unknown { info, .. } = self {
            return writer.raw(info);
        }
        writer.tuple(2);
        writer.integer(self.kind().code());
        match self {
            Self::NoPrimary { reason } => writer.integer(reason.code().into()),
            Self::SecondaryDied(node) | Self::SecondaryArrived(node) => node.write(writer),
            Self::SecondaryInitialized(CdbInitialized::ByCopy) => writer.integer(1),
            Self::SecondaryInitialized(CdbInitialized::WithoutCopy) => writer.integer(0),
            Self::BeSecondaryResult(Err(code)) => writer.integer(code.code().into()),
            // Readers ignore what comes with the two events of a role; 0 is what one was seen to
            // accept.
            Self::BeSecondaryResult(Ok(())) | Self::IsPrimary | Self::IsNone => writer.integer(0),
            Self::Unknown { .. } => {}
        }
    }

    /// Reads the inner tuple, which one other encloses.
    ///
    /// Elements beyond those known are passed over; those of the two events of a role may be
    /// missing.
    pub(super) fn read(reader: &mut TermReader<'_>) -> Result<Self, DecodeError> {
        let mut whole = reader.clone();
        let offset = reader.offset();
        let arity = reader.tuple_of("ha info", 1)?;
        let kind: i64 = reader.integer("type", "an integer of 64 bits")?;
        let event_type = HaEventType::from(kind);
        let needed = match event_type {
            HaEventType::IsPrimary | HaEventType::IsNone | HaEventType::Unknown(_) => 0,
            _ => 1,
        };
        let Some(more) = arity.checked_sub(needed) else {
            return Err(reader.form("ha info", offset, "a tuple of a type and its data"));
        };
        let event = match event_type {
            HaEventType::NoPrimary => Self::NoPrimary { reason: read_code(reader)? },
            HaEventType::SecondaryDied => Self::SecondaryDied(Node::read(reader, 2)?),
            HaEventType::SecondaryArrived => Self::SecondaryArrived(Node::read(reader, 2)?),
            HaEventType::SecondaryInitialized => {
                Self::SecondaryInitialized(read_initialized(reader)?)
            }
            HaEventType::IsPrimary => Self::IsPrimary,
            HaEventType::IsNone => Self::IsNone,
            HaEventType::BeSecondaryResult => match read_code(reader)? {
                ErrorCode::Unknown(0) => Self::BeSecondaryResult(Ok(())),
                code => Self::BeSecondaryResult(Err(code)),
            },
            HaEventType::Unknown(_) => {
                let info = RawTerm::read(&mut whole, "ha info", 1)?;
                Self::Unknown { kind, info }
            }
        };
        reader.skip_elements("ha info", more, 2)?;
        Ok(event)
    }
}

fn read_code(reader: &mut TermReader<'_>) -> Result<ErrorCode, DecodeError> {
    reader.integer::<i32>("error code", "an integer of 32 bits").map(ErrorCode::from)
}

fn read_initialized(reader: &mut TermReader<'_>) -> Result<CdbInitialized, DecodeError> {
    let offset = reader.offset();
    match reader.head("initialized by copy")? {
        Head::Integer(0) => Ok(CdbInitialized::WithoutCopy),
        Head::Integer(_) => Ok(CdbInitialized::ByCopy),
        Head::Atom(name) if name == "false" => Ok(CdbInitialized::WithoutCopy),
        Head::Atom(name) if name == "true" => Ok(CdbInitialized::ByCopy),
        _ => Err(reader.form("initialized by copy", offset, "1, 0, true or false")),
    }
}
