//! votequorum's messages, and the state they tell.

mod notifications;
mod requests;
mod responses;
mod state;

pub use notifications::NOTIFICATIONS;
pub use requests::REQUESTS;
pub use responses::RESPONSES;
pub use state::{STATE, operation};
