use std::sync::Arc;

use quorate_fixtures::live::{Config, Network};

use super::{Node, QbIpcType};

/// Several nodes that reach each other over a bridge of their own.
#[derive(Debug)]
pub(crate) struct Cluster {
    nodes: Vec<Node>,
    network: Network,
}

impl Cluster {
    /// Starts `count` nodes, with ids from 1 on, and waits until all are members; `adapt` may change
    /// their configuration.
    pub(crate) fn start(
        count: usize,
        qb_ipc_type: QbIpcType,
        adapt: impl Fn(Config) -> Config,
    ) -> Self {
        let network = Network::new(count);
        let config = adapt(Config::cluster(qb_ipc_type, count));
        let node = |id| Node::new(&config, Arc::clone(network.namespace(id)));
        let nodes: Vec<_> = (1..=count).map(node).collect();
        nodes.iter().for_each(Node::spawn);
        nodes.iter().for_each(|node| node.wait_for_members(count));
        Self { nodes, network }
    }

    pub(crate) fn node(&self, id: usize) -> &Node {
        &self.nodes[id - 1]
    }

    /// Takes a node off the bridge.
    pub(crate) fn cut(&self, id: usize) {
        self.network.cut(id);
    }

    /// Puts it back.
    pub(crate) fn heal(&self, id: usize) {
        self.network.heal(id);
    }
}
