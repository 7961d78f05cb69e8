use super::slots::Key;

/// Marks keys of calls.
#[derive(Debug)]
pub enum CallKey {}

/// Marks keys of readers.
#[derive(Debug)]
pub enum ReaderKey {}

/// A call: to [take](super::Session::take) its outcome by, or to [abandon](super::Session::abandon)
/// it.
pub type Ticket = Key<CallKey>;

/// A reader of a subscription.
pub type ReaderId = Key<ReaderKey>;
