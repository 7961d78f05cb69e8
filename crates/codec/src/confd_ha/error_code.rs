use std::fmt;

use crate::wire_enum::wire_enum;

wire_enum! {
    /// `confd_errno`: why the daemon refused.
    ///
    /// A daemon may send any number; those without a name are kept.
    #[doc(alias = "confd_errno")]
    pub enum ErrorCode(i32) {
        /// The object, stream or item is not there.
        NoExists = 1 => "CONFD_ERR_NOEXISTS",
        /// It is there already.
        AlreadyExists = 2 => "CONFD_ERR_ALREADY_EXISTS",
        /// Refused by access rules.
        AccessDenied = 3 => "CONFD_ERR_ACCESS_DENIED",
        /// The object cannot be written.
        NotWritable = 4 => "CONFD_ERR_NOT_WRITABLE",
        /// A value is of the wrong type.
        BadType = 5 => "CONFD_ERR_BADTYPE",
        /// The object cannot be created.
        NotCreatable = 6 => "CONFD_ERR_NOTCREATABLE",
        /// The object cannot be deleted.
        NotDeletable = 7 => "CONFD_ERR_NOTDELETABLE",
        /// A path is malformed or unknown.
        BadPath = 8 => "CONFD_ERR_BADPATH",
        /// A pop without a push.
        NoStack = 9 => "CONFD_ERR_NOSTACK",
        /// A session holds a lock.
        Locked = 10 => "CONFD_ERR_LOCKED",
        /// Another session holds it.
        InUse = 11 => "CONFD_ERR_INUSE",
        /// A mandatory value is missing.
        NotSet = 12 => "CONFD_ERR_NOTSET",
        /// A uniqueness rule is broken.
        NonUnique = 13 => "CONFD_ERR_NON_UNIQUE",
        /// A reference leads nowhere.
        BadKeyRef = 14 => "CONFD_ERR_BAD_KEYREF",
        /// Fewer entries than the minimum.
        TooFewElems = 15 => "CONFD_ERR_TOO_FEW_ELEMS",
        /// More entries than the maximum.
        TooManyElems = 16 => "CONFD_ERR_TOO_MANY_ELEMS",
        /// Not allowed in this state. For HA: the daemon is still in start phase 0, or the order
        /// makes no sense now.
        BadState = 17 => "CONFD_ERR_BADSTATE",
        /// An internal error.
        Internal = 18 => "CONFD_ERR_INTERNAL",
        /// An error of user code.
        External = 19 => "CONFD_ERR_EXTERNAL",
        /// Out of memory.
        Malloc = 20 => "CONFD_ERR_MALLOC",
        /// The API was used wrongly.
        ProtoUsage = 21 => "CONFD_ERR_PROTOUSAGE",
        /// A session is needed first.
        NoSession = 22 => "CONFD_ERR_NOSESSION",
        /// Too many transactions.
        TooManyTrans = 23 => "CONFD_ERR_TOOMANYTRANS",
        /// A system call failed.
        Os = 24 => "CONFD_ERR_OS",
        /// Could not connect to the other HA node.
        HaConnect = 25 => "CONFD_ERR_HA_CONNECT",
        /// The other node closed the connection, or the primary did not answer a synchronisation
        /// in time.
        HaClosed = 26 => "CONFD_ERR_HA_CLOSED",
        /// The other node runs another set or version of data models.
        HaBadFxs = 27 => "CONFD_ERR_HA_BADFXS",
        /// The nodes' tokens differ.
        HaBadToken = 28 => "CONFD_ERR_HA_BADTOKEN",
        /// The other node's name is not the expected one.
        HaBadName = 29 => "CONFD_ERR_HA_BADNAME",
        /// The listening HA socket cannot be bound.
        HaBind = 30 => "CONFD_ERR_HA_BIND",
        /// No ticks came from the other node in time.
        HaNoTick = 31 => "CONFD_ERR_HA_NOTICK",
        /// Validation gave warnings.
        ValidationWarning = 32 => "CONFD_ERR_VALIDATION_WARNING",
        /// A subagent is not up.
        SubagentDown = 33 => "CONFD_ERR_SUBAGENT_DOWN",
        /// The C library is not initialised. Made by libconfd, never sent.
        LibNotInitialized = 34 => "CONFD_ERR_LIB_NOT_INITIALIZED",
        /// Too many sessions.
        TooManySessions = 35 => "CONFD_ERR_TOO_MANY_SESSIONS",
        /// The configuration is wrong.
        BadConfig = 36 => "CONFD_ERR_BAD_CONFIG",
        /// A data provider was denied a resource.
        ResourceDenied = 37 => "CONFD_ERR_RESOURCE_DENIED",
        /// A data provider met an inconsistent value.
        InconsistentValue = 38 => "CONFD_ERR_INCONSISTENT_VALUE",
        /// An internal error of a data provider.
        ApplicationInternal = 39 => "CONFD_ERR_APPLICATION_INTERNAL",
        /// A mandatory choice has no case.
        UnsetChoice = 40 => "CONFD_ERR_UNSET_CHOICE",
        /// A must rule is false.
        MustFailed = 41 => "CONFD_ERR_MUST_FAILED",
        /// A required instance is missing.
        MissingInstance = 42 => "CONFD_ERR_MISSING_INSTANCE",
        /// An instance does not match the filters.
        InvalidInstance = 43 => "CONFD_ERR_INVALID_INSTANCE",
        /// The function is not available.
        Unavailable = 44 => "CONFD_ERR_UNAVAILABLE",
        /// The connection is lost. Made by libconfd, never sent.
        Eof = 45 => "CONFD_ERR_EOF",
        /// The object cannot be moved.
        NotMovable = 46 => "CONFD_ERR_NOTMOVABLE",
        /// An HA role change during an upgrade of the data models, or an upgrade on an HA node.
        HaWithUpgrade = 47 => "CONFD_ERR_HA_WITH_UPGRADE",
        /// Timed out.
        Timeout = 48 => "CONFD_ERR_TIMEOUT",
        /// Aborted.
        Aborted = 49 => "CONFD_ERR_ABORTED",
        /// An XPath error.
        XPath = 50 => "CONFD_ERR_XPATH",
        /// The daemon does not know the operation.
        NotImplemented = 51 => "CONFD_ERR_NOT_IMPLEMENTED",
        /// The other node speaks an incompatible version of the HA protocol.
        HaBadVsn = 52 => "CONFD_ERR_HA_BADVSN",
        /// A configuration policy is false.
        PolicyFailed = 53 => "CONFD_ERR_POLICY_FAILED",
        /// A configuration policy cannot be compiled.
        PolicyCompilationFailed = 54 => "CONFD_ERR_POLICY_COMPILATION_FAILED",
        /// A configuration policy cannot be evaluated.
        PolicyEvaluationFailed = 55 => "CONFD_ERR_POLICY_EVALUATION_FAILED",
        /// NSO: a device refused the connection.
        ConnectionRefused = 56 => "NCS_ERR_CONNECTION_REFUSED",
        /// The daemon could not enter the next start phase.
        StartFailed = 57 => "CONFD_ERR_START_FAILED",
        /// A data provider's data is missing.
        DataMissing = 58 => "CONFD_ERR_DATA_MISSING",
        /// A CLI command failed.
        CliCmd = 59 => "CONFD_ERR_CLI_CMD",
        /// Not allowed during an upgrade.
        UpgradeInProgress = 60 => "CONFD_ERR_UPGRADE_IN_PROGRESS",
        /// There is no such transaction.
        NoTrans = 61 => "CONFD_ERR_NOTRANS",
        /// NSO: services conflict.
        ServiceConflict = 62 => "NCS_ERR_SERVICE_CONFLICT",
        /// NSO: a device did not answer in time.
        ConnectionTimeout = 63 => "NCS_ERR_CONNECTION_TIMEOUT",
        /// NSO: a device closed the connection.
        ConnectionClosed = 64 => "NCS_ERR_CONNECTION_CLOSED",
        /// NSO: a device reported an error.
        Device = 65 => "NCS_ERR_DEVICE",
        /// NSO: a template could not be applied.
        Template = 66 => "NCS_ERR_TEMPLATE",
        /// A path through a mount point is ambiguous.
        NoMountId = 67 => "CONFD_ERR_NO_MOUNT_ID",
        /// An instance went stale in an upgrade.
        StaleInstance = 68 => "CONFD_ERR_STALE_INSTANCE",
        /// The other node's configuration of what HA needs is unusable: its notification streams
        /// differ.
        HaBadConfig = 69 => "CONFD_ERR_HA_BADCONFIG",
        /// Transactions conflict.
        TransactionConflict = 70 => "CONFD_ERR_TRANSACTION_CONFLICT",
        /// A transaction was aborted by a change of role.
        HaAbort = 71 => "CONFD_ERR_HA_ABORT",
        /// A payload is wrong.
        BadPayload = 72 => "CONFD_ERR_BAD_PAYLOAD",
        /// What was to be committed is not what a dry run showed.
        ChecksumMismatch = 73 => "CONFD_ERR_CHECKSUM_MISMATCH",
    }
}

/// The C name with the number, or the number alone.
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.code()),
            None => write!(f, "confd_errno {}", self.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_run_from_1_to_73_without_a_gap() {
        let codes: Vec<i32> = ErrorCode::KNOWN.iter().map(|code| code.code()).collect();
        assert_eq!(codes, (1..=73).collect::<Vec<_>>());
    }

    #[test]
    fn names_and_unknown_numbers() {
        assert_eq!(ErrorCode::HaConnect.to_string(), "CONFD_ERR_HA_CONNECT (25)");
        assert_eq!(ErrorCode::from(56).name(), Some("NCS_ERR_CONNECTION_REFUSED"));
        for code in [0, -1, 74, i32::MAX, i32::MIN] {
            assert_eq!(ErrorCode::from(code).code(), code);
            assert_eq!(ErrorCode::from(code).to_string(), format!("confd_errno {code}"));
        }
    }
}
