//! The token: the first frame on an HA socket, and the only one that is no Erlang term.

use super::frame::write_frame;

/// Appends the token as a frame to `out`.
///
/// Any bytes, and none at all, are a token. The daemon does not answer it: one that refuses is only
/// noticed at the first order.
pub fn encode(token: &[u8], out: &mut Vec<u8>) {
    write_frame(out, |out| out.extend_from_slice(token));
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_token_is_its_length_and_its_bytes() {
        let mut out = Vec::new();
        super::encode(b"t", &mut out);
        super::encode(b"", &mut out);
        assert_eq!(out, b"\0\0\0\x01t\0\0\0\0");
    }
}
