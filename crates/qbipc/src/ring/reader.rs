use std::sync::atomic::Ordering;

use quorate_codec::qb::ring::{CHUNK_HEADER_WORDS, Index, Magic, RingSize, WORD, chunk_words};

use super::chunk::Chunk;
use super::{Buffer, RingError, RingMemory, Word, semaphore};

/// The reading side of a ring.
#[derive(Debug)]
pub struct RingReader<M> {
    memory: M,
    size: RingSize,
    /// Ours alone; the one in shared memory is for the writer.
    read: Index,
    /// Tokens taken from the semaphore for chunks that were not read yet.
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

    /// Whether there is a message.
    pub fn is_ready(&self) -> bool {
        self.tokens > 0 || semaphore::count(&self.memory) > 0
    }

    /// Receives the next message, which replaces the contents of `out`.
    ///
    /// Returns `false`, and leaves `out` alone, if there is none.
    ///
    /// # Errors
    ///
    /// If the ring does not hold what a writer leaves there. What is in `out` is not specified
    /// then.
    pub fn pop(&mut self, out: &mut impl Buffer) -> Result<bool, RingError> {
        if self.tokens == 0 {
            self.tokens = semaphore::take_all(&self.memory);
            if self.tokens == 0 {
                return Ok(false);
            }
        }
        let Some(chunk) = Chunk::at(self.memory.data(), self.read) else { return Ok(false) };
        // Acquire: pairs with the writer's release of the magic.
        let magic = chunk.magic.load(Ordering::Acquire);
        if magic != Magic::Committed.code() {
            return Err(RingError::Magic { word: self.read.get(), found: magic });
        }
        let len = self.checked_len(chunk.length.load(Ordering::Relaxed))?;
        let Ok(bytes) = usize::try_from(len) else { return Ok(false) };
        chunk.payload.read(out.room_for(bytes));
        chunk.length.store(0, Ordering::Relaxed);
        chunk.magic.store(Magic::Dead.code(), Ordering::Release);
        self.read = self.size.advance(self.read, chunk_words(len));
        // Release: pairs with the writer's acquire. The copy is finished before the writer may use
        // the place again.
        self.memory.read_pt().store(self.read.get(), Ordering::Release);
        self.tokens -= 1;
        Ok(true)
    }

    /// Checks the length of the chunk: never more than what lies before the write pointer.
    fn checked_len(&self, found: u32) -> Result<u32, RingError> {
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
}
