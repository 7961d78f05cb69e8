use std::collections::VecDeque;

/// Memory an event takes beside its bytes.
const OVERHEAD: usize = size_of::<Vec<u8>>();

/// Events for which the channel had no room, in order.
#[derive(Debug)]
pub(super) struct EventQueue {
    events: VecDeque<Vec<u8>>,
    bytes: usize,
    max_bytes: usize,
}

impl EventQueue {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { events: VecDeque::new(), bytes: 0, max_bytes }
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Adds an event, unless it would exceed the limit; returns whether it did not.
    pub(super) fn push(&mut self, message: &[u8]) -> bool {
        let bytes = self.bytes.saturating_add(message.len()).saturating_add(OVERHEAD);
        if bytes > self.max_bytes {
            return false;
        }
        self.events.push_back(message.to_vec());
        self.bytes = bytes;
        true
    }

    pub(super) fn front(&self) -> Option<&[u8]> {
        self.events.front().map(Vec::as_slice)
    }

    pub(super) fn pop(&mut self) {
        if let Some(event) = self.events.pop_front() {
            self.bytes -= event.len() + OVERHEAD;
        }
        if self.events.is_empty() {
            // A client that read nothing for a while is to cost nothing any more.
            self.events = VecDeque::new();
        }
    }
}
