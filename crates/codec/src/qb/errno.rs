//! How libqb's negative `errno` numbers relate to corosync's errors.

use super::CsError;

/// `errno` numbers of Linux that libqb puts into a handshake response.
///
/// They are spelled out because this crate is free of platform dependencies; the numbers are part
/// of the wire format of a local protocol.
mod linux {
    pub(super) const ENOENT: i32 = 2;
    pub(super) const EINTR: i32 = 4;
    pub(super) const E2BIG: i32 = 7;
    pub(super) const EBADF: i32 = 9;
    pub(super) const EAGAIN: i32 = 11;
    pub(super) const ENOMEM: i32 = 12;
    pub(super) const EACCES: i32 = 13;
    pub(super) const EBUSY: i32 = 16;
    pub(super) const EEXIST: i32 = 17;
    pub(super) const ENODEV: i32 = 19;
    pub(super) const EINVAL: i32 = 22;
    pub(super) const ENOSPC: i32 = 28;
    pub(super) const ENOSYS: i32 = 38;
    pub(super) const ENOMSG: i32 = 42;
    pub(super) const EBADE: i32 = 52;
    pub(super) const ETIME: i32 = 62;
    pub(super) const EBADMSG: i32 = 74;
    pub(super) const EOVERFLOW: i32 = 75;
    pub(super) const EMSGSIZE: i32 = 90;
    pub(super) const ENOTSUP: i32 = 95;
    pub(super) const ENOBUFS: i32 = 105;
    pub(super) const ETIMEDOUT: i32 = 110;
}

/// The error corosync's C library returns for a (positive) `errno`.
///
/// Several distinct failures become [`CsError::Library`]; keep the `errno` beside it.
pub fn to_cs_error(errno: i32) -> CsError {
    match errno {
        linux::EBADF => CsError::BadHandle,
        linux::ENOMEM => CsError::NoMemory,
        linux::ENOMSG | linux::ENOBUFS | linux::ETIMEDOUT | linux::EAGAIN => CsError::TryAgain,
        linux::EBADE => CsError::FailedOperation,
        linux::ETIME => CsError::Timeout,
        linux::EINVAL => CsError::InvalidParam,
        linux::EBUSY => CsError::Busy,
        linux::EACCES => CsError::Access,
        linux::EOVERFLOW => CsError::NameTooLong,
        linux::EEXIST => CsError::Exist,
        linux::ENOSPC => CsError::NoSpace,
        linux::EINTR => CsError::Interrupt,
        linux::ENOENT | linux::ENODEV => CsError::NotExist,
        linux::ENOSYS | linux::ENOTSUP => CsError::NotSupported,
        linux::EBADMSG => CsError::MessageError,
        linux::EMSGSIZE | linux::E2BIG => CsError::TooBig,
        _ => CsError::Library,
    }
}

/// Whether a refused handshake may succeed later: the daemon is starting or stopping (`EAGAIN`).
pub fn is_starting(errno: i32) -> bool {
    errno == linux::EAGAIN
}

/// Whether a handshake was refused for who the caller is (`EACCES`).
pub fn is_access(errno: i32) -> bool {
    errno == linux::EACCES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_a_connecting_client_meets() {
        assert_eq!(to_cs_error(11), CsError::TryAgain);
        assert_eq!(to_cs_error(13), CsError::Access);
        assert_eq!(to_cs_error(38), CsError::NotSupported);
        assert_eq!(to_cs_error(24), CsError::Library);
        assert_eq!(to_cs_error(111), CsError::Library);
    }
}
