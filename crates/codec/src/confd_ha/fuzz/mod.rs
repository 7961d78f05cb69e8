//! Entry points for fuzzing frames, and the messages in them.

mod frames;
mod messages;

pub use frames::FRAMES;
pub use messages::MESSAGES;
