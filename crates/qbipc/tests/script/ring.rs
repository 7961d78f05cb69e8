//! No ring takes part.

pub(crate) use qbipc::ring::RingError;

#[derive(Debug)]
pub(crate) enum PushError {
    Full,
    TooLong { len: usize, most: u32 },
    Ring(RingError),
}
