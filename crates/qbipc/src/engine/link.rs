use bytes::BytesMut;

/// The connection or none, and the buffers messages pass through.
#[derive(Debug)]
pub(super) struct Link<C> {
    pub(super) connection: Option<C>,
    pub(super) incoming: BytesMut,
    pub(super) outgoing: BytesMut,
}

impl<C> Default for Link<C> {
    fn default() -> Self {
        Self { connection: None, incoming: BytesMut::new(), outgoing: BytesMut::new() }
    }
}
