//! What the first byte of an operation says, modulo their number.

/// A call: its kind, and the milliseconds until its deadline, or 0 for none.
pub const CALL: u8 = 0;
/// A track: how, and a deadline.
pub const TRACK: u8 = 1;
/// A track is ended: which, counted back from the last.
pub const UNTRACK: u8 = 2;
/// The same, with somebody waiting: which, and a deadline.
pub const UNTRACK_CALL: u8 = 3;
/// A call is given up: which, counted back from the last.
pub const ABANDON: u8 = 4;
/// An outcome is asked for: of which call.
pub const TAKE: u8 = 5;
/// A request goes out, if one may.
pub const TRANSMIT: u8 = 6;
/// All requests go out that may.
pub const TRANSMIT_ALL: u8 = 7;
/// The daemon takes a request.
pub const DAEMON_ONE: u8 = 8;
/// The daemon takes all requests.
pub const DAEMON_ALL: u8 = 9;
/// A response arrives.
pub const RESPONSE: u8 = 10;
/// A notification arrives.
pub const EVENT: u8 = 11;
/// Everything arrives, and the daemon takes this many requests meanwhile.
pub const PUMP: u8 = 12;
/// A registration has gone round the cluster.
pub const REGISTERED: u8 = 13;
/// The membership changes.
pub const CHANGE: u8 = 14;
/// Milliseconds pass.
pub const ADVANCE: u8 = 15;
/// A response arrives that answers nothing, of a kind.
pub const WRONG_RESPONSE: u8 = 16;
/// An event arrives that belongs nowhere, of a kind.
pub const WRONG_EVENT: u8 = 17;
/// The connection is over.
pub const CLOSE: u8 = 18;
/// There is another connection: its window.
pub const REOPEN: u8 = 19;
/// How many there are.
pub const COUNT: u8 = 20;
