//! Lists the keys of corosync's cmap that begin with a prefix: a service spoken by one trait.

use bytes::{Buf, BufMut, BytesMut};
use qbipc::engine::service::{Answer, Class, Request, Service};
use qbipc::engine::{Client, Error, ErrorKind};
use quorate_codec::{DecodeError, Fields};

#[derive(Debug)]
enum Cmap {}

#[derive(Debug)]
enum Ask {
    IterInit(String),
    IterNext(u64),
}

impl Service for Cmap {
    const NAME: &'static str = "cmap";
    type Request = Ask;
    type Reply = (u64, String); // A handle, or the length of a value and its key.
    type Event = ();
    type Topic = ();
    type Handle = ();
    type View = ();

    fn decode_reply(id: i32, message: &mut BytesMut) -> Result<(u64, String), DecodeError> {
        let mut fields = Fields::new("cmap reply", message);
        fields.skip(24)?;
        if id == 4 {
            return Ok((fields.u64_ne("handle")?, String::new()));
        }
        let len = usize::from(fields.get("key.len", Buf::try_get_u16_ne)?).min(256);
        fields.skip(6)?;
        let key = String::from_utf8_lossy(fields.bytes("key", len)?).into_owned();
        fields.skip(256 - len)?;
        Ok((fields.u64_ne("value_len")?, key))
    }

    fn decode_event(_: &mut BytesMut) -> Result<(), DecodeError> {
        Ok(())
    }
}

impl Request<Cmap> for Ask {
    fn name(&self) -> &'static str {
        "ITER_INIT or ITER_NEXT"
    }

    fn class(&self) -> Class {
        let (id, max_len) = if let Self::IterInit(_) = self { (4, 32) } else { (5, 304) };
        Class::Ordinary(Answer { id, max_len })
    }

    fn encode(&self, out: &mut BytesMut) {
        let (id, size, number, name) = match self {
            Self::IterInit(prefix) => (4, 280, prefix.len() as u64, prefix.as_bytes()),
            Self::IterNext(handle) => (5, 24, *handle, &[][..]),
        };
        [id, 0, size, 0].into_iter().for_each(|word| out.put_u32_ne(word));
        out.put_u64_ne(number);
        let mut padded = [0; 256];
        padded.iter_mut().zip(name).for_each(|(place, byte)| *place = *byte);
        out.put_slice(&padded[..size as usize - 24]);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = Client::<Cmap>::builder().connect().await?;
    let prefix = std::env::args().nth(1).unwrap_or_default().chars().take(255).collect();
    let (handle, _) = client.call(Ask::IterInit(prefix)).await?;
    loop {
        match client.call(Ask::IterNext(handle)).await {
            Ok((len, key)) => println!("{key} ({len} bytes)"),
            Err(error) if error.kind() != ErrorKind::Refused => return Err(error),
            _ => return Ok(()), // NO_SECTIONS: the end.
        }
    }
}
