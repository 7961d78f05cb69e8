//! The stream socket below a connection, over TCP or at a path.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use futures_core::Stream;
use tokio::io::{AsyncRead, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream, tcp, unix};
use tokio_util::codec::{Decoder, Encoder, Framed};
use tokio_util::either::Either;

use crate::Endpoint;

pub(crate) type Socket = Either<TcpStream, UnixStream>;
pub(crate) type ReadHalf = Either<tcp::OwnedReadHalf, unix::OwnedReadHalf>;
pub(crate) type WriteHalf = Either<tcp::OwnedWriteHalf, unix::OwnedWriteHalf>;

/// Opens a socket to a daemon.
pub(crate) async fn open(endpoint: &Endpoint) -> io::Result<Socket> {
    match endpoint {
        Endpoint::Tcp { host, port } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            Ok(Either::Left(stream))
        }
        Endpoint::Unix(path) => UnixStream::connect(path).await.map(Either::Right),
    }
}

/// Splits a socket, so that its halves can be used at the same time.
pub(crate) fn split(socket: Socket) -> (ReadHalf, WriteHalf) {
    match socket {
        Either::Left(stream) => {
            let (reader, writer) = stream.into_split();
            (Either::Left(reader), Either::Left(writer))
        }
        Either::Right(stream) => {
            let (reader, writer) = stream.into_split();
            (Either::Right(reader), Either::Right(writer))
        }
    }
}

/// Encodes a message and writes all of it.
pub(crate) async fn send<C, M>(framed: &mut Framed<Socket, C>, message: M) -> Result<(), C::Error>
where
    C: Encoder<M>,
{
    let mut out = std::mem::take(framed.write_buffer_mut());
    framed.codec_mut().encode(message, &mut out)?;
    framed.get_mut().write_all(&out).await?;
    out.clear();
    // Its memory serves the next message.
    *framed.write_buffer_mut() = out;
    Ok(())
}

/// Waits for the next message; `None` is the end of the connection.
pub(crate) async fn next<S, C>(framed: &mut Framed<S, C>) -> Option<Result<C::Item, C::Error>>
where
    S: AsyncRead + Unpin,
    C: Decoder,
{
    poll_fn(|cx| Pin::new(&mut *framed).poll_next(cx)).await
}

/// Whether the error means that the other side has closed the connection.
pub(crate) fn is_hangup(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
    )
}
