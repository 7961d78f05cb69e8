use std::collections::HashMap;

use super::Namespace;

/// What `corosync-quorumtool -s` printed.
#[derive(Debug)]
pub(crate) struct QuorumTool {
    fields: HashMap<String, String>,
}

impl QuorumTool {
    pub(crate) fn run(namespace: &Namespace) -> Self {
        let output = namespace.command("corosync-quorumtool").arg("-s").output();
        let text = String::from_utf8_lossy(&output.expect("it is installed").stdout).into_owned();
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        let fields = fields.map(|(key, value)| (key.trim().into(), value.trim().into()));
        Self { fields: fields.collect() }
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        let found = self.fields.get(field);
        found.unwrap_or_else(|| panic!("no {field:?} in {:?}", self.fields))
    }

    /// The number a field starts with.
    pub(crate) fn number(&self, field: &str) -> u32 {
        let text = self.text(field);
        let number = text.split_whitespace().next().and_then(|number| number.parse().ok());
        number.unwrap_or_else(|| panic!("{field:?} is {text:?}, not a number"))
    }
}
