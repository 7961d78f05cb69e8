//! Either side writes into the shared files what it should not.

use std::path::{Path, PathBuf};

use bytes::BytesMut;
use qbipc::{ChannelError, TransmitError};
use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::qb::ring::file;

use crate::support::{From, connected, next, overwrite, request, response, send};

const SEMAPHORE: u64 = file::SEMAPHORE as u64;
const WRITE_PT: u64 = file::WRITE_PT as u64;
const READ_PT: u64 = file::READ_PT as u64;

fn header(dir: &Path, channel: &str) -> PathBuf {
    file_of(dir, channel, "-header")
}

pub(crate) fn file_of(dir: &Path, channel: &str, suffix: &str) -> PathBuf {
    let mut files = dir.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let wanted = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with(channel) && name.ends_with(suffix)
    };
    files.find(wanted).unwrap()
}

/// What a server may have done to the rings, once the client has them.
#[tokio::test]
async fn rings_that_a_server_breaks_while_in_use() {
    let spoils: [(&str, &str, u64, u32); 7] = [
        ("qb-event-", "-header", WRITE_PT, 0xffff_fff0),
        ("qb-event-", "-header", SEMAPHORE, 3), // tokens without chunks
        ("qb-event-", "-data", 0, 0x7fff_ffff), // the length of the first chunk
        ("qb-response-", "-header", SEMAPHORE, 2),
        ("qb-response-", "-header", WRITE_PT, u32::MAX),
        ("qb-response-", "-data", 4, 0), // its magic
        ("qb-request-", "-header", READ_PT, u32::MAX),
    ];
    for (channel, suffix, offset, value) in spoils {
        let (mut client, mut server) = connected(ConnectionType::Shm, 65536).await;
        server.send_event(&response(1, 24)).unwrap();
        server.respond(&response(1, 24)).unwrap();
        overwrite(&file_of(server.dir(), channel, suffix), offset, value);
        let mut out = BytesMut::new();
        let outcome = (0..5).try_for_each(|_| {
            client.pop_event(&mut out)?;
            client.pop_response(&mut out)?;
            match client.transmit().push(&request(1, 24), &[]) {
                Err(TransmitError::Channel(error)) => Err(error),
                _ => Ok(()),
            }
        });
        let error = outcome.unwrap_err();
        assert!(matches!(error, ChannelError::Ring(_)), "{channel} {offset}: {error}");
    }
}

/// What a client may have done to them, seen from the server.
#[tokio::test]
async fn rings_that_a_client_breaks_while_in_use() {
    let spoils: [(&str, &str, u64, u32); 6] = [
        ("qb-request-", "-header", WRITE_PT, 0xffff_fff0),
        ("qb-request-", "-header", SEMAPHORE, 3),
        ("qb-request-", "-data", 0, 0x7fff_ffff),
        ("qb-request-", "-data", 4, 0),
        ("qb-response-", "-header", READ_PT, u32::MAX),
        ("qb-event-", "-header", READ_PT, u32::MAX),
    ];
    for (channel, suffix, offset, value) in spoils {
        let (mut client, mut server) = connected(ConnectionType::Shm, 65536).await;
        send(&mut client, &request(1, 24));
        overwrite(&file_of(server.dir(), channel, suffix), offset, value);
        let mut out = Vec::new();
        let mut error = None;
        for _ in 0..5 {
            // With several tokens and one chunk, the first request may be a good one.
            if let Err(ring) = server.recv(&mut out).await {
                error = Some(ring);
                break;
            }
            let answered = server.respond(&response(1, 24));
            let told = server.send_event(&response(1, 24));
            if let Err(TransmitError::Channel(ring)) = answered.and(told) {
                error = Some(ring);
                break;
            }
        }
        let error = error.expect("it is noticed");
        assert!(matches!(error, ChannelError::Ring(_)), "{channel} {offset}: {error}");
    }
}

/// The length of a ring is read once, and the paths are not read again: what becomes of them later
/// changes nothing for either side.
#[tokio::test]
async fn lengths_and_paths_that_change_later_mean_nothing() {
    let (mut client, mut server) = connected(ConnectionType::Shm, 65536).await;
    for channel in ["qb-request-", "qb-response-", "qb-event-"] {
        let header = header(server.dir(), channel);
        for offset in [file::WORD_SIZE, file::HDR_PATH, file::DATA_PATH] {
            overwrite(&header, u64::try_from(offset).unwrap(), u32::MAX);
        }
    }
    let mut out = Vec::new();
    // Several times around the rings.
    for id in 0..300 {
        send(&mut client, &request(id, 4000));
        server.recv(&mut out).await.unwrap();
        assert_eq!(out, request(id, 4000));
        server.respond(&response(id, 4000)).unwrap();
        assert_eq!(next(&mut client, From::Responses).await, response(id, 4000));
        server.send_event(&response(id, 4000)).unwrap();
        assert_eq!(next(&mut client, From::Events).await, response(id, 4000));
    }
}

/// Reference counts and flow control that lie stop requests at most.
#[tokio::test]
async fn counts_that_lie_stop_requests_at_most() {
    let offsets = [(file::REF_COUNT, 0), (file::REF_COUNT, u32::MAX), (file::FLOW_CONTROL, 1)];
    for (offset, value) in offsets {
        let (mut client, mut server) = connected(ConnectionType::Shm, 65536).await;
        let header = header(server.dir(), "qb-request-");
        overwrite(&header, u64::try_from(offset).unwrap(), value);
        let error = client.transmit().push(&request(1, 24), &[]).unwrap_err();
        let expected = match offset {
            file::REF_COUNT => matches!(error, TransmitError::Channel(ChannelError::Closed)),
            _ => matches!(error, TransmitError::Busy),
        };
        assert!(expected, "{offset}: {error}");
        server.send_event(&response(1, 24)).unwrap();
        assert!(client.pop_event(&mut BytesMut::new()).unwrap());
    }
}
