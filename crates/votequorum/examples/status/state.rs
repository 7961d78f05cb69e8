use votequorum::{
    Client, Corosync3, CsError, Error, ErrorKind, NodeId, NodeInfo, NodeInfoFlags, RingId,
    Transport,
};

/// What is shown.
pub(crate) struct State {
    /// The node that was asked about.
    pub(crate) info: NodeInfo,
    /// The node that answers.
    pub(crate) local: NodeId,
    pub(crate) ring_id: RingId,
    pub(crate) members: Vec<NodeInfo>,
    pub(crate) extra_info: ExtraInfo,
    pub(crate) transport: Option<Transport>,
}

/// The extra information of quorum devices.
pub(crate) enum ExtraInfo {
    NotAsked,
    /// This corosync does not have it.
    NotSupported,
    /// Of the members whose device has some, with the node's id.
    Known(Vec<(u32, Vec<u8>)>),
}

impl State {
    /// Asks the daemon about `node`, where 0 is its own, and about the members of one ring.
    pub(crate) async fn ask(client: &Client, node: u32) -> Result<Self, Error> {
        let mut watch = client.watch().await?;
        loop {
            let before = watch.refresh().await?;
            let Some(view) = before.known() else { continue };
            let local = client.local_info().await?;
            let (local, info) = match node {
                0 => (local.node_id, local),
                _ => (local.node_id, client.get_info(node).await?),
            };
            let mut members = Vec::new();
            for member in &view.members {
                members.push(client.get_info(*member).await?);
            }
            // The answers are of one ring only if it did not change meanwhile.
            if watch.now().known().is_some_and(|now| now.ring_id == view.ring_id) {
                let (extra_info, transport) = (ExtraInfo::NotAsked, client.transport());
                let ring_id = view.ring_id;
                return Ok(Self { info, local, ring_id, members, extra_info, transport });
            }
        }
    }

    /// Asks for the extra information of the members' quorum devices.
    pub(crate) async fn ask_extra_info(&mut self, client: &Client) -> Result<(), Error> {
        let mut known = Vec::new();
        for member in &self.members {
            match client.extra_info(Corosync3).get(member.node_id).await {
                Ok(info) if info.is_empty() => {}
                Ok(info) => known.push((member.node_id.get(), info.to_vec())),
                Err(error) if error.kind() == ErrorKind::NotSupported => {
                    self.extra_info = ExtraInfo::NotSupported;
                    return Ok(());
                }
                // This daemon has no quorum device in its configuration.
                Err(error) if error.status() == Some(CsError::Access) => break,
                Err(error) => return Err(error),
            }
        }
        self.extra_info = ExtraInfo::Known(known);
        Ok(())
    }

    pub(crate) fn is_quorate(&self) -> bool {
        self.info.flags.contains(NodeInfoFlags::QUORATE)
    }

    /// The votes of the quorum device that count for the node that was asked about: none while its
    /// device does not vote.
    pub(crate) fn counted_device_votes(&self) -> u32 {
        let votes = self.info.flags.contains(NodeInfoFlags::QDEVICE_CAST_VOTE);
        if votes { self.info.qdevice_votes } else { 0 }
    }
}
