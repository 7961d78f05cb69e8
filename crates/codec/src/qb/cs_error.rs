use std::fmt;

use crate::wire_enum::wire_enum;

wire_enum! {
    /// `cs_error_t`: what a corosync service answers.
    ///
    /// The number travels in the `error` field of every response. Success is **1**, not 0.
    pub enum CsError(i32) {
        /// Success.
        Ok = 1 => "CS_OK",
        /// The library or the connection failed.
        Library = 2 => "CS_ERR_LIBRARY",
        /// Versions do not match.
        Version = 3 => "CS_ERR_VERSION",
        /// The service is not initialised.
        Init = 4 => "CS_ERR_INIT",
        /// Timed out.
        Timeout = 5 => "CS_ERR_TIMEOUT",
        /// The service cannot answer now; ask again later.
        TryAgain = 6 => "CS_ERR_TRY_AGAIN",
        /// A parameter is not valid, or the request is not known to this daemon.
        InvalidParam = 7 => "CS_ERR_INVALID_PARAM",
        /// Out of memory.
        NoMemory = 8 => "CS_ERR_NO_MEMORY",
        /// The handle is not valid.
        BadHandle = 9 => "CS_ERR_BAD_HANDLE",
        /// Busy.
        Busy = 10 => "CS_ERR_BUSY",
        /// Access denied.
        Access = 11 => "CS_ERR_ACCESS",
        /// There is no such thing.
        NotExist = 12 => "CS_ERR_NOT_EXIST",
        /// A name is too long.
        NameTooLong = 13 => "CS_ERR_NAME_TOO_LONG",
        /// It is there already.
        Exist = 14 => "CS_ERR_EXIST",
        /// Out of space.
        NoSpace = 15 => "CS_ERR_NO_SPACE",
        /// Interrupted.
        Interrupt = 16 => "CS_ERR_INTERRUPT",
        /// No such name, or no such node.
        NameNotFound = 17 => "CS_ERR_NAME_NOT_FOUND",
        /// A resource ran out; the message could not be sent to the cluster.
        NoResources = 18 => "CS_ERR_NO_RESOURCES",
        /// Not supported.
        NotSupported = 19 => "CS_ERR_NOT_SUPPORTED",
        /// The operation makes no sense here.
        BadOperation = 20 => "CS_ERR_BAD_OPERATION",
        /// The operation failed.
        FailedOperation = 21 => "CS_ERR_FAILED_OPERATION",
        /// The message is wrong; for a quorum device poll: the ring id is not the current one.
        MessageError = 22 => "CS_ERR_MESSAGE_ERROR",
        /// A queue is full.
        QueueFull = 23 => "CS_ERR_QUEUE_FULL",
        /// A queue is not available.
        QueueNotAvailable = 24 => "CS_ERR_QUEUE_NOT_AVAILABLE",
        /// Flags are not valid.
        BadFlags = 25 => "CS_ERR_BAD_FLAGS",
        /// Too big.
        TooBig = 26 => "CS_ERR_TOO_BIG",
        /// No more sections.
        NoSections = 27 => "CS_ERR_NO_SECTIONS",
        /// No such context.
        ContextNotFound = 28 => "CS_ERR_CONTEXT_NOT_FOUND",
        /// Too many groups.
        TooManyGroups = 30 => "CS_ERR_TOO_MANY_GROUPS",
        /// Security.
        Security = 100 => "CS_ERR_SECURITY",
    }
}

impl CsError {
    /// Splits success from everything else.
    ///
    /// # Errors
    ///
    /// The error itself, if it is not [`CsError::Ok`].
    pub fn into_result(self) -> Result<(), Self> {
        match self {
            Self::Ok => Ok(()),
            error => Err(error),
        }
    }
}

/// The C name with the number, or the number alone.
impl fmt::Display for CsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.code()),
            None => write!(f, "cs_error {}", self.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_one() {
        assert_eq!(CsError::from(1).into_result(), Ok(()));
        assert_eq!(CsError::from(0).into_result(), Err(CsError::Unknown(0)));
    }

    #[test]
    fn the_gap_at_29_is_unknown_and_kept() {
        assert_eq!(CsError::from(29), CsError::Unknown(29));
        assert_eq!(CsError::from(30), CsError::TooManyGroups);
        assert_eq!(CsError::from(-5).code(), -5);
        assert_eq!(CsError::from(29).to_string(), "cs_error 29");
        assert_eq!(CsError::Exist.to_string(), "CS_ERR_EXIST (14)");
    }
}
