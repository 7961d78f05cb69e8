use std::fmt;

/// A finite float.
#[derive(Clone, Copy)]
pub struct Double(f64);

/// The number is infinite or not a number, which the wire cannot carry.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a node id of type double has to be a finite number")]
pub struct NotFinite;

impl Double {
    /// Takes a finite number.
    ///
    /// # Errors
    ///
    /// [`NotFinite`] for any other.
    pub fn new(value: f64) -> Result<Self, NotFinite> {
        if value.is_finite() { Ok(Self(value)) } else { Err(NotFinite) }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// Two are equal if their bits are: 0.0 and -0.0 are two ids.
impl PartialEq for Double {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Double {}

impl std::hash::Hash for Double {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl fmt::Debug for Double {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Double {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
