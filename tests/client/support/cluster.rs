use std::sync::Arc;

use super::namespace::ip;
use super::{Config, Namespace, Node, QbIpcType};

/// Several nodes that see each other over a bridge of their own.
#[derive(Debug)]
pub(crate) struct Cluster {
    nodes: Vec<Node>,
    hub: Namespace,
}

impl Cluster {
    /// Starts `count` nodes, with ids from 1 on; `adapt` may change their configuration.
    pub(crate) fn start(
        count: usize,
        qb_ipc_type: QbIpcType,
        adapt: impl Fn(Config) -> Config,
    ) -> Self {
        let hub = Namespace::new();
        ip(&["-n", hub.name(), "link", "add", "br0", "type", "bridge"]);
        ip(&["-n", hub.name(), "link", "set", "br0", "up"]);
        let addresses = (1..=count).map(|id| format!("10.9.8.{id}")).collect();
        let config = adapt(Config { addresses, ..Config::single(qb_ipc_type) });
        let nodes = (1..=count).map(|id| Node::new(&config, linked(&hub, id))).collect();
        let cluster = Self { nodes, hub };
        cluster.nodes.iter().for_each(Node::spawn);
        cluster
    }

    pub(crate) fn node(&self, id: usize) -> &Node {
        &self.nodes[id - 1]
    }

    /// Takes a node off the bridge.
    pub(crate) fn cut(&self, id: usize) {
        ip(&["-n", self.hub.name(), "link", "set", &format!("port{id}"), "down"]);
    }

    /// Puts it back.
    pub(crate) fn heal(&self, id: usize) {
        ip(&["-n", self.hub.name(), "link", "set", &format!("port{id}"), "up"]);
    }
}

/// A namespace with an interface on the hub's bridge.
fn linked(hub: &Namespace, id: usize) -> Arc<Namespace> {
    let node = Namespace::new();
    let port = format!("port{id}");
    ip(&[
        "-n",
        hub.name(),
        "link",
        "add",
        &port,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        node.name(),
    ]);
    ip(&["-n", hub.name(), "link", "set", &port, "master", "br0", "up"]);
    ip(&["-n", node.name(), "addr", "add", &format!("10.9.8.{id}/24"), "dev", "eth0"]);
    ip(&["-n", node.name(), "link", "set", "eth0", "up"]);
    Arc::new(node)
}
