use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::Ordering;

use bytes::BytesMut;
use quorate_codec::qb::auth::Accepted;
use quorate_codec::qb::ring::{RingSize, file};

use crate::notify_bytes::NotifyBytes;
use crate::ring::{RingMemory, RingReader, RingWriter};
use crate::server_files::ServerDir;
use crate::shm::{Mapped, MappedRing, RingHeader};
use crate::{
    ChannelError, ConnectError, ConnectOptions, PeerCredentials, ServiceName, TransmitError,
};

/// The value of a request ring's flow control that stops every client. 2 stops those that asked for
/// it, which libqb's own do not by default.
const STOP: u32 = 1;

/// The reference count of a ring while both sides are connected.
const BOTH_SIDES: u32 = 2;

/// Length of a ring's header file with a server that was built for 32 bits.
const HEADER_LEN_32_BIT: u64 = 8236;

/// Messages in three rings, one per channel.
#[derive(Debug)]
pub(crate) struct ShmTransport {
    request: RingWriter<MappedRing>,
    response: RingReader<MappedRing>,
    event: RingReader<MappedRing>,
    notify_bytes: NotifyBytes,
    dir: ServerDir,
    names: [String; 3],
}

impl ShmTransport {
    pub(crate) fn open(
        accepted: &Accepted,
        options: &ConnectOptions,
        service: &ServiceName,
        peer: &PeerCredentials,
    ) -> Result<Self, ConnectError> {
        let names = ["request", "response", "event"]
            .map(|channel| format!("qb-{channel}-{}", service.as_str()));
        let [request, response, event] = &names;
        let dir = ServerDir::open(&accepted.request, request, options, peer)?;
        dir.expect_name(&accepted.response, response)?;
        dir.expect_name(&accepted.event, event)?;
        let max_len = accepted.max_msg_size;
        let (memory, size) = open_ring(&dir, request)?;
        let request = RingWriter::new(memory, size, max_len);
        let (memory, size) = open_ring(&dir, response)?;
        let response = RingReader::new(memory, size, max_len);
        let (memory, size) = open_ring(&dir, event)?;
        let event = RingReader::new(memory, size, max_len);
        Ok(Self { request, response, event, notify_bytes: NotifyBytes::default(), dir, names })
    }

    /// Puts a request into the ring; [`commit`](Self::commit) has to follow.
    pub(crate) fn stage(&mut self, head: &[u8], body: &[u8]) -> Result<(), TransmitError> {
        let memory = self.request.memory();
        if memory.ref_count().load(Ordering::Relaxed) != BOTH_SIDES {
            return Err(ChannelError::Closed.into());
        }
        if self.flow_control() == STOP {
            return Err(TransmitError::Busy);
        }
        Ok(self.request.stage_parts(head, body)?)
    }

    /// Makes what is staged visible to the server and sends a byte for each, in one go.
    ///
    /// A server that has received a request waits for its byte, and does nothing else until then.
    /// It does not wait for those the socket has no room for: it has as many bytes before it as it
    /// receives requests at a time. They follow when it has read some.
    pub(crate) fn commit(&mut self, setup: BorrowedFd<'_>) -> Result<(), ChannelError> {
        let committed = self.request.commit();
        self.notify_bytes.send(setup, committed)
    }

    pub(crate) fn pop_response(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        Ok(self.response.pop(out)?)
    }

    pub(crate) fn pop_event(&mut self, out: &mut BytesMut) -> Result<bool, ChannelError> {
        Ok(self.event.pop(out)?)
    }

    /// The server's flow control as it is now.
    pub(crate) fn flow_control(&self) -> u32 {
        self.request.memory().flow_control().load(Ordering::Relaxed)
    }

    pub(crate) fn largest_request(&self) -> u32 {
        self.request.max_len()
    }

    /// Removes the connection's files, by the names under which they were opened.
    pub(crate) fn remove_files(&self) {
        for name in &self.names {
            self.dir.remove_file(&format!("{name}-header"));
            self.dir.remove_file(&format!("{name}-data"));
        }
        self.dir.remove();
    }
}

impl Drop for ShmTransport {
    fn drop(&mut self) {
        for memory in [self.request.memory(), self.response.memory(), self.event.memory()] {
            memory.ref_count().store(0, Ordering::Relaxed);
        }
    }
}

/// Opens and maps the two files of a ring.
fn open_ring(dir: &ServerDir, name: &str) -> Result<(MappedRing, RingSize), ConnectError> {
    let header_name = format!("{name}-header");
    let data_name = format!("{name}-data");
    let unusable =
        |file: &str, problem| ConnectError::UnusableFile { path: dir.path_of(file), problem };
    let failed =
        |file: &str, source: io::Error| ConnectError::File { path: dir.path_of(file), source };
    let header = dir.open_file(&header_name, |len| match len {
        HEADER_LEN_32_BIT => Err("its length is that of a server built for 32 bits"),
        len => fits((file::MIN_LEN as u64..=file::LEN as u64).contains(&len)),
    })?;
    let header = Mapped::<RingHeader>::new(&header).map_err(|error| failed(&header_name, error))?;
    let size = RingSize::from_words(header.word_size())
        .ok_or_else(|| unusable(&header_name, "no ring has the length it announces"))?;
    dir.expect_name(&header.data_path(), &data_name)?;
    let data = dir.open_file(&data_name, |len| fits(len == u64::from(size.bytes())))?;
    let memory = MappedRing::new(header, &data, size).map_err(|error| failed(&data_name, error))?;
    memory.ref_count().fetch_add(1, Ordering::AcqRel);
    Ok((memory, size))
}

fn fits(fits: bool) -> Result<(), &'static str> {
    if fits { Ok(()) } else { Err("its length is not what the server announced") }
}
