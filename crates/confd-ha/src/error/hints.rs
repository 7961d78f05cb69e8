//! What to do about a refusal, and how a daemon's words are shown.

use quorate_codec::confd_ha::ErrorCode;

/// A daemon's words, fit for one line of a log.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push_str("..");
    }
    short
}

/// Whether the reason for a refusal may pass by itself.
pub(super) fn is_transient(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::BadState
            | ErrorCode::InUse
            | ErrorCode::Locked
            | ErrorCode::HaConnect
            | ErrorCode::HaClosed
            | ErrorCode::HaNoTick
            | ErrorCode::Timeout
            | ErrorCode::Unavailable
            | ErrorCode::UpgradeInProgress
    )
}

/// What to do about a refusal, where one thing is most likely.
pub(super) fn hint(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::BadState => {
            ": the daemon is still in start phase 0 (wait until it has started), or its role does \
             not allow this order"
        }
        ErrorCode::HaConnect => {
            ": the primary cannot be reached; check that its daemon is primary, its address, and \
             the route to its HA port"
        }
        ErrorCode::HaClosed => ": the primary closed the connection; see its log, then try again",
        ErrorCode::HaBadFxs => ": load the same data models on both nodes",
        ErrorCode::HaBadToken => ": connect to both nodes' daemons with the same token",
        ErrorCode::HaBadName => ": the node at that address has another id",
        ErrorCode::HaBind => {
            ": the daemon cannot listen on its HA port; find out which process does"
        }
        ErrorCode::HaBadVsn => ": run compatible versions on both nodes",
        ErrorCode::HaBadConfig => ": give both nodes the same notification streams",
        ErrorCode::HaWithUpgrade => ": finish the upgrade first",
        ErrorCode::NotImplemented => {
            ": this daemon does not know the order (be-relay is gone in newer ones)"
        }
        _ => "",
    }
}
