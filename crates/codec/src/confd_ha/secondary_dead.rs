//! Secondary dead, order 5: `{5, NodeId}`. Formerly slave dead.

use super::NodeId;
use super::term::{TermReader, TermWriter};
use crate::DecodeError;

/// Tells a primary that one of its secondaries is gone.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SecondaryDead {
    /// The secondary.
    pub node: NodeId,
}

impl SecondaryDead {
    pub(super) fn write(&self, writer: &mut TermWriter<'_>) {
        self.node.write(writer);
    }

    pub(super) fn read(reader: &mut TermReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { node: NodeId::read(reader, 1)? })
    }
}
