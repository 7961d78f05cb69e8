use std::fmt;

/// Bytes that are not the message they claim to be.
///
/// It names the message that was being read, the field that is wrong, the offset at which that field
/// starts (counted from the first byte of the message), and what is wrong with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecodeError {
    message: &'static str,
    field: &'static str,
    offset: usize,
    problem: Problem,
}

impl DecodeError {
    #[cold]
    pub(crate) fn new(
        message: &'static str,
        field: &'static str,
        offset: usize,
        problem: Problem,
    ) -> Self {
        Self { message, field, offset, problem }
    }

    /// The message that was being read.
    pub fn message(&self) -> &'static str {
        self.message
    }

    /// The field that is wrong.
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// Where that field starts, in bytes from the start of the message.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What is wrong with it.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, field, offset, problem } = self;
        write!(f, "{message}: {field} at offset {offset}: {problem}")
    }
}

impl std::error::Error for DecodeError {}

/// What is wrong with a field.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// The message ends inside the field.
    Truncated {
        /// Bytes the field needs.
        needed: usize,
        /// Bytes that were left.
        left: usize,
    },
    /// Bytes follow the last field.
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// A number is not one the protocol allows here.
    Number {
        /// What was found.
        found: i128,
        /// What the protocol allows.
        expected: &'static str,
    },
    /// The bytes have a form the protocol does not allow here.
    Form {
        /// What the protocol allows.
        expected: &'static str,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { needed, left } => {
                write!(f, "{needed} bytes needed, {left} left")
            }
            Self::Trailing { bytes } => write!(f, "{bytes} bytes too many"),
            Self::Number { found, expected } => write!(f, "found {found}, expected {expected}"),
            Self::Form { expected } => write!(f, "expected {expected}"),
        }
    }
}
