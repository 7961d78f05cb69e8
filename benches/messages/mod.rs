//! A message of every kind.

mod confd;
mod votequorum;

pub(crate) use self::confd::{
    confd_notifications, confd_replies, large_status, orders, statuses, subscription,
};
pub(crate) use self::votequorum::{auth_response, notifications, replies, requests};
