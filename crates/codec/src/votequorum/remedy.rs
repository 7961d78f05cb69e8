//! What a daemon's answer means for a request, and what can be done about it.

use super::RequestId;
use crate::qb::CsError;

/// A clause of an error's text.
pub(super) fn of(request: &'static str, status: CsError) -> Option<&'static str> {
    use RequestId as R;
    let request = R::KNOWN.iter().copied().find(|id| id.name() == Some(request))?;
    Some(match (request, status) {
        (R::GetInfo, CsError::NotExist) | (R::SetVotes, CsError::NameNotFound) => {
            "the cluster has never seen this node"
        }
        (R::SetExpected, CsError::InvalidParam) => {
            "fewer votes than are present cannot be expected, and a quorate cluster does not expect \
             more than leaves it quorate"
        }
        (R::SetVotes, CsError::InvalidParam) => {
            "with these votes the quorum would be below half of the votes present, or above all"
        }
        (R::TrackStop, CsError::NotExist) => "nothing was tracked",
        (R::QdeviceRegister, CsError::Exist) => "a device of another name is registered",
        (R::QdeviceRegister, CsError::TryAgain) => "another registration is under way",
        (
            R::QdeviceUnregister
            | R::QdeviceUpdate
            | R::QdevicePoll
            | R::QdeviceMasterWins
            | R::QdeviceSetExtraInfo,
            CsError::NotExist,
        ) => "no device is registered on this node",
        (
            R::QdeviceUnregister | R::QdeviceUpdate | R::QdevicePoll | R::QdeviceMasterWins,
            CsError::InvalidParam,
        ) => "the device that is registered has another name",
        (R::QdevicePoll, CsError::MessageError) => {
            "this is not the current ring id; take it from the latest nodelist notification"
        }
        (_, CsError::Access) => "the quorum device configuration of this daemon is not valid",
        (_, CsError::NoResources) => "the cluster's message queue is full; try again",
        _ => return None,
    })
}
