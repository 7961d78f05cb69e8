//! The part of Erlang's external term format that the protocol uses, bounded.
//!
//! [`TermReader`] takes a term apart step by step, without building anything; [`TermWriter`] puts
//! one together, in the [`Dialect`] of libconfd or of Erlang. [`RawTerm`] keeps a term that this
//! library has no type for, and [`Term`] is such a term as a tree, to look into it.
//!
//! No nesting deeper than [`MAX_TERM_DEPTH`](crate::limits::MAX_TERM_DEPTH), nothing allocated by
//! an announced count, no integer beyond 128 bits. Compressed terms, funs, pids, ports, references,
//! maps and bit strings are refused by name.

mod number;
mod raw;
mod reader;
mod tag;
mod tree;
mod typical;
mod writer;

pub use raw::RawTerm;
pub use reader::{Head, TermReader, VersionByte};
pub use tree::Term;
pub use writer::{Dialect, TermWriter};
