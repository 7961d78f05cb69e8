//! Lists of operations, each of which shows something that has to be right.
//!
//! What the bytes mean is in the `operation` modules beside the targets.

mod confd;
mod ring;
mod votequorum;

use crate::seeds::Seeds;

pub(crate) fn add(seeds: &mut Seeds) {
    let lists = [
        ("qb_ring", ring::LISTS),
        ("vq_session", votequorum::LISTS),
        ("confd_ha_session", confd::ORDERS),
        ("confd_event_session", confd::EVENTS),
    ];
    for (target, lists) in lists {
        for (name, list) in lists {
            seeds.add(target, name, list);
        }
    }
}
