use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::qb::CsError;
use crate::votequorum::qdevice_get_extra_info::QdeviceExtraInfo;
use crate::votequorum::session::CallError;
use crate::votequorum::{
    ExpectedVotesNotification, Node, NodeId, NodeInfo, NodeState, NodelistNotification,
    Notification, QuorumNotification, Reply, Request, ResponseId, RingId,
};

/// The daemon's side of a connection: it answers in order, but for registrations, and queues what
/// a request causes before its answer.
#[derive(Debug, Default)]
pub(super) struct Daemon {
    /// What the client has sent: the calls' numbers and their bytes.
    pub(super) requests: VecDeque<(usize, BytesMut)>,
    pub(super) responses: VecDeque<Answer>,
    pub(super) events: VecDeque<Event>,
    /// A registration that goes round the cluster.
    registering: Option<Answer>,
    tracking: Option<Tracker>,
}

/// A response, and the call it answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) call: usize,
    pub(super) outcome: Result<Reply, CallError>,
    pub(super) bytes: BytesMut,
}

/// A notification, and the call that started the track it is for.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) start: usize,
    pub(super) notification: Notification,
}

#[derive(Debug)]
struct Tracker {
    start: usize,
    context: u64,
}

impl Daemon {
    /// The connection is gone.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes the next request and does what it asks for.
    pub(super) fn take_one(&mut self) -> bool {
        let Some((call, bytes)) = self.requests.pop_front() else { return false };
        let request = Request::decode(&bytes).expect("the session sends requests");
        let answer = match &request {
            Request::TrackStart(start) => {
                // A daemon that tracks already sends its notifications all the same.
                assert!(self.tracking.is_none(), "the client tracks twice");
                if start.flags.starts_with_current() {
                    self.notify(call, start.context);
                }
                let refused = start.context % 2 == 1;
                if !refused && start.flags.follows_changes() {
                    self.tracking = Some(Tracker { start: call, context: start.context });
                }
                status(call, refused)
            }
            Request::TrackStop(_) => {
                let refused = self.tracking.take().is_none();
                status(call, refused)
            }
            Request::QdeviceRegister(_) => {
                assert!(self.registering.is_none(), "a request was sent behind a registration");
                self.registering = Some(status(call, call % 2 == 1));
                return true;
            }
            Request::GetInfo(asked) => match call % 4 {
                0 => refuse(call, ResponseId::GetInfo),
                1 => refuse(call, ResponseId::Status),
                _ => accept(
                    call,
                    Reply::GetInfo(NodeInfo {
                        node_id: asked.node.unwrap_or_default(),
                        ..NodeInfo::default()
                    }),
                ),
            },
            Request::QdeviceGetExtraInfo(asked) => match call % 4 {
                0 => refuse(call, ResponseId::QdeviceGetExtraInfo),
                1 => refuse(call, ResponseId::Status),
                _ => {
                    let info = Bytes::copy_from_slice(&asked.node.get().to_ne_bytes());
                    accept(call, Reply::QdeviceExtraInfo(QdeviceExtraInfo { info }))
                }
            },
            _ => status(call, call % 4 != 0),
        };
        self.responses.push_back(answer);
        true
    }

    /// A registration has gone round the cluster.
    pub(super) fn finish_register(&mut self) {
        self.responses.extend(self.registering.take());
    }

    /// The membership changes.
    pub(super) fn change(&mut self) {
        if let Some(Tracker { start, context }) = self.tracking {
            self.notify(start, context);
        }
    }

    fn notify(&mut self, start: usize, context: u64) {
        let node = NodeId::new(1);
        let ring_id = RingId::new(node, u64::try_from(start).unwrap_or(u64::MAX));
        let member = Node::new(node, NodeState::Member);
        let notifications = [
            Notification::Nodelist(NodelistNotification::new(context, ring_id, vec![node])),
            Notification::ExpectedVotes(ExpectedVotesNotification::new(context, 3)),
            Notification::Quorum(QuorumNotification::new(context, true, vec![member])),
        ];
        self.events.extend(notifications.map(|notification| Event { start, notification }));
    }
}

fn status(call: usize, refused: bool) -> Answer {
    if refused { refuse(call, ResponseId::Status) } else { accept(call, Reply::Status) }
}

fn accept(call: usize, reply: Reply) -> Answer {
    let mut bytes = BytesMut::new();
    reply.encode(&mut bytes);
    Answer { call, outcome: Ok(reply), bytes }
}

/// Refuses with an error that no other call gets.
fn refuse(call: usize, id: ResponseId) -> Answer {
    let error = CsError::Unknown(1000 + i32::try_from(call).unwrap_or(0));
    let mut bytes = BytesMut::new();
    Reply::encode_error(id, error, &mut bytes);
    Answer { call, outcome: Err(CallError::Status(error)), bytes }
}
