use std::hint::black_box;

use crate::confd_ha::frame::{FrameBuffer, write_frame};
use crate::fuzzing::{Memory, Script, Target, expect};
use crate::limits::MAX_FRAME;

/// A stream of frames that arrives in pieces: the first byte says of which sizes, the others are
/// the stream.
pub const FRAMES: Target = Target {
    name: "confd_frames",
    check,
    decode: |bytes| {
        let mut script = Script::new(bytes);
        let mut pieces = Pieces::new(script.u8());
        let mut frames = FrameBuffer::new();
        let mut rest = script.rest();
        while !rest.is_empty() {
            frames.feed(pieces.next_of(&mut rest));
            while let Ok(Some(frame)) = frames.next_frame() {
                black_box(frame);
            }
        }
    },
    // A buffer that is moved into one twice as large is there twice for a moment.
    memory: Memory { per_byte: 4, beside: 4 * 4096 },
};

fn check(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let mut pieces = Pieces::new(script.u8());
    let stream = script.rest();
    let (expected, outcome) = split(stream);

    let mut frames = FrameBuffer::new();
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut failed = false;
    let (mut rest, mut fed, mut taken) = (stream, 0, 0);
    while !rest.is_empty() && !failed {
        let piece = pieces.next_of(&mut rest);
        if pieces.by_hand() {
            read_into(&mut frames, piece);
        } else {
            frames.feed(piece);
        }
        fed += piece.len();
        loop {
            match frames.next_frame() {
                Ok(Some(frame)) => {
                    taken += frame.len() + 4;
                    found.push(frame.to_vec());
                }
                Ok(None) => break,
                Err(error) => {
                    expect::names_a_place(&error, stream);
                    failed = true;
                    break;
                }
            }
        }
        assert_eq!(frames.pending(), fed - taken);
    }
    assert_eq!(found, expected);
    assert_eq!(failed, outcome == Outcome::TooLong);

    let mut again = Vec::new();
    for frame in &found {
        write_frame(&mut again, |out| out.extend_from_slice(frame));
    }
    assert_eq!(stream.get(..taken), Some(&again[..]));
}

/// Reads as from a socket: into the room there is, as much as fits.
fn read_into(frames: &mut FrameBuffer, mut piece: &[u8]) {
    while !piece.is_empty() {
        let space = frames.space();
        let (now, later) = piece.split_at(piece.len().min(space.len()));
        assert!(!now.is_empty(), "no room to read into");
        for (place, byte) in space.iter_mut().zip(now) {
            *place = *byte;
        }
        frames.advance(now.len());
        piece = later;
    }
}

/// How a stream ends.
#[derive(Debug, Eq, PartialEq)]
enum Outcome {
    /// Between two frames or inside one.
    End,
    /// With a frame that is too long.
    TooLong,
}

/// The frames of a whole stream, found the simple way.
fn split(mut stream: &[u8]) -> (Vec<&[u8]>, Outcome) {
    let mut frames = Vec::new();
    while let Some((prefix, rest)) = stream.split_first_chunk::<4>() {
        let len = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
        if len > MAX_FRAME {
            return (frames, Outcome::TooLong);
        }
        let Some((frame, rest)) = rest.split_at_checked(len) else { break };
        frames.push(frame);
        stream = rest;
    }
    (frames, Outcome::End)
}

/// Cuts a stream into pieces, of sizes that follow from one byte.
struct Pieces {
    state: u32,
}

impl Pieces {
    fn new(seed: u8) -> Self {
        Self { state: seed.into() }
    }

    /// Whether the next piece is read into the buffer's own room.
    fn by_hand(&self) -> bool {
        self.state & 1 == 1
    }

    /// Takes the next piece: all there is, a few bytes, or some thousand.
    fn next_of<'a>(&mut self, rest: &mut &'a [u8]) -> &'a [u8] {
        let size = match self.state % 4 {
            0 => rest.len(),
            1 => 1,
            2 => 1 + usize::try_from(self.state / 4 % 16).unwrap_or(0),
            _ => 1 + usize::try_from(self.state / 4 % 8192).unwrap_or(0),
        };
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) >> 3;
        let (now, later) = rest.split_at(size.min(rest.len()));
        *rest = later;
        now
    }
}
