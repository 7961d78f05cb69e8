use std::hint::black_box;

use bytes::{BufMut, Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use crate::{Input, Memory, Target, expect};
use quorate_codec::confd_ha::frame::{FrameCodec, FrameError};
use quorate_codec::limits::MAX_FRAME;

/// A stream of frames that arrives in pieces: the first byte says of which sizes, the others are
/// the stream.
pub const FRAMES: Target = Target {
    name: "confd_frames",
    check,
    decode: |bytes| {
        let mut input = Input::new(bytes);
        let mut pieces = Pieces::new(input.byte());
        let mut received = BytesMut::new();
        let mut rest = input.rest();
        while !rest.is_empty() {
            received.put_slice(pieces.next_of(&mut rest));
            while let Ok(Some(frame)) = FrameCodec.decode(&mut received) {
                black_box(frame);
            }
        }
    },
    // A buffer that is moved into one twice as large is there twice for a moment.
    memory: Memory { per_byte: 4, beside: 4 * 4096 },
};

fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut pieces = Pieces::new(input.byte());
    let stream = input.rest();
    let (expected, outcome) = split(stream);

    let mut received = BytesMut::new();
    let mut found: Vec<Bytes> = Vec::new();
    let mut failed = false;
    let (mut rest, mut fed, mut taken) = (stream, 0, 0);
    while !rest.is_empty() && !failed {
        let piece = pieces.next_of(&mut rest);
        received.put_slice(piece);
        fed += piece.len();
        loop {
            match FrameCodec.decode(&mut received) {
                Ok(Some(frame)) => {
                    taken += frame.len() + 4;
                    found.push(frame);
                }
                Ok(None) => break,
                Err(FrameError::Malformed(error)) => {
                    expect::names_a_place(&error, stream);
                    failed = true;
                    break;
                }
                Err(error) => unreachable!("{error}"),
            }
        }
        assert_eq!(received.len(), fed - taken);
    }
    assert_eq!(found, expected);
    assert_eq!(failed, outcome == Outcome::TooLong);
    if !failed {
        let end = FrameCodec.decode_eof(&mut received);
        assert_eq!(end.is_ok(), received.is_empty(), "{end:?}");
    }

    let mut again = BytesMut::new();
    for frame in &found {
        FrameCodec.encode(frame.clone(), &mut again).expect("it was a frame before");
    }
    assert_eq!(stream.get(..taken), Some(&again[..]));
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
