use std::num::NonZeroU8;

use crate::fuzzing::Script;
use crate::votequorum::session::Window;
use crate::votequorum::{Request, ResponseId};

/// How many requests may be under way, said another way than the session does.
#[derive(Debug)]
pub(super) struct WindowModel {
    size: NonZeroU8,
    first: Option<NonZeroU8>,
    space: Option<u16>,
    /// Whether a reply has come.
    replied: bool,
}

impl WindowModel {
    pub(super) fn new(script: &mut Script<'_>) -> Self {
        Self {
            size: NonZeroU8::new(script.u8() % 16).unwrap_or(NonZeroU8::MIN),
            first: NonZeroU8::new(script.u8() % 8),
            space: Some(script.u16()).filter(|space| *space > 0),
            replied: false,
        }
    }

    pub(super) fn real(&self) -> Window {
        let mut window = Window::new(self.size);
        if let Some(first) = self.first {
            window = window.until_first_reply(first);
        }
        if let Some(space) = self.space {
            window = window.reply_space(space.into());
        }
        window
    }

    pub(super) fn reply_came(&mut self) {
        self.replied = true;
    }

    /// Whether `next` may go out while `owed` are not answered.
    pub(super) fn allows(&self, owed: &[&Request], next: &Request) -> bool {
        let mut most = usize::from(self.size.get());
        if let Some(first) = self.first.filter(|_| !self.replied) {
            most = most.min(first.get().into());
        }
        let all: usize = owed.iter().copied().chain([next]).map(reply_space).sum();
        let has_room = self.space.is_none_or(|space| all <= space.into());
        owed.is_empty() || (has_room && owed.len() < most)
    }
}

/// What the longest reply takes in a ring: its length, in words, and two more.
fn reply_space(request: &Request) -> usize {
    4 * (2 + match request.expects() {
        ResponseId::GetInfo => 80,
        ResponseId::QdeviceGetExtraInfo => 8 + 1024,
        _ => 6,
    })
}
