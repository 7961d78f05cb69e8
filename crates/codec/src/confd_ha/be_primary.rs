//! Be primary, order 1: `{1, NodeId}`. Formerly bemaster.

use super::NodeId;
use super::term::{TermReader, TermWriter};
use crate::DecodeError;

/// Makes the node primary.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct BePrimary {
    /// The id the node is to have.
    pub node: NodeId,
}

impl BePrimary {
    pub(super) fn write(&self, writer: &mut TermWriter<'_>) {
        self.node.write(writer);
    }

    pub(super) fn read(reader: &mut TermReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { node: NodeId::read(reader, 1)? })
    }
}
