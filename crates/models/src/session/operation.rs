//! What the first byte of an operation says, modulo their number. Some have several numbers, so that
//! they are as frequent as they are interesting; the constant is the last of them.

/// A call: its kind and what that takes, its deadline, and whether it belongs to this connection.
pub const CALL: u8 = 2;
/// A caller gives up: which.
pub const ABANDON: u8 = 3;
/// A reader subscribes: to what, from when on, how many items it can keep, until when it waits.
pub const SUBSCRIBE: u8 = 5;
/// A reader goes: which, and how.
pub const UNSUBSCRIBE: u8 = 6;
/// A reader takes its items: which.
pub const TAKE_ITEMS: u8 = 8;
/// Requests go out: how many.
pub const TRANSMIT: u8 = 10;
/// The daemon answers requests: in what mood, and how many.
pub const SERVE: u8 = 13;
/// The responses arrive, and events: how many.
pub const TAKE_IN: u8 = 15;
/// The daemon's state changes: how many times.
pub const CHANGE: u8 = 17;
/// Time passes: how many milliseconds.
pub const PASS: u8 = 18;
/// The connection is lost, if the next byte leaves 3 when divided by 4.
pub const LOSE: u8 = 19;
/// There is a connection. If there is one already, the daemon sends the answers that are late.
pub const CONNECT: u8 = 20;
/// The daemon asks for flow control, or no longer.
pub const STOP: u8 = 21;
/// Keep-alives: how long a silence may be, and whether.
pub const KEEP_ALIVE: u8 = 22;
/// All requests go out, the daemon answers as in [`SERVE`], and everything arrives.
pub const PUMP: u8 = 23;
/// How many there are.
pub const COUNT: u8 = 24;
