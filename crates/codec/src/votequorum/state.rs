use std::fmt;
use std::str::FromStr;

use super::InvalidText;
use crate::wire_enum::wire_enum;

wire_enum! {
    /// What a node is to the cluster.
    ///
    /// The quorum device is listed with state 0, which has no name.
    ///
    /// Written as its name, or as `state N` if it has none.
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

impl FromStr for NodeState {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        if let Some(known) = Self::KNOWN.iter().find(|state| state.name() == Some(text)) {
            return Ok(*known);
        }
        let code = text.strip_prefix("state ").and_then(|code| code.parse::<u32>().ok());
        code.map(Self::from).ok_or(InvalidText::new("member, dead, leaving or state N"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_text() {
        for code in [0, 1, 2, 3, 4, u32::MAX] {
            let state = NodeState::from(code);
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        assert_eq!(NodeState::Leaving.to_string(), "leaving");
        assert_eq!(NodeState::Unknown(0).to_string(), "state 0");
        for text in ["", "Member", "state", "state -1", "0"] {
            text.parse::<NodeState>().unwrap_err();
        }
    }
}
