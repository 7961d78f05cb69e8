use std::fmt::Write;

/// Which transport a daemon offers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum QbIpcType {
    Shm,
    Socket,
}

/// What goes into `corosync.conf`.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) qb_ipc_type: QbIpcType,
    /// The address of each node; node ids count from 1.
    pub(crate) addresses: Vec<String>,
    /// Lines of the `quorum` section.
    pub(crate) quorum: Vec<String>,
    /// Whether the quorum device has a vote.
    pub(crate) has_qdevice: bool,
    /// Further sections.
    pub(crate) extra: String,
    /// Listens in the filesystem, in a `/tmp` of its own.
    pub(crate) filesystem_sockets: bool,
}

impl Config {
    pub(crate) fn single(qb_ipc_type: QbIpcType) -> Self {
        Self {
            qb_ipc_type,
            addresses: vec!["127.0.0.1".into()],
            quorum: Vec::new(),
            has_qdevice: false,
            extra: String::new(),
            filesystem_sockets: false,
        }
    }

    /// A quorum device with one vote.
    pub(crate) fn qdevice(mut self, timeout_ms: u32, sync_timeout_ms: u32) -> Self {
        self.has_qdevice = true;
        self.quorum.push(format!(
            "device {{\n    model: net\n    votes: 1\n    timeout: {timeout_ms}\n    \
             sync_timeout: {sync_timeout_ms}\n  }}"
        ));
        self
    }

    /// The text of the file.
    pub(crate) fn text(&self, state_dir: &str, log_file: &str) -> String {
        let mut nodes = String::new();
        for (index, address) in self.addresses.iter().enumerate() {
            let id = index + 1;
            let _ = write!(
                nodes,
                "  node {{\n    ring0_addr: {address}\n    nodeid: {id}\n    name: n{id}\n  }}\n"
            );
        }
        let qb_ipc_type = match self.qb_ipc_type {
            QbIpcType::Shm => "shm",
            QbIpcType::Socket => "socket",
        };
        let quorum: String = self.quorum.iter().map(|line| format!("  {line}\n")).collect();
        format!(
            "totem {{\n  version: 2\n  cluster_name: test\n  transport: knet\n  \
             crypto_cipher: none\n  crypto_hash: none\n  token: 1000\n}}\n\
             nodelist {{\n{nodes}}}\n\
             quorum {{\n  provider: corosync_votequorum\n{quorum}}}\n\
             system {{\n  state_dir: {state_dir}\n  qb_ipc_type: {qb_ipc_type}\n}}\n\
             logging {{\n  to_stderr: no\n  to_syslog: no\n  to_logfile: yes\n  \
             logfile: {log_file}\n}}\n{extra}",
            extra = self.extra,
        )
    }
}
