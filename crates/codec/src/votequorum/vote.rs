/// What a quorum device says when it is polled.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Vote {
    /// The device is alive, and does not vote.
    No,
    /// The device votes for this partition.
    Yes,
}

/// Whether the partition a quorum device votes for stays quorate by that alone.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MasterWins {
    /// Votes have to reach the quorum.
    Deny,
    /// The device's vote decides.
    Allow,
}
