//! The server's side: how to make a libqb service that libqb's own clients can use.
//!
//! ```no_run
//! use qbipc::server::{Incoming, ListenOptions};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let mut listener = ListenOptions::new("echo").listen()?;
//! loop {
//!     let incoming = listener.accept().await?;
//!     tokio::spawn(serve(incoming));
//! }
//! # }
//!
//! async fn serve(incoming: Incoming) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//!     const EACCES: i32 = 13;
//!     if incoming.peer().uid() != 0 {
//!         return Ok(incoming.refuse(EACCES).await?);
//!     }
//!     let mut connection = incoming.accept().await?;
//!     let mut request = Vec::new();
//!     loop {
//!         connection.recv(&mut request).await?;
//!         connection.respond(&make_response(&request))?;
//!     }
//! }
//! # fn make_response(_: &[u8]) -> Vec<u8> { Vec::new() }
//! ```
//!
//! A client that connects and never sends anything blocks no other client. Events for a client that
//! stops reading are queued, up to [a limit](ListenOptions::max_queued_bytes), and block no other
//! client either.
//!
//! But an accepted client can end the whole server, by truncating the connection's files: see
//! [SECURITY.md]. The same holds for libqb's servers. So look at [`Incoming::peer`] first.
//!
//! [SECURITY.md]: https://github.com/quorate/quorate/blob/HEAD/SECURITY.md

mod connection;
mod event_queue;
mod files;
mod incoming;
mod listener;
mod shm;
mod socket;
mod unmapped;

pub use connection::{FlowControl, ServerConnection};
pub use incoming::Incoming;
pub use listener::{ListenOptions, Listener};
pub use unmapped::{LeftBehind, Unmapped};
