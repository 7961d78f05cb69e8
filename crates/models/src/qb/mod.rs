//! libqb's setup messages, and a model of its rings.

pub mod ring;
mod setup;

pub use ring::RING;
pub use setup::SETUP;
