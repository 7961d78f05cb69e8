/// Appends the fields of one message to a buffer.
///
/// Offsets count from the start of the message, not of the buffer, so that several messages can
/// share one buffer.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Writer<'a> {
    /// Starts a message at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// How many bytes of the message were written so far.
    pub fn offset(&self) -> usize {
        self.out.len() - self.start
    }

    /// Appends `bytes`.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends a byte.
    pub fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    /// Appends a `u32` in the host's byte order.
    pub fn u32_ne(&mut self, value: u32) {
        self.bytes(&value.to_ne_bytes());
    }

    /// Appends an `i32` in the host's byte order.
    pub fn i32_ne(&mut self, value: i32) {
        self.bytes(&value.to_ne_bytes());
    }

    /// Appends a `u64` in the host's byte order.
    pub fn u64_ne(&mut self, value: u64) {
        self.bytes(&value.to_ne_bytes());
    }

    /// Appends a big-endian `u16`.
    pub fn u16_be(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// Appends a big-endian `u32`.
    pub fn u32_be(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Appends a big-endian `u64`.
    pub fn u64_be(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    /// Appends zeros until the message is `offset` bytes long.
    ///
    /// Does nothing if it already is.
    pub fn pad_to(&mut self, offset: usize) {
        let end = self.start + offset;
        if self.out.len() < end {
            self.out.resize(end, 0);
        }
    }

    /// Overwrites what was written at `offset`; bytes that are not there yet are not written.
    pub fn patch(&mut self, offset: usize, bytes: &[u8]) {
        let from = self.start + offset;
        if let Some(place) = self.out.get_mut(from..from + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_from_the_message() {
        let mut out = vec![0xff; 3];
        let mut writer = Writer::new(&mut out);
        writer.u8(1);
        writer.pad_to(4);
        writer.u32_ne(5);
        writer.pad_to(2);
        assert_eq!(writer.offset(), 8);
        writer.patch(4, &9u32.to_ne_bytes());
        assert_eq!(&out[..7], &[0xff, 0xff, 0xff, 1, 0, 0, 0]);
        assert_eq!(out[7..], 9u32.to_ne_bytes());
    }
}
