//! Lists of operations, each of which shows something that has to be right.
//!
//! What the bytes mean is in the `operation` modules of `crates/models`.

mod confd;
mod ring;
mod session;
mod votequorum;

use crate::seeds::Seeds;

pub(crate) fn add(seeds: &mut Seeds) {
    for (variant, kind) in (0..).zip(session::KINDS) {
        for (name, list) in session::LISTS {
            let list = [&[variant], *list].concat();
            seeds.add("qb_session", &format!("{kind} {name}"), &list);
        }
    }
    let lists = [
        ("qb_ring", ring::LISTS),
        ("vq_state", votequorum::LISTS),
        ("confd_ha_session", confd::ORDERS),
        ("confd_event_session", confd::EVENTS),
    ];
    for (target, lists) in lists {
        for (name, list) in lists {
            seeds.add(target, name, list);
        }
    }
}
