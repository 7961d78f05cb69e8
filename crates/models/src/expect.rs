//! What holds for more than one kind of message.

use quorate_codec::DecodeError;

/// The error can be shown, and names a place inside the message.
pub(crate) fn names_a_place(error: &DecodeError, message: &[u8]) {
    let shown = error.to_string();
    assert!(error.offset() <= message.len(), "{shown}");
    let (message, field) = (error.message(), error.field());
    assert!(shown.starts_with(message) && shown.contains(field), "{shown}");
}

/// Writing a message again keeps every byte, but for those that mean nothing: they are cleared. A
/// truth value may have become a 1.
///
/// This is for messages whose fields have fixed places.
pub(crate) fn only_padding_differs(message: &[u8], again: &[u8]) {
    assert_eq!(message.len(), again.len(), "the length differs");
    for (offset, (before, after)) in message.iter().zip(again).enumerate() {
        let fine = after == before || *after <= 1;
        assert!(fine, "byte {offset} was {before:#04x} and is {after:#04x}");
    }
}
