use std::future::poll_fn;

use loom::thread::{self, JoinHandle};
use quorate_codec::qb::CsError;
use quorate_models::session::service::id;

use crate::script::{Port, Wire};
use crate::world::block_on;

/// A daemon that is a thread of the model.
pub(crate) struct Daemon {
    pub(crate) port: Port,
    thread: JoinHandle<()>,
}

impl Daemon {
    /// One that answers so many requests, tells a reader of an event after that, and goes away.
    pub(crate) fn that_goes_away(answers: usize) -> Self {
        Self::start(move |wire| {
            if let Some(instance) = answer(wire, answers) {
                wire.tell(instance, 43);
            }
            wire.end();
        })
    }

    /// One that stays until the client goes: what wakes no task when it should is not made good by the
    /// daemon's end.
    pub(crate) fn that_stays() -> Self {
        Self::start(|wire| {
            answer(wire, usize::MAX);
        })
    }

    /// As [`that_stays`](Self::that_stays), for two requests; it answers when it has both.
    pub(crate) fn that_waits_for_two() -> Self {
        Self::start(|wire| {
            block_on(async {
                let next = async || poll_fn(|cx| wire.poll_request(cx)).await.unwrap();
                for (id, [number, _]) in [next().await, next().await] {
                    wire.reply(id, CsError::Ok, number);
                }
                assert!(poll_fn(|cx| wire.poll_request(cx)).await.is_none());
            });
        })
    }

    fn start(serve: impl FnOnce(&Wire) + Send + 'static) -> Self {
        let wire = Wire::idle();
        let port = Port::accepting(&wire);
        let thread = thread::spawn(move || serve(&wire));
        Self { port, thread }
    }

    pub(crate) fn join(self) {
        self.thread.join().expect("it does not panic");
    }
}

/// Returns the instance of the subscription that was started last.
fn answer(wire: &Wire, answers: usize) -> Option<u64> {
    block_on(async {
        let mut instance = None;
        for _ in 0..answers {
            let (id, [number, _]) = poll_fn(|cx| wire.poll_request(cx)).await?;
            if id == id::TRACK {
                instance = Some(number);
            }
            wire.reply(id, CsError::Ok, number);
        }
        instance
    })
}
