//! What can be done about a failure.

use std::io;

use qbipc::ConnectError;
use quorate_codec::qb::{CsError, errno};
use quorate_codec::votequorum::RequestId;

/// What to do when there is no connection.
pub(crate) fn for_connect(error: &ConnectError) -> Option<&'static str> {
    Some(match error {
        ConnectError::NoServer { .. } => {
            "corosync is not running, its `quorum.provider` is not `corosync_votequorum`, or it \
             runs in another network namespace"
        }
        ConnectError::Refused { source } => for_refusal(source)?,
        ConnectError::UntrustedServer { .. } => {
            "is this corosync? if so, accept its user with `Options::server_uids`"
        }
        ConnectError::File { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            "corosync's shared memory is not visible here; share /dev/shm with the container"
        }
        ConnectError::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            "corosync's shared memory is not accessible; does the container map user ids?"
        }
        ConnectError::Path { .. } => {
            "if /dev/shm is mounted elsewhere here, say where with `Options::shm_root`"
        }
        ConnectError::Timeout { source: Some(source), .. } => return for_connect(source),
        ConnectError::Timeout { source: None, .. } => "corosync is stopped or overloaded",
        _ => return None,
    })
}

fn for_refusal(error: &io::Error) -> Option<&'static str> {
    let number = error.raw_os_error()?;
    if errno::is_access(number) {
        return Some(
            "run as root, or let the user in with `uidgid { uid: NAME }` in corosync.conf or below \
             /etc/corosync/uidgid.d",
        );
    }
    if errno::is_starting(number) {
        return Some("corosync is starting or stopping");
    }
    None
}

/// What a daemon's answer means for this request.
pub(crate) fn for_status(request: RequestId, status: CsError) -> Option<&'static str> {
    use RequestId as R;
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
