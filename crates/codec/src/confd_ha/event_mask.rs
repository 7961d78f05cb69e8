bitflags::bitflags! {
    /// Which notifications a subscription asks for (`enum confd_notification_type`).
    ///
    /// Bits without a name are kept. Beware of those that make the daemon wait for an answer:
    /// `COMMIT_DIFF`, `AUDIT_SYNC`, `AUDIT_NETWORK_SYNC` and `HA_INFO_SYNC`.
    #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
    pub struct EventMask: u32 {
        /// Audit log entries.
        const AUDIT = 1 << 0;
        /// Daemon log entries. Formerly `SYSLOG`.
        const DAEMON = 1 << 1;
        /// Entries are not written to syslog any more.
        const TAKEOVER_SYSLOG = 1 << 2;
        /// Commits.
        const COMMIT_SIMPLE = 1 << 3;
        /// Commits, each blocked until it is answered.
        const COMMIT_DIFF = 1 << 4;
        /// User sessions.
        const USER_SESSION = 1 << 5;
        /// What happens to the HA roles.
        #[doc(alias = "CONFD_NOTIF_HA_INFO")]
        const HA_INFO = 1 << 6;
        /// Subagents.
        const SUBAGENT_INFO = 1 << 7;
        /// Failed commits.
        const COMMIT_FAILED = 1 << 8;
        /// SNMP.
        const SNMPA = 1 << 9;
        /// Forwarding.
        const FORWARD_INFO = 1 << 10;
        /// NETCONF log entries.
        const NETCONF = 1 << 11;
        /// Developer log entries.
        const DEVEL = 1 << 12;
        /// A sign of life at the interval asked for.
        #[doc(alias = "CONFD_NOTIF_HEARTBEAT")]
        const HEARTBEAT = 1 << 13;
        /// Confirmed commits.
        const CONFIRMED_COMMIT = 1 << 14;
        /// Upgrades.
        const UPGRADE_EVENT = 1 << 15;
        /// Progress of commits.
        const COMMIT_PROGRESS = 1 << 16;
        /// Audit entries are blocked until they are answered.
        const AUDIT_SYNC = 1 << 17;
        /// A sign of life of all subsystems, at the interval asked for or later.
        #[doc(alias = "CONFD_NOTIF_HEALTH_CHECK")]
        const HEALTH_CHECK = 1 << 18;
        /// A notification stream.
        const STREAM_EVENT = 1 << 19;
        /// HA is blocked after each `HA_INFO` until it is answered.
        #[doc(alias = "CONFD_NOTIF_HA_INFO_SYNC")]
        const HA_INFO_SYNC = 1 << 20;
        /// NSO: packages were reloaded.
        const PACKAGE_RELOAD = 1 << 21;
        /// NSO: progress of the commit queue.
        const CQ_PROGRESS = 1 << 22;
        /// Logs are to be reopened.
        const REOPEN_LOGS = 1 << 23;
        /// Progress.
        const PROGRESS = 1 << 24;
        /// NSO: call home.
        const CALL_HOME_INFO = 1 << 25;
        /// JSON-RPC log entries.
        const JSONRPC = 1 << 26;
        /// Web UI log entries.
        const WEBUI = 1 << 27;
        /// NSO: audit entries of the network.
        const AUDIT_NETWORK = 1 << 28;
        /// NSO: those are blocked until they are answered.
        const AUDIT_NETWORK_SYNC = 1 << 29;
        /// The database was compacted.
        const COMPACTION = 1 << 30;
        /// The daemon is about to stop.
        const SYSTEM_GOING_DOWN = 1 << 31;
    }
}

impl EventMask {
    /// The mask as it stands on the wire. One with bit 31 comes as a negative number from those who
    /// keep it in a C `int`, as libconfd does.
    pub(super) fn from_wire(mask: i64) -> Option<Self> {
        let bits = u32::try_from(mask)
            .or_else(|_| i32::try_from(mask).map(|mask| u32::from_ne_bytes(mask.to_ne_bytes())));
        bits.ok().map(Self::from_bits_retain)
    }
}
