use bytes::BytesMut;

use super::getinfo::GetInfo;
use super::trackstart::TrackStart;
use super::trackstop::TrackStop;
use super::{Notification, Reply, Request, SERVICE_NAME, StateView, TrackFlags, remedy};
use crate::qb::CsError;
use crate::qb::header::RESPONSE_LEN;
use crate::qb::service::{
    Answer, Answered, Class, Multiplicity, Open, Overflow, Route, Service, Snapshot,
};
use crate::{DecodeError, Fields};

/// corosync's votequorum service.
///
/// A connection tracks once. The session asks for the current state and for changes whenever a reader
/// follows changes, and sorts out locally which reader gets which; the context on the wire is the
/// session's, to tell the notifications of one TRACKSTART from those of the next.
#[derive(Debug)]
pub enum Votequorum {}

impl Service for Votequorum {
    const NAME: &'static str = SERVICE_NAME;
    /// The largest message has 4144 bytes. The rest is room for more of them.
    const MAX_MSG_SIZE: u32 = 64 * 1024;
    const SUBSCRIPTIONS: Multiplicity = Multiplicity::One;
    const SNAPSHOT: Snapshot = Snapshot::BeforeReply;
    const OVERFLOW: Overflow = Overflow::Lag;

    type Request = Request;
    type Reply = Reply;
    type Event = Notification;
    type Topic = TrackFlags;
    type Handle = ();
    type View = StateView;

    #[inline]
    fn decode_reply(id: i32, message: &mut BytesMut) -> Result<Reply, DecodeError> {
        let mut fields = Fields::new("response", message);
        fields.skip(RESPONSE_LEN)?;
        Reply::read(id.into(), fields)
    }

    #[inline]
    fn decode_event(message: &mut BytesMut) -> Result<Notification, DecodeError> {
        Notification::decode(message)
    }

    #[inline]
    fn route(event: &Notification) -> Route {
        event.context().map_or(Route::Any, Route::Instance)
    }

    fn open(topic: &TrackFlags, instance: u64, answers: &[Answered<Self>]) -> Open<Self> {
        match answers.last() {
            None => {
                let flags =
                    if topic.follows_changes() { TrackFlags::CHANGES } else { TrackFlags::CURRENT };
                Open::Send(Request::TrackStart(TrackStart { context: instance, flags }))
            }
            Some(Ok(_)) => Open::Stands(()),
            Some(Err(CsError::TryAgain)) => Open::Pause,
            Some(Err(status)) => Open::Refused(*status),
        }
    }

    fn close(_topic: &TrackFlags, (): &()) -> Option<Request> {
        Some(Request::TrackStop(TrackStop))
    }

    fn is_once(topic: &TrackFlags) -> bool {
        !topic.follows_changes()
    }

    fn ping() -> Option<Request> {
        Some(Request::GetInfo(GetInfo { node: None }))
    }

    fn remedy(request: &'static str, status: CsError) -> Option<&'static str> {
        remedy::of(request, status)
    }
}

impl crate::qb::service::Request<Votequorum> for Request {
    fn name(&self) -> &'static str {
        self.id().name().unwrap_or("request")
    }

    #[inline]
    fn class(&self) -> Class {
        let answer = Answer { id: self.expects().code(), max_len: self.max_reply_len() };
        match self {
            // Answered when the registration has gone round the cluster; later replies overtake it.
            Self::QdeviceRegister(_) => Class::Late(answer),
            _ => Class::Ordinary(answer),
        }
    }

    #[inline]
    fn encode(&self, out: &mut BytesMut) {
        Self::encode(self, out);
    }
}
