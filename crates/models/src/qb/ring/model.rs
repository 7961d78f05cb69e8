use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use quorate_codec::qb::ring::RingSize;

use qbipc::ring::{HeapRing, PushError, RingError, RingMemory, RingReader, RingWriter};

const COMMITTED: u32 = 0xA1A1_A1A1;
const DEAD: u32 = 0xD0D0_D0D0;

/// What both sides have to do, said another way than they do it: numbers are wide enough not to
/// overflow, words are copied one by one.
pub(super) struct Model<'a> {
    ring: &'a HeapRing,
    words: u64,
    max_len: u64,
    /// Where the reader is, which it alone knows.
    read: u64,
    /// The tokens it has taken and not used.
    tokens: u64,
    /// Where the writer is, which it alone knows.
    write: u64,
    staged: VecDeque<Vec<u8>>,
    visible: VecDeque<Vec<u8>>,
    /// Whether the memory is what the two sides have made it.
    expected: Memory,
    honest: bool,
}

/// Everything in a ring.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Memory {
    write_pt: u32,
    read_pt: u32,
    semaphore: u64,
    data: Vec<u32>,
}

impl Memory {
    fn of(ring: &HeapRing) -> Self {
        Self {
            write_pt: ring.write_pt().load(Ordering::Relaxed),
            read_pt: ring.read_pt().load(Ordering::Relaxed),
            semaphore: ring.semaphore().load(Ordering::Relaxed),
            data: ring.data().iter().map(|word| word.load(Ordering::Relaxed)).collect(),
        }
    }

    fn tokens(&self) -> u64 {
        self.semaphore & 0xffff_ffff
    }

    fn word(&self, at: u64) -> u32 {
        let words = self.data.len() as u64;
        let at = usize::try_from(at % words).unwrap_or(usize::MAX);
        self.data.get(at).copied().unwrap_or(0)
    }

    fn set(&mut self, at: u64, value: u32) {
        let words = self.data.len() as u64;
        let at = usize::try_from(at % words).unwrap_or(usize::MAX);
        if let Some(word) = self.data.get_mut(at) {
            *word = value;
        }
    }
}

impl<'a> Model<'a> {
    pub(super) fn new(ring: &'a HeapRing, size: RingSize, max_len: u32) -> Self {
        let words = u64::from(size.words());
        Self {
            ring,
            words,
            max_len: (4 * words - 12).min(max_len.into()),
            read: 0,
            tokens: 0,
            write: 0,
            staged: VecDeque::new(),
            visible: VecDeque::new(),
            expected: Memory::of(ring),
            honest: true,
        }
    }

    pub(super) fn reader_at(&self) -> usize {
        usize::try_from(self.read).unwrap_or(usize::MAX)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.tokens > 0 || Memory::of(self.ring).tokens() > 0
    }

    pub(super) fn staged(&self) -> u32 {
        u32::try_from(self.staged.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn stage(&mut self, writer: &mut RingWriter<&HeapRing>, message: Vec<u8>) {
        let mut memory = self.look();
        // In two parts, split anywhere.
        let at = message.first().map_or(0, |&byte| usize::from(byte) % (message.len() + 1));
        let (head, body) = message.split_at(at);
        let got = writer.stage_parts(head, body);
        let expected = self.may_stage(&memory, message.len() as u64);
        if self.honest {
            assert!(!matches!(expected, Err(PushError::Ring(_))), "an honest ring is broken");
        }
        assert_eq!(got, expected);
        if got.is_ok() {
            let mut at = self.write;
            memory.set(at, u32::try_from(message.len()).unwrap_or(u32::MAX));
            memory.set(at + 1, COMMITTED);
            at += 2;
            for bytes in message.chunks(4) {
                let mut word = [0; 4];
                word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                memory.set(at, u32::from_ne_bytes(word));
                at += 1;
            }
            self.write = at % self.words;
            memory.write_pt = u32::try_from(self.write).unwrap_or(u32::MAX);
            self.staged.push_back(message);
        }
        self.expect(memory);
    }

    /// Whether there is room: for the message, its header, and one word more.
    fn may_stage(&self, memory: &Memory, len: u64) -> Result<(), PushError> {
        if len > self.max_len {
            let most = u32::try_from(self.max_len).unwrap_or(u32::MAX);
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            return Err(PushError::TooLong { len, most });
        }
        let read = self.pointer("read_pt", memory.read_pt)?;
        let tokens = memory.tokens() + self.staged.len() as u64;
        let free = match (self.words + read - self.write) % self.words {
            0 if tokens > 0 => 0,
            0 => self.words,
            distance => distance - 1,
        };
        if 4 * free < len + 12 { Err(PushError::Full) } else { Ok(()) }
    }

    pub(super) fn commit(&mut self, writer: &mut RingWriter<&HeapRing>) {
        let mut memory = self.look();
        assert_eq!(writer.commit(), self.staged());
        memory.semaphore = memory.semaphore.wrapping_add(self.staged.len() as u64);
        self.visible.append(&mut self.staged);
        self.expect(memory);
    }

    pub(super) fn pop(&mut self, reader: &mut RingReader<&HeapRing>) {
        let mut memory = self.look();
        let mut out = vec![0xee; 3];
        let got = reader.pop(&mut out);
        if self.tokens == 0 {
            self.tokens = memory.tokens();
            memory.semaphore -= self.tokens;
        }
        if self.tokens == 0 {
            assert_eq!(got, Ok(false));
            assert_eq!(out, [0xee; 3]);
            assert!(!self.honest || self.visible.is_empty(), "a message is lost");
            return self.expect(memory);
        }
        let expected = self.next_message(&memory);
        assert_eq!(got, expected.as_ref().map(|_| true).map_err(Clone::clone));
        let Ok(message) = expected else {
            assert!(!self.honest, "an honest ring is broken");
            return self.expect(memory);
        };
        assert_eq!(out, message);
        if self.honest {
            assert_eq!(self.visible.pop_front(), Some(message), "another message comes out");
        }
        memory.set(self.read, 0);
        memory.set(self.read + 1, DEAD);
        self.read = (self.read + 2 + (out.len() as u64).div_ceil(4)) % self.words;
        memory.read_pt = u32::try_from(self.read).unwrap_or(u32::MAX);
        self.tokens -= 1;
        self.expect(memory);
    }

    /// The message at the reader's place, if one can be there.
    fn next_message(&self, memory: &Memory) -> Result<Vec<u8>, RingError> {
        let word = u32::try_from(self.read).unwrap_or(u32::MAX);
        let found = memory.word(self.read + 1);
        if found != COMMITTED {
            return Err(RingError::Magic { word, found });
        }
        let write = self.pointer("write_pt", memory.write_pt)?;
        let written = (self.words + write - self.read) % self.words;
        let most = self.max_len.min(4 * written.saturating_sub(2));
        let found = memory.word(self.read);
        if u64::from(found) > most {
            let most = u32::try_from(most).unwrap_or(u32::MAX);
            return Err(RingError::Length { word, found, most });
        }
        let byte = |index: u64| {
            let bytes = memory.word(self.read + 2 + index / 4).to_ne_bytes();
            bytes.into_iter().nth(usize::try_from(index % 4).unwrap_or(0)).unwrap_or(0)
        };
        Ok((0..found.into()).map(byte).collect())
    }

    fn pointer(&self, pointer: &'static str, found: u32) -> Result<u64, RingError> {
        if u64::from(found) < self.words {
            return Ok(found.into());
        }
        let words = u32::try_from(self.words).unwrap_or(u32::MAX);
        Err(RingError::Pointer { pointer, found, words })
    }

    /// The memory as it is before an operation; whether somebody else wrote shows here.
    fn look(&mut self) -> Memory {
        let memory = Memory::of(self.ring);
        self.honest &= memory == self.expected;
        memory
    }

    /// The memory after an operation.
    fn expect(&mut self, memory: Memory) {
        assert_eq!(Memory::of(self.ring), memory, "a side wrote where it must not");
        self.expected = memory;
    }
}
