//! Lists the keys of corosync's cmap that begin with a prefix: a service spoken by one trait.

use bytes::{Buf, BufMut, BytesMut};
use qbipc::engine::service::{self, Answer, Class, Service};
use qbipc::engine::{Client, Error, ErrorKind};
use quorate_codec::{DecodeError, Fields};

#[derive(Debug)]
enum Cmap {}

#[derive(Debug)]
enum Request {
    IterInit { prefix: String },
    IterNext { handle: u64 },
}

#[derive(Debug)]
enum Reply {
    Handle(u64),
    Key { name: String, value_len: u64 },
}

impl Service for Cmap {
    const NAME: &'static str = "cmap";
    type Request = Request;
    type Reply = Reply;
    type Event = ();
    type Topic = ();
    type Handle = ();
    type View = ();

    fn decode_reply(id: i32, message: &mut BytesMut) -> Result<Reply, DecodeError> {
        let mut fields = Fields::new("cmap reply", message);
        fields.skip(24)?;
        if id == 4 {
            return Ok(Reply::Handle(fields.u64_ne("handle")?));
        }
        let len = usize::from(fields.get("key.len", Buf::try_get_u16_ne)?);
        fields.skip(6)?;
        let key = fields.bytes("key", 256)?;
        let name = String::from_utf8_lossy(key.get(..len).unwrap_or(key)).into_owned();
        Ok(Reply::Key { name, value_len: fields.u64_ne("value_len")? })
    }

    fn decode_event(_message: &mut BytesMut) -> Result<(), DecodeError> {
        Ok(())
    }
}

impl service::Request<Cmap> for Request {
    fn name(&self) -> &'static str {
        if let Self::IterInit { .. } = self { "ITER_INIT" } else { "ITER_NEXT" }
    }

    fn class(&self) -> Class {
        let (id, max_len) = if let Self::IterInit { .. } = self { (4, 32) } else { (5, 304) };
        Class::Ordinary(Answer { id, max_len })
    }

    fn encode(&self, out: &mut BytesMut) {
        let (id, size, name) = match self {
            Self::IterInit { prefix } => (4, 280, prefix.as_bytes()),
            Self::IterNext { .. } => (5, 24, &[][..]),
        };
        [id, 0, size, 0].map(|word| out.put_u32_ne(word));
        out.put_u64_ne(if let Self::IterNext { handle } = self {
            *handle
        } else {
            name.len() as u64
        });
        out.put_slice(name);
        out.put_bytes(0, size as usize - 24 - name.len());
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = Client::<Cmap>::builder().connect().await?;
    let prefix = std::env::args().nth(1).unwrap_or_default();
    let mut request = Request::IterInit { prefix };
    let mut handle = 0;
    loop {
        match client.call(request).await {
            Ok(Reply::Handle(iteration)) => handle = iteration,
            Ok(Reply::Key { name, value_len }) => println!("{name} ({value_len} bytes)"),
            // NO_SECTIONS: the end.
            Err(error) if error.kind() == ErrorKind::Refused => return Ok(()),
            Err(error) => return Err(error),
        }
        request = Request::IterNext { handle };
    }
}
