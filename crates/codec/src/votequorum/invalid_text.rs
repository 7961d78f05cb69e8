/// Text that is not the value it was read as.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected {expected}")]
pub struct InvalidText {
    expected: &'static str,
}

impl InvalidText {
    pub(crate) const fn new(expected: &'static str) -> Self {
        Self { expected }
    }

    /// What the text should have been.
    pub fn expected(&self) -> &'static str {
        self.expected
    }
}
