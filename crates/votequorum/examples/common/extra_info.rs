//! Extra information of quorum devices, for people and for programs.

use serde_json::{Value, json};

/// The information in quotes if it is text, otherwise as a hexadecimal number. Different bytes have
/// different representations.
pub(crate) fn as_text(info: &[u8]) -> String {
    text(info).map_or_else(|| format!("0x{}", hex(info)), |text| format!("{text:?}"))
}

/// `info` is the information if it is text, otherwise null; `info_hex` is always the information.
pub(crate) fn as_json(node: u32, info: &[u8]) -> Value {
    json!({ "node": node, "info": text(info), "info_hex": hex(info) })
}

/// The bytes, if they are text without control characters.
fn text(info: &[u8]) -> Option<&str> {
    std::str::from_utf8(info).ok().filter(|text| !text.chars().any(char::is_control))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
