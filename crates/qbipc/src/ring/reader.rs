use std::sync::atomic::Ordering;

use quorate_codec::qb::ring::{CHUNK_HEADER_WORDS, Index, Magic, RingSize, WORD, chunk_words};

use super::{RingError, RingMemory, Word, memory, semaphore};

/// The reading side of a ring.
#[derive(Debug)]
pub struct RingReader<M> {
    memory: M,
    size: RingSize,
    /// Ours alone; the one in shared memory is for the writer.
    read: Index,
    /// Tokens taken, whose chunks were not read yet.
    tokens: u32,
    max_len: u32,
}

impl<M: RingMemory> RingReader<M> {
    /// The reading side of an empty ring, for messages of up to `max_len` bytes.
    pub fn new(memory: M, size: RingSize, max_len: u32) -> Self {
        let max_len = max_len.min(size.max_payload());
        Self { memory, size, read: Index::ZERO, tokens: 0, max_len }
    }

    /// The ring's memory.
    pub fn memory(&self) -> &M {
        &self.memory
    }

    /// Whether a message is there.
    pub fn is_ready(&self) -> bool {
        self.tokens > 0 || semaphore::count(&self.memory) > 0
    }

    /// Takes the next message out, replacing what is in `out`.
    ///
    /// Gives `false`, and leaves `out` empty, if there is none.
    ///
    /// # Errors
    ///
    /// If what is in the ring is not what a writer leaves there.
    pub fn pop(&mut self, out: &mut Vec<u8>) -> Result<bool, RingError> {
        out.clear();
        if self.tokens == 0 {
            self.tokens = semaphore::take_all(&self.memory);
        }
        if self.tokens == 0 {
            return Ok(false);
        }
        self.check_magic()?;
        let len = self.checked_len()?;
        self.copy_out(self.size.advance(self.read, CHUNK_HEADER_WORDS), len, out);
        self.reclaim(len);
        self.tokens -= 1;
        Ok(true)
    }

    fn check_magic(&self) -> Result<(), RingError> {
        // Acquire: pairs with the writer's release of the magic.
        let found = self.load(self.size.advance(self.read, 1), Ordering::Acquire);
        match Magic::from(found) {
            Magic::Committed => Ok(()),
            _ => Err(RingError::Magic { word: self.read.get(), found }),
        }
    }

    /// The length of the chunk, read once; never more than what lies before the write pointer.
    fn checked_len(&self) -> Result<u32, RingError> {
        let found = self.load(self.read, Ordering::Relaxed);
        let write = self.memory.write_pt().load(Ordering::Acquire);
        let words = self.size.words();
        let write = self.size.index(write).ok_or(RingError::Pointer {
            pointer: "write_pt",
            found: write,
            words,
        })?;
        let written = self.size.distance(self.read, write);
        let payload = written.saturating_sub(CHUNK_HEADER_WORDS).saturating_mul(WORD);
        let most = self.max_len.min(payload);
        if found > most {
            return Err(RingError::Length { word: self.read.get(), found, most });
        }
        Ok(found)
    }

    /// Copies a payload out, around the end if need be.
    fn copy_out(&self, at: Index, len: u32, out: &mut Vec<u8>) {
        let Ok(len) = usize::try_from(len) else { return };
        let words = len.div_ceil(4);
        out.resize(words * 4, 0);
        let [first, second] = memory::words_from(&self.memory, at, words);
        let (to_first, to_second) = out.split_at_mut(first.len() * 4);
        for (words, bytes) in [(first, to_first), (second, to_second)] {
            for (word, place) in words.iter().zip(bytes.chunks_exact_mut(4)) {
                place.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes());
            }
        }
        out.truncate(len);
    }

    /// Gives the chunk's place back.
    fn reclaim(&mut self, len: u32) {
        if let Some(word) = memory::word(&self.memory, self.read) {
            word.store(0, Ordering::Relaxed);
        }
        if let Some(word) = memory::word(&self.memory, self.size.advance(self.read, 1)) {
            word.store(Magic::Dead.code(), Ordering::Release);
        }
        self.read = self.size.advance(self.read, chunk_words(len));
        // Release: pairs with the writer's acquire. The copy is finished before the writer may use
        // the place again.
        self.memory.read_pt().store(self.read.get(), Ordering::Release);
    }

    fn load(&self, at: Index, ordering: Ordering) -> u32 {
        memory::word(&self.memory, at).map_or(0, |word| word.load(ordering))
    }
}
