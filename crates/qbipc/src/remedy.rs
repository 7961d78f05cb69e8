//! What can be done about a failure to connect.

use std::io;

use quorate_codec::qb::errno;
use rustix::io::Errno;

use crate::ConnectError;

/// The uid by which the kernel shows users that have no number in the user namespace.
const OVERFLOW_UID: u32 = 65534;

/// The servers that this library supports.
const SUPPORTED: &str =
    "supported are 64-bit servers with libqb 1.0.4 or later (corosync 2.4 and 3)";

impl ConnectError {
    /// What can be done about it, for the operator of the system.
    ///
    /// Names of options are those of [`ConnectOptions`](crate::ConnectOptions).
    pub fn remedy(&self) -> Option<&'static str> {
        Some(match self {
            Self::ServiceName { .. } => {
                "use the service's name, such as votequorum, cpg, cmap, quorum or cfg"
            }
            Self::NoRuntime { .. } => {
                "call this within a tokio runtime that has the time and I/O drivers enabled"
            }
            Self::Unavailable { source, .. } => for_absence(source),
            Self::Denied { .. } => {
                "a security module (SELinux, AppArmor) or the permissions of the socket's directory \
                 forbid it: see the audit log, and allow this process to connect to corosync"
            }
            Self::Untrusted { uid: OVERFLOW_UID, .. } => {
                "the server's user has no number in this user namespace: run in the namespace of \
                 the daemon, or map its user. Do not accept uid 65534 with `server_uids`: it stands \
                 for every user that is not mapped"
            }
            Self::Untrusted { .. } => "is this corosync? if so, accept its user with `server_uids`",
            Self::Refused { source, .. } => return for_refusal(source),
            Self::Closed { .. } => "the daemon is stopping, or has crashed: see its log",
            Self::Answer { .. } | Self::Transport { .. } | Self::Unsupported { .. } => SUPPORTED,
            Self::MessageSize { .. } => "ask for other sizes with `max_msg_size`",
            Self::Path { .. } => SUPPORTED,
            Self::File { source, .. } => return for_file(source),
            Self::UnusableFile { .. } => {
                "another process has changed the daemon's shared memory, or the daemon is not \
                 supported: supported are 64-bit servers with libqb 1.0.4 or later"
            }
            Self::Datagram { source, .. } => return for_datagram(source),
            Self::Timeout { source: Some(source), .. } => return source.remedy(),
            Self::Timeout { source: None, .. } => "the daemon is stopped or overloaded",
            Self::Listen { source, .. } => return for_listening(source),
            Self::System { source, .. } => return for_system(source),
        })
    }
}

fn for_absence(error: &io::Error) -> &'static str {
    match Errno::from_io_error(error) {
        Some(Errno::AGAIN) => "the daemon is stopped or overloaded: too many clients are waiting",
        _ => {
            "corosync is not running, does not provide this service (votequorum needs `provider: \
             corosync_votequorum` in `quorum`), or runs in another network namespace"
        }
    }
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
    Some(match Errno::from_raw_os_error(number) {
        Errno::NOSPC => {
            "/dev/shm of the daemon is full: remove what dead processes left there, enlarge it, or \
             ask for less with `max_msg_size`"
        }
        Errno::NOMEM => "the daemon has no memory for it: ask for less with `max_msg_size`",
        Errno::MFILE | Errno::NFILE => "the daemon has no descriptors left: raise its limit",
        Errno::ROFS | Errno::NOENT => {
            "the daemon cannot write to its /dev/shm: see how it is mounted"
        }
        Errno::NOSYS => "this corosync does not provide the service",
        _ => return None,
    })
}

fn for_file(error: &io::Error) -> Option<&'static str> {
    Some(match Errno::from_io_error(error)? {
        Errno::NOENT | Errno::NOTDIR => {
            "the daemon's shared memory is not visible here: share /dev/shm with the container, \
             or say with `shm_root` where it is mounted. A daemon that has just stopped removes it"
        }
        Errno::ACCESS | Errno::PERM => {
            "the daemon's shared memory is not accessible: does the container map user ids, or does \
             a security module (SELinux, AppArmor) forbid it?"
        }
        Errno::ROFS => "/dev/shm is mounted read-only here: mount it writable",
        Errno::MFILE | Errno::NFILE => "this process has no descriptors left: raise its limit",
        Errno::NOMEM => "there is no memory left to map it: ask for less with `max_msg_size`",
        Errno::LOOP => "another process has changed the daemon's shared memory",
        _ => return None,
    })
}

fn for_datagram(error: &io::Error) -> Option<&'static str> {
    match Errno::from_io_error(error)? {
        Errno::CONNREFUSED => Some(
            "the daemon uses sockets, which only processes of its network namespace reach: run \
             there, or set `qb_ipc_type: shm` in `system` of corosync.conf",
        ),
        _ => for_system(error),
    }
}

fn for_listening(error: &io::Error) -> Option<&'static str> {
    match Errno::from_io_error(error)? {
        Errno::ADDRINUSE => Some("another server listens there"),
        Errno::EXIST => Some("what is in the way is not a socket: remove it, if it is not needed"),
        Errno::ACCESS | Errno::PERM => Some("this process may not make a socket there"),
        Errno::NOENT | Errno::NOTDIR => Some("the directory has to exist"),
        Errno::ROFS => Some("the directory is mounted read-only"),
        _ => for_system(error),
    }
}

fn for_system(error: &io::Error) -> Option<&'static str> {
    Some(match Errno::from_io_error(error)? {
        Errno::AFNOSUPPORT => {
            "unix sockets are not available to this process: allow AF_UNIX in its sandbox \
             (`RestrictAddressFamilies=` of systemd)"
        }
        Errno::ACCESS | Errno::PERM => {
            "a security module (SELinux, AppArmor) or sandbox forbids it: see the audit log"
        }
        Errno::MFILE | Errno::NFILE => "this process has no descriptors left: raise its limit",
        Errno::NOBUFS | Errno::NOMEM => "the system has no memory left",
        Errno::NAMETOOLONG => "the path of a socket has at most 107 bytes",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(errno: Errno) -> [ConnectError; 6] {
        let source = || io::Error::from(errno);
        let address = || "@cpg".to_owned();
        let path = || "/dev/shm/qb-1".into();
        [
            ConnectError::Unavailable { address: address(), source: source(), elsewhere: None },
            ConnectError::Denied { address: address(), source: source() },
            ConnectError::Refused { address: address(), source: source() },
            ConnectError::File { path: path(), source: source() },
            ConnectError::Datagram { address: address(), source: source() },
            ConnectError::System { address: address(), source: source() },
        ]
    }

    /// What a client can meet, each at the step where it does.
    #[test]
    fn what_can_happen_has_a_remedy() {
        let [unavailable, denied, refused, file, datagram, system] = [0, 1, 2, 3, 4, 5];
        for (step, errno) in [
            (unavailable, Errno::CONNREFUSED),
            (unavailable, Errno::NOENT),
            (unavailable, Errno::AGAIN),
            (denied, Errno::ACCESS),
            (denied, Errno::PERM),
            (refused, Errno::ACCESS),
            (refused, Errno::AGAIN),
            (refused, Errno::NOSPC),
            (refused, Errno::NOMEM),
            (refused, Errno::MFILE),
            (refused, Errno::NOSYS),
            (refused, Errno::ROFS),
            (file, Errno::NOENT),
            (file, Errno::ACCESS),
            (file, Errno::PERM),
            (file, Errno::ROFS),
            (file, Errno::MFILE),
            (datagram, Errno::CONNREFUSED),
            (datagram, Errno::AFNOSUPPORT),
            (system, Errno::AFNOSUPPORT),
            (system, Errno::MFILE),
        ] {
            let error = errors(errno).into_iter().nth(step).unwrap();
            assert!(error.remedy().is_some(), "{error}");
            let text = error.to_string();
            assert!(text.contains("@cpg") || text.contains("/dev/shm/qb-1"), "{text}");
            assert!(text.contains(&io::Error::from(errno).to_string()), "{text}");
        }
    }

    #[test]
    fn a_user_that_is_not_mapped_is_not_to_be_accepted() {
        let remedy =
            |uid| ConnectError::Untrusted { address: "@cpg".into(), uid }.remedy().unwrap();
        assert!(remedy(1000).contains("accept its user"));
        assert!(remedy(OVERFLOW_UID).contains("Do not accept"));
        assert!(!remedy(OVERFLOW_UID).contains("accept its user"));
    }

    #[test]
    fn a_timeout_has_the_remedy_of_its_cause() {
        let timeout = |source: Option<ConnectError>| {
            let (address, within) = ("@cpg".to_owned(), std::time::Duration::from_secs(1));
            ConnectError::Timeout { address, within, source: source.map(Box::new) }
        };
        let starting = || errors(Errno::AGAIN).into_iter().nth(2);
        assert_eq!(timeout(starting()).remedy(), starting().unwrap().remedy());
        assert!(timeout(starting()).to_string().contains("Resource temporarily unavailable"));
        assert!(timeout(None).remedy().is_some());
    }
}
