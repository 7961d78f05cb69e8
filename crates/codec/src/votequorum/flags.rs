use bitflags::bitflags;

bitflags! {
    /// Flags of a node's information (`VOTEQUORUM_INFO_*`).
    ///
    /// The first six describe the daemon that was asked, the `QDEVICE_*` ones the node that was
    /// asked about. Bits without a name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
    pub struct NodeInfoFlags: u32 {
        /// One of two nodes suffices.
        #[doc(alias = "VOTEQUORUM_INFO_TWONODE")]
        const TWONODE = 1;
        /// The partition is quorate.
        #[doc(alias = "VOTEQUORUM_INFO_QUORATE")]
        const QUORATE = 1 << 1;
        /// Quorum is first given when all nodes are there.
        #[doc(alias = "VOTEQUORUM_INFO_WAIT_FOR_ALL")]
        const WAIT_FOR_ALL = 1 << 2;
        /// Expected votes follow the survivors.
        #[doc(alias = "VOTEQUORUM_INFO_LAST_MAN_STANDING")]
        const LAST_MAN_STANDING = 1 << 3;
        /// An even split is decided by node ids.
        #[doc(alias = "VOTEQUORUM_INFO_AUTO_TIE_BREAKER")]
        const AUTO_TIE_BREAKER = 1 << 4;
        /// Expected votes shrink when nodes leave cleanly.
        #[doc(alias = "VOTEQUORUM_INFO_ALLOW_DOWNSCALE")]
        const ALLOW_DOWNSCALE = 1 << 5;
        /// The node has registered a quorum device.
        #[doc(alias = "VOTEQUORUM_INFO_QDEVICE_REGISTERED")]
        const QDEVICE_REGISTERED = 1 << 6;
        /// The device polls in time.
        #[doc(alias = "VOTEQUORUM_INFO_QDEVICE_ALIVE")]
        const QDEVICE_ALIVE = 1 << 7;
        /// The device votes.
        #[doc(alias = "VOTEQUORUM_INFO_QDEVICE_CAST_VOTE")]
        const QDEVICE_CAST_VOTE = 1 << 8;
        /// The partition the device votes for wins.
        #[doc(alias = "VOTEQUORUM_INFO_QDEVICE_MASTER_WINS")]
        const QDEVICE_MASTER_WINS = 1 << 9;
        /// The device has set extra information (corosync after 3.1.10).
        const QDEVICE_HAS_EXTRA_INFO = 1 << 10;

        const _ = !0;
    }
}

bitflags! {
    /// What a tracking client wants to be told (`CS_TRACK_*`).
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
    pub struct TrackFlags: u32 {
        /// The state of now, once.
        #[doc(alias = "CS_TRACK_CURRENT")]
        const CURRENT = 1;
        /// The state of now, then every change.
        #[doc(alias = "CS_TRACK_CHANGES")]
        const CHANGES = 1 << 1;
        /// Every change, without the state of now.
        #[doc(alias = "CS_TRACK_CHANGES_ONLY")]
        const CHANGES_ONLY = 1 << 2;

        const _ = !0;
    }
}

impl TrackFlags {
    /// Whether the daemon goes on notifying after its reply.
    pub const fn follows_changes(self) -> bool {
        self.intersects(Self::CHANGES.union(Self::CHANGES_ONLY))
    }

    /// Whether the daemon first tells the state of now: a nodelist, then a quorum notification.
    pub const fn starts_with_current(self) -> bool {
        self.intersects(Self::CURRENT.union(Self::CHANGES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unnamed_bits_survive_beside_named_ones() {
        let flags = NodeInfoFlags::from_bits_retain(0x8000_0002);
        assert!(flags.contains(NodeInfoFlags::QUORATE));
        assert_eq!(flags.bits(), 0x8000_0002);
    }
}
