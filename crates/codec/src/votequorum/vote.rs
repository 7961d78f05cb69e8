use std::fmt;
use std::str::FromStr;

use super::InvalidText;

/// What a quorum device says when it is polled: `yes` or `no`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Vote {
    /// The device is alive, and does not vote.
    No,
    /// The device votes for this partition.
    Yes,
}

/// Whether the partition a quorum device votes for stays quorate by that alone: `allow` or `deny`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MasterWins {
    /// Votes have to reach the quorum.
    Deny,
    /// The device's vote decides.
    Allow,
}

impl fmt::Display for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::No => "no",
            Self::Yes => "yes",
        })
    }
}

impl FromStr for Vote {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        match text {
            "no" => Ok(Self::No),
            "yes" => Ok(Self::Yes),
            _ => Err(InvalidText::new("yes or no")),
        }
    }
}

impl fmt::Display for MasterWins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
        })
    }
}

impl FromStr for MasterWins {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        match text {
            "deny" => Ok(Self::Deny),
            "allow" => Ok(Self::Allow),
            _ => Err(InvalidText::new("allow or deny")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_text() {
        for vote in [Vote::No, Vote::Yes] {
            assert_eq!(vote.to_string().parse(), Ok(vote));
        }
        for allow in [MasterWins::Deny, MasterWins::Allow] {
            assert_eq!(allow.to_string().parse(), Ok(allow));
        }
        assert_eq!("Yes".parse::<Vote>().unwrap_err().to_string(), "expected yes or no");
        "".parse::<MasterWins>().unwrap_err();
    }
}
