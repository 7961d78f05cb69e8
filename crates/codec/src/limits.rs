//! Every bound the decoders enforce, with where it comes from and why it is what it is.

/// Largest ring this library maps, in bytes.
///
/// corosync grants any message size a client asks for and sizes the rings by it; the largest a
/// client of this library asks for is [`MAX_MSG_SIZE`]. A ring beyond this did not come from such a
/// request, and mapping it would let the peer choose how much address space goes.
pub const MAX_RING_BYTES: u32 = 16 * 1024 * 1024;

/// Smallest ring, in 4-byte words.
///
/// libqb rounds a ring up to whole pages (`lib/ringbuffer.c`), and no page is smaller than 4 KiB.
pub const MIN_RING_WORDS: u32 = 1024;

/// Largest message a libqb connection of this library carries, in bytes.
///
/// Eight times libvotequorum's request of 1 MiB; the service's largest message is under 4.2 KiB.
pub const MAX_MSG_SIZE: u32 = 8 * 1024 * 1024;

/// Smallest message size to ask a server for, in bytes: the length of the handshake response.
///
/// A libqb server receives with a buffer of the size the client asked for; below this it cuts its
/// own handshake short on the socket transport.
pub const MIN_MSG_SIZE: u32 = 12328;

/// Room for one path in the handshake response, including its terminating NUL: `PATH_MAX`.
pub const PATH_LEN: usize = 4096;

/// Longest libqb service name, in bytes: `NAME_MAX - 20`, the limit of libqb's shared-memory
/// connect (`lib/ipc_shm.c`).
pub const MAX_SERVICE_NAME: usize = 235;

/// Longest service name with a socket in the abstract namespace, in bytes: libqb formats it into
/// 107 bytes with a NUL and would cut a longer one.
pub const MAX_ABSTRACT_NAME: usize = 106;

/// Room for a quorum device name, including its terminating NUL:
/// `VOTEQUORUM_QDEVICE_MAX_NAME_LEN`.
pub const QDEVICE_NAME_LEN: usize = 255;

/// Longest quorum device name, in bytes.
pub const MAX_QDEVICE_NAME: usize = QDEVICE_NAME_LEN - 1;

/// Largest extra information of a quorum device, in bytes:
/// `VOTEQUORUM_QDEVICE_EXTRA_NODEINFO_MAXSIZE`.
pub const MAX_EXTRA_INFO: usize = 4096;

/// Most nodes one notification lists.
///
/// corosync's `PROCESSOR_COUNT_MAX` is 384 and a quorum notification adds the quorum device; the
/// daemon reserves two places beyond the processors.
pub const MAX_NODES: usize = 386;

/// Largest ConfD frame, in bytes after the length prefix: 1 MiB.
///
/// The protocol sets no bound. A status of 255 nodes with long names stays under 256 KiB, so four
/// times that leaves room; the prefix alone must never decide how much memory a peer can claim.
pub const MAX_FRAME: usize = 1024 * 1024;

/// Deepest nesting of tuples and lists in one Erlang term.
///
/// HA terms need 5 to 6 levels. A decoder without a bound can be made to run out of stack.
pub const MAX_TERM_DEPTH: usize = 16;

/// Longest Erlang atom, in characters: the limit of the Erlang runtime itself.
pub const MAX_ATOM_CHARS: usize = 255;

/// Most bytes of an access-check secret file that are looked at: what libconfd reads of it.
pub const MAX_SECRET_FILE: usize = 1023;

/// Most bytes of an access-check secret that count: what libconfd puts into the digest.
pub const MAX_SECRET: usize = 1007;
