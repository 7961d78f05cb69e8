//! Frames: a length of four bytes, and as many bytes.

use crate::limits::MAX_FRAME;
use crate::{DecodeError, Problem, Reader};

/// Least room [`FrameBuffer::space`] offers, in bytes.
const READ_SIZE: usize = 4096;

/// Length of the prefix, in bytes.
const PREFIX: usize = 4;

/// Finds frames in bytes as they arrive, in pieces of any size.
///
/// Memory follows what arrived, never what a prefix announces.
#[derive(Debug, Default)]
pub struct FrameBuffer {
    bytes: Vec<u8>,
    /// The unread bytes are `bytes[start..end]`; what lies behind is room.
    start: usize,
    end: usize,
}

impl FrameBuffer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes that arrived.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let space = self.space();
            let (now, later) = bytes.split_at(bytes.len().min(space.len()));
            for (place, byte) in space.iter_mut().zip(now) {
                *place = *byte;
            }
            self.advance(now.len());
            bytes = later;
        }
    }

    /// Room to read into. [`advance`](Self::advance) then says how much of it was filled.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.bytes.len() - self.end < READ_SIZE {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.bytes.len() - self.end < READ_SIZE {
            // At least doubled, so that a long frame is not copied over and over.
            self.bytes.resize((2 * self.end).max(self.end + READ_SIZE), 0);
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Says how many bytes of [`space`](Self::space) were filled.
    pub fn advance(&mut self, filled: usize) {
        self.end = (self.end + filled).min(self.bytes.len());
    }

    /// How many bytes have arrived that no frame was made of yet.
    pub fn pending(&self) -> usize {
        self.end - self.start
    }

    /// Takes the next frame, without its prefix, if all of it has arrived.
    ///
    /// # Errors
    ///
    /// If its prefix announces more than [`MAX_FRAME`] bytes. Nothing can be read after that.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, DecodeError> {
        let pending = self.bytes.get(self.start..self.end).unwrap_or_default();
        if pending.len() < PREFIX {
            return Ok(None);
        }
        let mut reader = Reader::new("frame", pending);
        let announced = reader.u32_be("length")?;
        let len = usize::try_from(announced).unwrap_or(usize::MAX);
        if len > MAX_FRAME {
            let problem =
                Problem::Number { found: announced.into(), expected: "a frame of at most 1 MiB" };
            return Err(reader.error_at("length", 0, problem));
        }
        if reader.rest().len() < len {
            return Ok(None);
        }
        let from = self.start + PREFIX;
        self.start = from + len;
        Ok(self.bytes.get(from..self.start))
    }
}

/// Appends a frame to `out` that holds what `content` appends.
pub fn write_frame(out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; PREFIX]);
    content(out);
    let len = u32::try_from(out.len() - start - PREFIX).unwrap_or(u32::MAX);
    if let Some(prefix) = out.get_mut(start..start + PREFIX) {
        prefix.copy_from_slice(&len.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(contents: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        for content in contents {
            write_frame(&mut out, |out| out.extend_from_slice(content));
        }
        out
    }

    fn drain(frames: &mut FrameBuffer) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        while let Some(frame) = frames.next_frame().unwrap() {
            found.push(frame.to_vec());
        }
        found
    }

    #[test]
    fn pieces_of_any_size_make_the_same_frames() {
        let long = vec![7; 100_000];
        let contents: [&[u8]; 5] = [b"a", b"", &long, b"bcd", b"e"];
        let bytes = framed(&contents);
        for size in [1, 2, 3, 5, 4095, 4096, 4097, bytes.len()] {
            let mut frames = FrameBuffer::new();
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                frames.feed(piece);
                found.extend(drain(&mut frames));
            }
            assert_eq!(found, contents, "pieces of {size}");
            assert_eq!(frames.pending(), 0);
        }
    }

    #[test]
    fn the_limit_is_one_mebibyte() {
        for (len, fits) in [(MAX_FRAME - 1, true), (MAX_FRAME, true), (MAX_FRAME + 1, false)] {
            let mut frames = FrameBuffer::new();
            frames.feed(&u32::try_from(len).unwrap().to_be_bytes());
            assert_eq!(frames.next_frame().is_ok(), fits, "{len}");
        }
    }

    #[test]
    fn an_announced_length_takes_no_memory() {
        let mut frames = FrameBuffer::new();
        frames.feed(&[0, 0x0f, 0xff, 0xff, 1, 2, 3]);
        assert_eq!(frames.next_frame(), Ok(None));
        assert_eq!(frames.bytes.len(), READ_SIZE);
        let mut frames = FrameBuffer::new();
        frames.feed(&[0xff; 6]);
        let error = frames.next_frame().unwrap_err();
        assert_eq!((error.message(), error.field(), error.offset()), ("frame", "length", 0));
    }

    #[test]
    fn memory_is_a_small_multiple_of_what_arrived() {
        let mut frames = FrameBuffer::new();
        frames.feed(&[0, 0x0f, 0xff, 0xff]);
        for _ in 0..1000 {
            frames.feed(&[1; 1000]);
            assert!(frames.bytes.len() <= 2 * frames.pending() + 2 * READ_SIZE);
            assert_eq!(frames.next_frame(), Ok(None));
        }
    }
}
