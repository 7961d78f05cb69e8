//! Whatever becomes of a client, the daemon serves the others.
//!
//! A daemon that waits for a client serves nobody meanwhile. So another client, which has nothing
//! to do with the first, asks all the time and has to be answered within half a second. What counts of
//! that is the time the daemon was blocked or busy; the time in which it was ready to run and other
//! processes had the processors, which is the machine's and says nothing of it, is taken off.

mod dropped;
mod killed;
mod random;
mod unanswered;
mod watcher;

use crate::support::on_live_daemons;

on_live_daemons!(
    calls_dropped_and_aborted,
    processes_killed,
    gone_before_its_first_answer,
    gone_before_its_first_event,
    runtime_gone_before_its_first_answer,
);

mod cases {
    pub(super) use super::dropped::calls_dropped_and_aborted;
    pub(super) use super::killed::processes_killed;
    pub(super) use super::unanswered::{
        gone_before_its_first_answer, gone_before_its_first_event,
        runtime_gone_before_its_first_answer,
    };
}
