//! A model of [`Session`](quorate_codec::qb::session::Session): a made-up [`service`] that has
//! everything a libqb service can have, a [`daemon`] that serves it and breaks off at any moment,
//! and a [`world`] of callers and readers who check what they get.

mod check;
pub mod daemon;
pub mod operation;
mod reader;
pub mod service;
pub mod variant;
pub mod wire;
pub mod world;

use self::variant::{Group, Keyed, Plain, Stepped, Strict, Tracked};
use self::world::World;
use crate::{Input, Memory, Target};

/// Calls, readers, and whatever a daemon does or leaves undone. The first byte chooses the kind of
/// service; then each operation is a byte and its arguments.
pub const SESSION: Target = Target {
    name: "qb_session",
    check: |_| {},
    decode: run,
    memory: Memory { per_byte: 4096, beside: 256 * 1024 },
};

/// Runs the operations that `input` stands for; the first byte chooses the kind of service.
///
/// # Panics
///
/// If the session breaks one of its promises.
pub fn run(input: &[u8]) {
    let mut input = Input::new(input);
    match input.below(6) {
        0 => World::<Tracked>::new().run(input),
        1 => World::<Group>::new().run(input),
        2 => World::<Keyed>::new().run(input),
        3 => World::<Stepped>::new().run(input),
        4 => World::<Plain>::new().run(input),
        _ => World::<Strict>::new().run(input),
    }
}
