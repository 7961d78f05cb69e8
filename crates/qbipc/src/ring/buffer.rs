use bytes::BytesMut;

/// What a message can be received into: a [`Vec`] or a [`BytesMut`].
///
/// A [`BytesMut`] may have been [split off](BytesMut::split), capacity and all.
pub trait Buffer {
    /// Makes room for a message of `len` bytes in place of what was there, and returns it. What is
    /// in the room is not specified.
    fn room_for(&mut self, len: usize) -> &mut [u8];
}

// What is already initialised is not written again: only a message longer than the one before it
// costs zeros.

impl Buffer for Vec<u8> {
    fn room_for(&mut self, len: usize) -> &mut [u8] {
        self.resize(len, 0);
        self
    }
}

impl Buffer for BytesMut {
    fn room_for(&mut self, len: usize) -> &mut [u8] {
        self.resize(len, 0);
        self
    }
}
