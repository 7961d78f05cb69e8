//! A client that cuts its files short, as no client should.

use crate::support::on_live_daemons;

on_live_daemons!(corosync_does_not_survive_it);

mod cases {
    use std::io::{Read, Write};
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram, UnixStream};
    use std::os::unix::process::ExitStatusExt;
    use std::path::Path;

    use bytes::BytesMut;
    use quorate_codec::qb::auth::{
        AUTH_RESPONSE_LEN, Accepted, AuthRequest, AuthResponse, ConnectionType,
    };
    use rustix::process::Signal;

    use crate::support::Node;

    /// So our servers are not worse off than libqb's: see SECURITY.md.
    pub(super) fn corosync_does_not_survive_it(node: &Node) {
        node.in_namespace(|_| {
            let (mut setup, accepted) = let_in();
            let dir = Path::new(std::str::from_utf8(&accepted.request).unwrap()).parent().unwrap();
            for file in dir.read_dir().unwrap() {
                let path = file.unwrap().path();
                let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
                file.set_len(0).unwrap();
            }
            // Something makes it look.
            match accepted.connection_type {
                ConnectionType::Shm => drop(setup.write_all(&[0])),
                _ => {
                    let to = [accepted.response.as_slice(), b"-request"].concat();
                    let socket = UnixDatagram::unbound().unwrap();
                    let mut request = [0; 24];
                    request[8] = 24;
                    socket.send_to_addr(&request, &abstract_address(&to)).unwrap();
                }
            }
            let status = node.wait();
            assert_eq!(status.signal(), Some(Signal::BUS.as_raw()), "{status}");
        });
    }

    fn let_in() -> (UnixStream, Accepted) {
        let mut setup = UnixStream::connect_addr(&abstract_address(b"votequorum")).unwrap();
        let mut request = BytesMut::new();
        AuthRequest { max_msg_size: 65536 }.encode(&mut request);
        setup.write_all(&request).unwrap();
        let mut answer = vec![0; AUTH_RESPONSE_LEN];
        setup.read_exact(&mut answer).unwrap();
        match AuthResponse::decode(&answer).unwrap() {
            AuthResponse::Accepted(accepted) => (setup, accepted),
            refused => panic!("{refused:?}"),
        }
    }

    /// As libqb has it: padded with NULs.
    fn abstract_address(name: &[u8]) -> SocketAddr {
        let mut padded = name.to_vec();
        padded.resize(107, 0);
        SocketAddr::from_abstract_name(padded).unwrap()
    }
}
