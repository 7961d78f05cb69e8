//! Be secondary, order 2: `{2, NodeId, {PrimaryId, PrimaryAddr}, WaitReply}`. Formerly beslave.

use super::term::{TermReader, TermWriter};
use super::{Node, NodeId};
use crate::DecodeError;
use crate::wire_enum::wire_enum;

wire_enum! {
    /// When the reply to [`BeSecondary`] comes.
    ///
    /// libconfd passes any number on; every one but 0 waits.
    pub enum Wait(i32) {
        /// Never: the result comes as an event.
        No = 0 => "no",
        /// When the node's database is that of the primary, which may take minutes.
        ForSync = 1 => "for sync",
    }
}

/// Makes the node a secondary.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct BeSecondary {
    /// The id the node is to have.
    pub node: NodeId,
    /// The primary to follow.
    pub primary: Node,
    /// When the reply comes.
    pub wait: Wait,
}

impl BeSecondary {
    pub(super) fn write(&self, writer: &mut TermWriter<'_>) {
        self.node.write(writer);
        self.primary.write(writer);
        writer.integer(self.wait.code().into());
    }

    pub(super) fn read(reader: &mut TermReader<'_>) -> Result<Self, DecodeError> {
        let node = NodeId::read(reader, 1)?;
        let primary = Node::read(reader, 1)?;
        let wait: i32 = reader.integer("wait reply", "an integer of 32 bits")?;
        Ok(Self { node, primary, wait: wait.into() })
    }
}
