//! Who is let in, and where the daemon listens.

use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use votequorum::{CsError, ErrorKind, NodeId, SocketNamespace};

use crate::support::{Config, Node, available, connect, over_both_transports, wait_until_clean};

const NOBODY: u32 = 65534;

/// Makes the calling thread run as a user without privileges.
fn become_nobody() {
    let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
    set_thread_groups(&[]).expect("root may do that");
    set_thread_res_gid(gid, gid, gid).expect("root may do that");
    set_thread_res_uid(uid, uid, uid).expect("root may do that");
}

#[test]
fn other_users_are_refused_and_can_be_let_in() {
    if !available() {
        return;
    }
    over_both_transports(|qb_ipc_type| {
        let node = Node::start(&Config::single(qb_ipc_type));
        node.run(async |options| {
            become_nobody();
            let error = options.connect().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AccessDenied);
            assert_eq!(error.as_cs_error(), CsError::Access);
            assert!(error.to_string().contains("uidgid"), "{error}");
        });
        let uidgid = format!("uidgid {{\n  uid: {NOBODY}\n}}");
        let config = Config::single(qb_ipc_type).section(&uidgid);
        let node = Node::start(&config);
        node.run(async |options| {
            become_nobody();
            let client = connect(options).await;
            assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
            client.close().await.unwrap();
        });
        wait_until_clean(&node);
    });
}

/// The kernel reports the real user to corosync, which gives its files to that one.
#[test]
fn the_real_user_counts() {
    if !available() {
        return;
    }
    over_both_transports(|qb_ipc_type| {
        let uidgid = format!("uidgid {{\n  uid: {NOBODY}\n}}");
        let node = Node::start(&Config::single(qb_ipc_type).section(&uidgid));
        node.run(async |options| {
            let (real, effective) = (Uid::from_raw(NOBODY), Uid::ROOT);
            set_thread_groups(&[]).expect("root may do that");
            set_thread_res_uid(real, effective, effective).expect("root may do that");
            let client = connect(options).await;
            assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
            client.close().await.unwrap();
        });
        wait_until_clean(&node);
    });
}

#[test]
fn sockets_in_the_filesystem() {
    if !available() {
        return;
    }
    over_both_transports(|qb_ipc_type| {
        let node = Node::start(&Config::single(qb_ipc_type).filesystem_sockets());
        node.run(async |options| {
            let client = connect(options.clone()).await;
            assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
            let in_abstract = options.namespace(SocketNamespace::Abstract);
            assert_eq!(in_abstract.connect().await.unwrap_err().kind(), ErrorKind::Unavailable);
        });
        wait_until_clean(&node);
    });
}
