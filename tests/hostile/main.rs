//! Peers that do everything wrong, in every state a connection can be in.
//!
//! Descriptors are counted, which are the process's: these tests run one at a time.

mod coming_back;
mod confd;
mod connecting;
mod leaks;
mod lost_tracks;
mod mortal;
#[path = "../common/sleeper.rs"]
mod sleeper;
mod spinning;
mod truncated;
mod votequorum;
