//! What a program does that calls a blocking library in the manner of libconfd:
//! `blocking-confd N ADDRESS`.
//!
//! One blocking socket; an order is one write, its answer two reads, of the length and of the rest.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use cpu_time::ProcessTime;
use quorate_codec::confd_ha::handshake::{
    AccessCheck, ClientKind, HANDSHAKE_LEN, HandshakeRequest, LibraryVersion, ProtocolVersion,
    Sizes,
};
use quorate_codec::confd_ha::term::{Dialect, VersionByte};
use quorate_codec::confd_ha::{Order, StatusReply, token};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [n, address] = arguments.as_slice() else {
        return Err("usage: blocking-confd N ADDRESS".into());
    };
    let n: u64 = n.parse()?;
    let mut socket = connect(address)?;
    status(&mut socket)?;
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    for _ in 0..n {
        status(&mut socket)?;
    }
    let (wall, cpu) = (wall.elapsed().as_nanos(), cpu.elapsed().as_nanos());
    println!("{{\"ops\":{n},\"ns\":{wall},\"cpu_ns\":{cpu}}}");
    Ok(())
}

fn connect(address: &str) -> Outcome<TcpStream> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    let mut out = BytesMut::new();
    let request = HandshakeRequest {
        kind: ClientKind::Ha,
        access: AccessCheck::Without,
        protocol: ProtocolVersion::DEFAULT,
        library: LibraryVersion::DEFAULT,
        sizes: Sizes::CONFD,
    };
    request.encode(&mut out);
    socket.write_all(&out)?;
    socket.read_exact(&mut [0; HANDSHAKE_LEN])?;
    out.clear();
    token::encode(b"token", &mut out);
    socket.write_all(&out)?;
    Ok(socket)
}

fn status(socket: &mut TcpStream) -> Outcome<()> {
    let mut out = BytesMut::new();
    Order::Status.encode(Dialect::Libconfd, &mut out);
    socket.write_all(&out)?;
    let mut len = [0; 4];
    socket.read_exact(&mut len)?;
    let mut frame = vec![0; usize::try_from(u32::from_be_bytes(len))?];
    socket.read_exact(&mut frame)?;
    StatusReply::decode(&Bytes::from(frame), VersionByte::Optional)?;
    Ok(())
}
