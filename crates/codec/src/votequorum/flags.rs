use std::fmt;
use std::str::FromStr;

use bitflags::{bitflags, parser};

use super::InvalidText;

bitflags! {
    /// Flags of a node's information (`VOTEQUORUM_INFO_*`).
    ///
    /// The first six describe the daemon that was asked, the `QDEVICE_*` ones the node that was
    /// asked about. Bits without a name are kept.
    ///
    /// Written as names with ` | ` between them, and bits without a name as a hexadecimal number:
    /// `QUORATE | WAIT_FOR_ALL | 0x80000000`; without any, as `0x0`.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
    pub struct NodeInfoFlags: u32 {
        /// One of two nodes suffices.
        #[doc(alias = "VOTEQUORUM_INFO_TWONODE")]
        const TWONODE = 1;
        /// The partition is quorate.
        #[doc(alias = "VOTEQUORUM_INFO_QUORATE")]
        const QUORATE = 1 << 1;
        /// The cluster becomes quorate only once all nodes have joined.
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
    /// Which notifications a track asks for (`CS_TRACK_*`).
    ///
    /// Written as [`NodeInfoFlags`] are: `CURRENT | CHANGES`.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
    pub struct TrackFlags: u32 {
        /// The current state, once.
        #[doc(alias = "CS_TRACK_CURRENT")]
        const CURRENT = 1;
        /// The current state, then every change.
        #[doc(alias = "CS_TRACK_CHANGES")]
        const CHANGES = 1 << 1;
        /// Every change, without the current state.
        #[doc(alias = "CS_TRACK_CHANGES_ONLY")]
        const CHANGES_ONLY = 1 << 2;

        const _ = !0;
    }
}

impl TrackFlags {
    /// Whether notifications go on after the daemon's reply.
    pub const fn follows_changes(self) -> bool {
        self.intersects(Self::CHANGES.union(Self::CHANGES_ONLY))
    }

    /// Whether the daemon sends the current state first: a nodelist, then a quorum notification.
    pub const fn starts_with_current(self) -> bool {
        self.intersects(Self::CURRENT.union(Self::CHANGES))
    }
}

/// Text of a set of flags, both ways.
macro_rules! flags_as_text {
    ($Flags:ty) => {
        impl fmt::Display for $Flags {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if self.is_empty() { f.write_str("0x0") } else { parser::to_writer(self, f) }
            }
        }

        impl FromStr for $Flags {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                let invalid = InvalidText::new("names of flags or 0x numbers, with | between them");
                parser::from_str(text).map_err(|_| invalid)
            }
        }
    };
}

flags_as_text!(NodeInfoFlags);
flags_as_text!(TrackFlags);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unnamed_bits_survive_beside_named_ones() {
        let flags = NodeInfoFlags::from_bits_retain(0x8000_0002);
        assert!(flags.contains(NodeInfoFlags::QUORATE));
        assert_eq!(flags.bits(), 0x8000_0002);
    }

    #[test]
    fn as_text() {
        for (bits, text) in
            [(0, "0x0"), (6, "QUORATE | WAIT_FOR_ALL"), (0x8000_0002, "QUORATE | 0x80000000")]
        {
            let flags = NodeInfoFlags::from_bits_retain(bits);
            assert_eq!((flags.to_string().as_str(), text.parse()), (text, Ok(flags)));
        }
        assert_eq!(TrackFlags::from_bits_retain(3).to_string(), "CURRENT | CHANGES");
        assert_eq!("CHANGES_ONLY".parse(), Ok(TrackFlags::CHANGES_ONLY));
        for text in ["QUORUM", "QUORATE |", "|", "0xg", "12"] {
            text.parse::<NodeInfoFlags>().unwrap_err();
        }
    }
}
