use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::Ordering;

use quorate_codec::qb::auth::{Accepted, ConnectionType};
use quorate_codec::qb::ring::RingSize;
use rustix::param::page_size;

use super::files::ConnectionDir;
use crate::notify_bytes::NotifyBytes;
use crate::ring::{PushError, RingMemory, RingReader, RingWriter};
use crate::shm::MappedRing;
use crate::transport::datagram::Received;
use crate::{ChannelError, ServiceName};

/// The server's side of a connection over shared memory.
#[derive(Debug)]
pub(super) struct ServerShm {
    request: RingReader<MappedRing>,
    response: RingWriter<MappedRing>,
    event: RingWriter<MappedRing>,
    notify_bytes: NotifyBytes,
    dir: ConnectionDir,
}

impl ServerShm {
    pub(super) fn create(
        mut dir: ConnectionDir,
        service: &ServiceName,
        max_msg_size: u32,
    ) -> io::Result<(Self, Accepted)> {
        let page_size = u32::try_from(page_size()).map_err(|_| io::ErrorKind::Unsupported)?;
        let size = RingSize::for_message(max_msg_size, page_size);
        let size = size.ok_or(io::ErrorKind::InvalidInput)?;
        let names = ["request", "response", "event"]
            .map(|channel| format!("qb-{channel}-{}", service.as_str()));
        let [request, response, event] = &names;
        let accepted = Accepted {
            connection_type: ConnectionType::Shm,
            max_msg_size,
            request: dir.path().join(request).as_os_str().as_bytes().to_vec(),
            response: dir.path().join(response).as_os_str().as_bytes().to_vec(),
            event: dir.path().join(event).as_os_str().as_bytes().to_vec(),
        };
        let shm = Self {
            request: RingReader::new(dir.create_ring(request, size)?, size, max_msg_size),
            response: RingWriter::new(dir.create_ring(response, size)?, size, max_msg_size),
            event: RingWriter::new(dir.create_ring(event, size)?, size, max_msg_size),
            notify_bytes: NotifyBytes::default(),
            dir,
        };
        Ok((shm, accepted))
    }

    pub(super) fn pop_request(&mut self, out: &mut Vec<u8>) -> Result<Received, ChannelError> {
        Ok(if self.request.pop(out)? { Received::Message } else { Received::Nothing })
    }

    /// Whether there are requests that were not received.
    pub(super) fn has_requests(&self) -> bool {
        self.request.is_ready()
    }

    pub(super) fn respond(&mut self, message: &[u8]) -> Result<(), PushError> {
        self.response.stage(message)?;
        self.response.commit();
        Ok(())
    }

    /// Puts an event into the ring; [`announce`](Self::announce) has to follow.
    pub(super) fn stage_event(&mut self, message: &[u8]) -> Result<(), PushError> {
        self.event.stage(message)
    }

    /// Lets the client see the events that are staged, and announces them and those for which that
    /// was not possible before.
    pub(super) fn announce(&mut self, setup: BorrowedFd<'_>) -> Result<(), ChannelError> {
        let committed = self.event.commit();
        self.notify_bytes.send(setup, committed)
    }

    /// Whether there are events in the ring that were not announced.
    pub(super) fn owes_bytes(&self) -> bool {
        self.notify_bytes.are_owed()
    }

    pub(super) fn largest_event(&self) -> u32 {
        self.event.max_len()
    }

    pub(super) fn set_flow_control(&self, value: u32) {
        self.request.memory().flow_control().store(value, Ordering::Relaxed);
    }

    pub(super) fn dir(&mut self) -> &mut ConnectionDir {
        &mut self.dir
    }
}

impl Drop for ServerShm {
    fn drop(&mut self) {
        if self.dir.was_taken() {
            return;
        }
        for memory in [self.response.memory(), self.event.memory(), self.request.memory()] {
            memory.ref_count().store(0, Ordering::Relaxed);
        }
    }
}
