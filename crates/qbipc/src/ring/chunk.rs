//! A chunk's words where they are: in one piece, or around the end of the ring.

use std::sync::atomic::Ordering;

use quorate_codec::qb::ring::Index;

use super::Word;

/// Words that one iteration of a copying loop copies; fewer would spend more on the loop itself.
const UNROLLED: usize = 8;

/// Bytes of a word.
const WORD: usize = 4;

/// A chunk of a ring.
#[derive(Debug)]
pub(super) struct Chunk<'a, W> {
    pub(super) length: &'a W,
    pub(super) magic: &'a W,
    pub(super) payload: Payload<'a, W>,
}

/// Where a payload is: in the words up to the end of the ring, then in those from its start on.
#[derive(Debug)]
pub(super) struct Payload<'a, W> {
    here: &'a [W],
    around: &'a [W],
}

impl<'a, W: Word> Chunk<'a, W> {
    /// The chunk that starts at `at`, with the whole rest of the ring as the place of its payload.
    ///
    /// `None` if the ring is shorter than that, or has fewer than two words: no ring is.
    pub(super) fn at(data: &'a [W], at: Index) -> Option<Self> {
        let (around, here) = data.split_at_checked(usize::try_from(at.get()).ok()?)?;
        match (here, around) {
            ([length, magic, here @ ..], around) => {
                Some(Self { length, magic, payload: Payload { here, around } })
            }
            ([length], [magic, here @ ..]) => {
                Some(Self { length, magic, payload: Payload { here, around: &[] } })
            }
            _ => None,
        }
    }
}

impl<'a, W: Word> Payload<'a, W> {
    /// Copies the first bytes of the payload out, as many as `to` has.
    #[inline]
    pub(super) fn read(self, to: &mut [u8]) {
        match self.here.get(..to.len().div_ceil(WORD)) {
            Some(words) => load(words, to),
            None => self.read_around(to),
        }
    }

    /// Copies a payload in, in two parts, padding the last word with zeros.
    #[inline]
    pub(super) fn write(self, head: &[u8], body: &[u8]) {
        match self.here.get(..head.len().div_ceil(WORD)) {
            Some(words) if body.is_empty() => store(words, head),
            _ => self.write_parts(head, body),
        }
    }

    /// Reads a payload that goes around the end of the ring.
    fn read_around(self, to: &mut [u8]) {
        let (to_here, to_around) = to.split_at_mut(to.len().min(self.here.len() * WORD));
        load(self.here, to_here);
        load(self.around, to_around);
    }

    /// Writes a payload of two parts, or one that goes around the end of the ring.
    fn write_parts(mut self, head: &[u8], body: &[u8]) {
        let (head, split) = head.split_at(head.len() & !(WORD - 1));
        self.put(head);
        if split.is_empty() {
            return self.put(body);
        }
        // A word with bytes of both.
        let (start, body) = body.split_at(body.len().min(WORD - split.len()));
        let mut word = [0; WORD];
        word.iter_mut().zip(split.iter().chain(start)).for_each(|(to, from)| *to = *from);
        self.put(&word);
        self.put(body);
    }

    /// Writes the next words.
    fn put(&mut self, bytes: &[u8]) {
        let count = bytes.len().div_ceil(WORD);
        if let Some((words, here)) = self.here.split_at_checked(count) {
            self.here = here;
            return store(words, bytes);
        }
        let (to_here, to_around) = bytes.split_at(bytes.len().min(self.here.len() * WORD));
        store(self.here, to_here);
        let count = to_around.len().div_ceil(WORD).min(self.around.len());
        let (words, here) = self.around.split_at(count);
        store(words, to_around);
        (self.here, self.around) = (here, &[]);
    }
}

/// Copies words out, each read once, until the words or the bytes end.
#[inline]
fn load<W: Word>(words: &[W], bytes: &mut [u8]) {
    let whole = words.len().min(bytes.len() / WORD);
    let (words, last) = words.split_at(whole);
    let (bytes, rest) = bytes.split_at_mut(whole * WORD);
    let groups = words.chunks_exact(UNROLLED);
    let words = groups.remainder();
    let mut places = bytes.chunks_exact_mut(UNROLLED * WORD);
    for (words, bytes) in groups.zip(places.by_ref()) {
        load_each(words, bytes);
    }
    load_each(words, places.into_remainder());
    // The rest of the last word is padding.
    if let (Some(word), false) = (last.first(), rest.is_empty()) {
        let bytes = word.load(Ordering::Relaxed).to_ne_bytes();
        rest.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
    }
}

#[inline(always)]
fn load_each<W: Word>(words: &[W], bytes: &mut [u8]) {
    for (word, place) in words.iter().zip(bytes.chunks_exact_mut(WORD)) {
        place.copy_from_slice(&word.load(Ordering::Relaxed).to_ne_bytes());
    }
}

/// Copies words in, the last padded with zeros, until the words or the bytes end.
#[inline]
fn store<W: Word>(words: &[W], bytes: &[u8]) {
    let whole = words.len().min(bytes.len() / WORD);
    let (words, last) = words.split_at(whole);
    let (bytes, rest) = bytes.split_at(whole * WORD);
    let groups = words.chunks_exact(UNROLLED);
    let words = groups.remainder();
    let places = bytes.chunks_exact(UNROLLED * WORD);
    let remainder = places.remainder();
    for (words, bytes) in groups.zip(places) {
        store_each(words, bytes);
    }
    store_each(words, remainder);
    if let (Some(word), false) = (last.first(), rest.is_empty()) {
        let mut padded = [0; WORD];
        padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        word.store(u32::from_ne_bytes(padded), Ordering::Relaxed);
    }
}

#[inline(always)]
fn store_each<W: Word>(words: &[W], bytes: &[u8]) {
    for (word, bytes) in words.iter().zip(bytes.chunks_exact(WORD)) {
        let bytes = bytes.try_into().unwrap_or([0; WORD]);
        word.store(u32::from_ne_bytes(bytes), Ordering::Relaxed);
    }
}
