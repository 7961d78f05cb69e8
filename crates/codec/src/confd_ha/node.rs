use super::term::{TermReader, TermWriter};
use super::{Address, NodeId};
use crate::DecodeError;

/// A node and where it is: `{NodeId, Addr}`.
#[doc(alias = "confd_ha_node")]
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// Its address.
    pub address: Address,
}

impl Node {
    /// A node of this id at this address.
    pub fn new(id: impl Into<NodeId>, address: impl Into<Address>) -> Self {
        Self { id: id.into(), address: address.into() }
    }

    /// Appends the node to a term.
    pub fn write(&self, writer: &mut TermWriter<'_>) {
        writer.tuple(2);
        self.id.write(writer);
        self.address.write(writer);
    }

    /// Reads a node, which `depth` tuples and lists enclose.
    ///
    /// # Errors
    ///
    /// If it is not a tuple that starts with a node id and an address.
    #[inline]
    pub fn read(reader: &mut TermReader<'_>, depth: usize) -> Result<Self, DecodeError> {
        let more = reader.tuple_of("node", 2)?;
        let id = NodeId::read(reader, depth + 1)?;
        let address = Address::read(reader, depth + 1)?;
        if more > 0 {
            reader.skip_elements("node", more, depth + 1)?;
        }
        Ok(Self { id, address })
    }
}
