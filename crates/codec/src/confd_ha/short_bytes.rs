use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// Bytes that are mostly text and mostly short, such as a node's name.
///
/// Up to 24 bytes are stored in place, so that a list of nodes takes one allocation and not one per
/// node.
#[derive(Clone)]
pub struct ShortBytes(Repr);

#[derive(Clone)]
enum Repr {
    Inline { len: u8, bytes: Inline },
    Heap(Box<[u8]>),
}

/// Aligned, so that it moves in as few and as large pieces as it was written.
#[derive(Clone, Copy)]
#[repr(align(8))]
struct Inline([u8; INLINE]);

const INLINE: usize = 24;

impl ShortBytes {
    /// Copies `bytes`.
    #[inline]
    pub fn new(bytes: &[u8]) -> Self {
        let mut inline = [0; INLINE];
        match (inline.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(bytes);
                Self(Repr::Inline { len, bytes: Inline(inline) })
            }
            _ => Self(Repr::Heap(bytes.into())),
        }
    }

    /// Copies the first `len` of `bytes`, if there are so many.
    ///
    /// Where more follow, it copies a number of them known in advance, which is far cheaper; what
    /// lies behind `len` is never looked at.
    #[inline(always)]
    pub(super) fn first_of(bytes: &[u8], len: usize) -> Option<Self> {
        match (bytes.first_chunk::<INLINE>(), u8::try_from(len)) {
            (Some(chunk), Ok(len)) if usize::from(len) <= INLINE => {
                Some(Self(Repr::Inline { len, bytes: Inline(*chunk) }))
            }
            _ => bytes.get(..len).map(Self::new),
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes: Inline(bytes) } => {
                bytes.get(..usize::from(*len)).unwrap_or(bytes)
            }
            Repr::Heap(bytes) => bytes,
        }
    }

    /// The bytes as text, if they are UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }
}

impl Deref for ShortBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&str> for ShortBytes {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl From<&[u8]> for ShortBytes {
    fn from(bytes: &[u8]) -> Self {
        Self::new(bytes)
    }
}

impl PartialEq for ShortBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for ShortBytes {}

impl Hash for ShortBytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for ShortBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

/// The text; bytes that are no UTF-8 are shown as U+FFFD.
impl fmt::Display for ShortBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_bytes_are_kept() {
        for len in [0, 1, INLINE - 1, INLINE, INLINE + 1, 300] {
            let bytes: Vec<u8> = (0..len).map(|i| u8::try_from(i % 256).unwrap()).collect();
            let short = ShortBytes::new(&bytes);
            assert_eq!(short.as_bytes(), bytes);
            assert_eq!(matches!(short.0, Repr::Inline { .. }), len <= INLINE);
            assert_eq!(short, ShortBytes::from(&bytes[..]));
        }
        assert_eq!(size_of::<ShortBytes>(), 32);
    }

    #[test]
    fn text_and_what_is_no_text() {
        assert_eq!(ShortBytes::from("node1").as_str(), Some("node1"));
        assert_eq!(ShortBytes::new(&[0xff]).as_str(), None);
        assert_eq!(ShortBytes::new(&[b'a', 0xff]).to_string(), "a\u{fffd}");
        assert_eq!(format!("{:?}", ShortBytes::new(b"a\0")), r#""a\x00""#);
    }
}
