//! Frames: a length of four bytes, big-endian, and as many bytes.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use super::fields::Fields;
use crate::limits::MAX_FRAME;
use crate::{DecodeError, Problem};

/// Length of the prefix, in bytes.
const PREFIX: usize = 4;

/// Splits a stream of bytes into the contents of frames, and puts contents into frames.
///
/// A frame that was decoded shares the memory of the buffer it arrived in. No memory is reserved
/// for what a prefix announces: the buffer grows with what arrives.
///
/// ```
/// use bytes::{Bytes, BytesMut};
/// use quorate_codec::confd_ha::frame::FrameCodec;
/// use tokio_util::codec::{Decoder, Encoder};
///
/// let mut received = BytesMut::from(&b"\0\0\0\x02ab\0\0"[..]);
/// assert_eq!(FrameCodec.decode(&mut received)?, Some(Bytes::from_static(b"ab")));
/// assert_eq!(FrameCodec.decode(&mut received)?, None);
///
/// let mut sent = BytesMut::new();
/// FrameCodec.encode(Bytes::from_static(b"ab"), &mut sent)?;
/// assert_eq!(sent, &b"\0\0\0\x02ab"[..]);
/// # Ok::<(), quorate_codec::confd_ha::frame::FrameError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FrameCodec;

/// Why no more frames can be read, or a frame cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A prefix announces more than [`MAX_FRAME`] bytes. Nothing after it can be read.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// The connection ended inside a frame.
    #[error("the connection ended inside a frame")]
    EofInFrame,
    /// The content to be written is longer than [`MAX_FRAME`].
    #[error("a frame of {0} bytes exceeds the limit of 1 MiB")]
    TooLong(usize),
}

impl Decoder for FrameCodec {
    type Item = Bytes;
    type Error = FrameError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        next_frame(src).map_err(FrameError::Malformed)
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        match self.decode(src)? {
            Some(frame) => Ok(Some(frame)),
            None if src.is_empty() => Ok(None),
            None => Err(FrameError::EofInFrame),
        }
    }
}

/// Puts any content into a frame.
impl Encoder<Bytes> for FrameCodec {
    type Error = FrameError;

    fn encode(&mut self, content: Bytes, dst: &mut BytesMut) -> Result<(), FrameError> {
        let start = dst.len();
        write_frame(dst, |dst| dst.put(content));
        limit_frame(dst, start).map_err(FrameError::TooLong)
    }
}

/// Takes the content of the next frame out of `src`, if all of it has arrived.
pub(super) fn next_frame(src: &mut BytesMut) -> Result<Option<Bytes>, DecodeError> {
    let mut fields = Fields::new("frame", src);
    let Ok(announced) = fields.get("length", Buf::try_get_u32) else { return Ok(None) };
    let len = usize::try_from(announced).unwrap_or(usize::MAX);
    if len > MAX_FRAME {
        let problem =
            Problem::Number { found: announced.into(), expected: "a frame of at most 1 MiB" };
        return Err(fields.error_at("length", 0, problem));
    }
    if fields.rest().len() < len {
        return Ok(None);
    }
    src.advance(PREFIX);
    Ok(Some(src.split_to(len).freeze()))
}

/// Appends a frame to `out` that holds what `content` appends.
pub(super) fn write_frame(out: &mut BytesMut, content: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_bytes(0, PREFIX);
    content(out);
    let len = u32::try_from(out.len() - start - PREFIX).unwrap_or(u32::MAX);
    if let Some(mut prefix) = out.get_mut(start..start + PREFIX) {
        prefix.put_u32(len);
    }
}

/// Takes back the frame that was appended to `out` at `start`, if it is too long.
///
/// # Errors
///
/// The length of its content, if that exceeds [`MAX_FRAME`].
pub(super) fn limit_frame(out: &mut BytesMut, start: usize) -> Result<(), usize> {
    let len = out.len() - start - PREFIX;
    if len <= MAX_FRAME {
        return Ok(());
    }
    out.truncate(start);
    Err(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(contents: &[&[u8]]) -> BytesMut {
        let mut out = BytesMut::new();
        for content in contents {
            FrameCodec.encode(Bytes::copy_from_slice(content), &mut out).unwrap();
        }
        out
    }

    fn decode_all(received: &mut BytesMut) -> Vec<Bytes> {
        std::iter::from_fn(|| FrameCodec.decode(received).unwrap()).collect()
    }

    #[test]
    fn pieces_of_any_size_make_the_same_frames() {
        let long = vec![7; 100_000];
        let contents: [&[u8]; 5] = [b"a", b"", &long, b"bcd", b"e"];
        let bytes = framed(&contents);
        for size in [1, 2, 3, 5, 4095, 4096, 4097, bytes.len()] {
            let mut received = BytesMut::new();
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                received.put_slice(piece);
                found.extend(decode_all(&mut received));
            }
            assert_eq!(found, contents, "pieces of {size}");
            assert!(received.is_empty());
        }
    }

    #[test]
    fn the_limit_is_one_mebibyte_both_ways() {
        for (len, fits) in [(MAX_FRAME - 1, true), (MAX_FRAME, true), (MAX_FRAME + 1, false)] {
            let mut received = BytesMut::new();
            received.put_u32(len.try_into().unwrap());
            assert_eq!(FrameCodec.decode(&mut received).is_ok(), fits, "{len}");
            let sent = FrameCodec.encode(Bytes::from(vec![0; len]), &mut BytesMut::new());
            assert_eq!(sent.is_ok(), fits, "{len}");
        }
    }

    #[test]
    fn an_announced_length_takes_no_memory() {
        let mut received = BytesMut::from(&[0, 0x0f, 0xff, 0xff, 1, 2, 3][..]);
        let capacity = received.capacity();
        assert!(FrameCodec.decode(&mut received).unwrap().is_none());
        assert_eq!(received.capacity(), capacity);
        let mut received = BytesMut::from(&[0xff; 6][..]);
        let FrameError::Malformed(error) = FrameCodec.decode(&mut received).unwrap_err() else {
            panic!("it is a matter of form")
        };
        assert_eq!((error.message(), error.field(), error.offset()), ("frame", "length", 0));
    }

    #[test]
    fn an_end_inside_a_frame_is_an_error() {
        let mut received = BytesMut::from(&b"\0\0\0\x01a\0\0\0\x01"[..]);
        assert_eq!(FrameCodec.decode_eof(&mut received).unwrap().unwrap(), "a");
        let error = FrameCodec.decode_eof(&mut received).unwrap_err();
        assert!(matches!(error, FrameError::EofInFrame), "{error}");
        assert!(FrameCodec.decode_eof(&mut BytesMut::new()).unwrap().is_none());
    }
}
