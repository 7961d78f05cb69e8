use std::fmt;

use crate::wire_enum::wire_enum;

wire_enum! {
    /// What a node is to the cluster.
    ///
    /// The quorum device is listed with state 0, which has no name.
    #[derive(Ord, PartialOrd)]
    pub enum NodeState(u32) {
        /// In the membership.
        #[doc(alias = "VOTEQUORUM_NODESTATE_MEMBER")]
        Member = 1 => "member",
        /// Was in the membership once.
        #[doc(alias = "VOTEQUORUM_NODESTATE_DEAD")]
        Dead = 2 => "dead",
        /// On its way out.
        #[doc(alias = "VOTEQUORUM_NODESTATE_LEAVING")]
        Leaving = 3 => "leaving",
    }
}

impl Default for NodeState {
    fn default() -> Self {
        Self::Unknown(0)
    }
}

impl fmt::Display for NodeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "state {}", self.code()),
        }
    }
}
