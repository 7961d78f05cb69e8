//! The token: the first frame on an HA socket, and the only one that is not an Erlang term.

use bytes::BufMut;

/// Appends the token as a frame to `out`.
///
/// Any bytes, and none at all, are a token. The daemon does not answer it: a token it rejects shows
/// only at the first order. A token is a secret: `out` may be any buffer, such as one that is wiped
/// when it is dropped.
pub fn encode(token: &[u8], out: &mut impl BufMut) {
    out.put_u32(u32::try_from(token.len()).unwrap_or(u32::MAX));
    out.put_slice(token);
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
