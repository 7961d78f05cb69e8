//! Entry points for fuzzing the messages.

mod notifications;
mod requests;
mod responses;

pub use notifications::NOTIFICATIONS;
pub use requests::REQUESTS;
pub use responses::RESPONSES;
