//! What a made-up service can be.

use std::fmt::Debug;

use quorate_codec::qb::service::{Multiplicity, Overflow, Snapshot};

/// What distinguishes services.
pub trait Variant: Clone + Debug + Send + 'static {
    /// How many subscriptions one connection can have.
    const SUBSCRIPTIONS: Multiplicity;
    /// When the daemon sends the current state.
    const SNAPSHOT: Snapshot;
    /// What happens to a reader that is too slow.
    const OVERFLOW: Overflow;
    /// Whether events name the instance they belong to.
    const HAS_INSTANCES: bool;
    /// Whether a subscription starts with a request before the one that starts it.
    const PREPARES: bool;
    /// Whether a request ends a subscription; otherwise the end of the connection does.
    const CLOSES: bool;
    /// Whether there is a request for a sign of life.
    const PINGS: bool;
}

macro_rules! variants {
    ($($(#[doc = $doc:literal])+ $name:ident:
        $subscriptions:ident, $snapshot:ident, $overflow:ident,
        instances $instances:literal, prepares $prepares:literal,
        closes $closes:literal, pings $pings:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        pub enum $name {}

        impl Variant for $name {
            const SUBSCRIPTIONS: Multiplicity = Multiplicity::$subscriptions;
            const SNAPSHOT: Snapshot = Snapshot::$snapshot;
            const OVERFLOW: Overflow = Overflow::$overflow;
            const HAS_INSTANCES: bool = $instances;
            const PREPARES: bool = $prepares;
            const CLOSES: bool = $closes;
            const PINGS: bool = $pings;
        }
    )+};
}

variants! {
    /// As votequorum is.
    Tracked: One, BeforeReply, Lag, instances true, prepares false, closes true, pings true;
    /// As cpg is.
    Group: One, AfterReply, End, instances false, prepares true, closes false, pings false;
    /// As cmap is.
    Keyed: Many, None, Lag, instances true, prepares false, closes true, pings true;
    /// As quorum is.
    Stepped: One, BeforeReply, Lag, instances false, prepares true, closes true, pings true;
    /// As cfg is.
    Plain: One, None, Lag, instances false, prepares false, closes true, pings false;
    /// As no service is.
    Strict: Many, AfterReply, End, instances true, prepares true, closes true, pings true;
}
