//! What labels divide a run into, and the call tree without them.

use std::collections::HashMap;

use crate::model::{Entry, FunctionId, Label, MeasureId, Node, NodeId, ProfileData};
use crate::profile::Profile;

/// The nodes of a call tree, each under one value or none: a run divided by transaction, by opcode ….
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partition {
    /// The values, in the order in which the tree has them.
    pub values: Vec<String>,
    /// For each node its place in `values`.
    pub of_node: Vec<Option<u32>>,
}

impl Partition {
    /// Divides a call tree: a node is under the value that `own` gives for it, else under its parent's.
    pub fn of(profile: &Profile, own: impl Fn(&Node) -> Option<String>) -> Partition {
        let mut partition = Partition::default();
        let mut known: HashMap<String, u32> = HashMap::new();
        for (index, node) in profile.nodes.iter().enumerate() {
            let value = match own(node) {
                Some(value) => Some(*known.entry(value).or_insert_with_key(|value| {
                    partition.values.push(value.clone());
                    partition.values.len() as u32 - 1
                })),
                None if index == 0 => None,
                None => partition.of_node[node.parent.0 as usize],
            };
            partition.of_node.push(value);
        }
        partition
    }

    /// What the nodes of each value cost themselves, and those under none. They add up to the measure's
    /// sum over all nodes.
    ///
    /// # Panics
    /// If the partition is of another tree.
    pub fn totals(&self, profile: &Profile, measure: MeasureId) -> (Vec<u64>, u64) {
        let mut totals = vec![0; self.values.len()];
        let mut without = 0;
        let own = profile.node_column(measure);
        for (value, own) in self.of_node.iter().zip(own.iter()) {
            match value {
                Some(value) => totals[*value as usize] += own,
                None => without += own,
            }
        }
        (totals, without)
    }

    /// For each node how often it was entered from outside of its value.
    ///
    /// # Panics
    /// If the partition is of another tree.
    pub fn entries(&self, profile: &Profile) -> Vec<u64> {
        let nodes = profile.nodes.iter().zip(&self.of_node);
        nodes
            .map(|(node, value)| match self.of_node[node.parent.0 as usize] {
                outside if outside != *value => node.calls,
                _ => 0,
            })
            .collect()
    }

    /// Adds a number of each node up by value.
    pub fn sums(&self, of_nodes: &[u64]) -> Vec<u64> {
        let mut sums = vec![0; self.values.len()];
        for (value, number) in self.of_node.iter().zip(of_nodes) {
            if let Some(value) = value {
                sums[*value as usize] += number;
            }
        }
        sums
    }
}

/// Labels that hold at a node: key and value.
pub type LabelPairs<'p> = Vec<(&'p str, &'p str)>;

/// What makes two contexts one, labels apart.
type ContextKey = (u32, FunctionId, u64, Entry, Option<u32>);

impl Profile {
    /// Value of a label: of the node itself, not of those above it.
    pub fn label_of(&self, node: &Node, key: &str) -> Option<&str> {
        let pairs = &self.labels.get(node.label? as usize)?.pairs;
        let pair = pairs.iter().find(|(name, _)| name == key);
        pair.map(|(_, value)| value.as_str())
    }

    /// The labels of each node and of those above it; of two with one key, the node's own or the nearer one. Gives
    /// the different lists of pairs, the first of them empty, and for each node its list.
    pub fn labels_of_nodes(&self) -> (Vec<LabelPairs<'_>>, Vec<u32>) {
        let mut lists = vec![Vec::new()];
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        let mut of_node: Vec<u32> = Vec::with_capacity(self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            let above = match index {
                0 => 0,
                _ => of_node[node.parent.0 as usize],
            };
            let list = match node.label {
                None => above,
                Some(own) => *known.entry((above, own)).or_insert_with(|| {
                    let pairs = &self.labels[own as usize].pairs;
                    let own = pairs
                        .iter()
                        .map(|(key, value)| (key.as_str(), value.as_str()));
                    let mut list: LabelPairs<'_> = own.collect();
                    let nearer = |key| pairs.iter().any(|(near, _)| near == key);
                    let further = &lists[above as usize];
                    list.extend(further.iter().filter(|(key, _)| !nearer(key)));
                    lists.push(list);
                    lists.len() as u32 - 1
                }),
            };
            of_node.push(list);
        }
        (lists, of_node)
    }

    /// The same profile with contexts that only labels tell apart as one.
    pub fn without_labels(self) -> Profile {
        self.with_labels_of(&[])
    }

    /// The same profile with the labels of these keys only; contexts that others told apart are one.
    pub fn with_labels_of(self, keys: &[&str]) -> Profile {
        if self.nodes.iter().all(|node| node.label.is_none()) {
            return self;
        }
        let data = self.into_data();
        let (labels, kept) = labels_of(&data.labels, keys);
        let mut nodes: Vec<Node> = Vec::with_capacity(data.nodes.len());
        let mut columns = vec![Vec::with_capacity(data.nodes.len()); data.node_values.len()];
        let mut known: HashMap<ContextKey, u32> = HashMap::new();
        let mut places: Vec<u32> = Vec::with_capacity(data.nodes.len());
        for (index, node) in data.nodes.iter().enumerate() {
            // The root has no parent to be found under; nothing else has this number.
            let parent = match index {
                0 => u32::MAX,
                _ => places[node.parent.0 as usize],
            };
            let label = node.label.and_then(|label| kept[label as usize]);
            let key = (parent, node.function, node.call_site, node.entry, label);
            let place = *known.entry(key).or_insert_with(|| {
                nodes.push(Node {
                    parent: NodeId(if index == 0 { 0 } else { parent }),
                    calls: 0,
                    label,
                    ..*node
                });
                columns.iter_mut().for_each(|column| column.push(0));
                nodes.len() as u32 - 1
            });
            places.push(place);
            nodes[place as usize].calls += node.calls;
            for (column, values) in columns.iter_mut().zip(&data.node_values) {
                column[place as usize] += values[index];
            }
        }
        let mut timeline = data.timeline;
        for node in &mut timeline.nodes {
            *node = NodeId(places[node.0 as usize]);
        }
        let merged = ProfileData {
            nodes,
            node_values: columns,
            labels,
            timeline,
            ..data
        };
        Profile::new(merged).expect("sums over fewer contexts are the same sums")
    }
}

/// The label sets of these keys only, each once, and for each old set its new one.
fn labels_of(sets: &[Label], keys: &[&str]) -> (Vec<Label>, Vec<Option<u32>>) {
    let mut labels: Vec<Label> = Vec::new();
    let mut known: HashMap<Vec<(String, String)>, u32> = HashMap::new();
    let new = sets.iter().map(|set| {
        let pairs = set.pairs.iter();
        let pairs: Vec<(String, String)> = pairs
            .filter(|(key, _)| keys.contains(&key.as_str()))
            .cloned()
            .collect();
        (!pairs.is_empty()).then(|| {
            *known.entry(pairs.clone()).or_insert_with(|| {
                labels.push(Label { pairs });
                labels.len() as u32 - 1
            })
        })
    });
    let new = new.collect();
    (labels, new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn parts_add_up_to_the_run() {
        let profile = Profile::new(example::small()).unwrap();
        let steps = profile.measure("steps").unwrap();
        let name = |node: &Node| profile.function_name(node.function).to_owned();
        let by_visit = |node: &Node| name(node).contains("visit").then(|| name(node));
        let partition = Partition::of(&profile, by_visit);
        let (totals, without) = partition.totals(&profile, steps);
        let sum: u64 = totals.iter().sum();
        assert_eq!(sum + without, profile.sum(steps));
        assert!(without > 0 && sum > 0);
        // Recursion enters the value once, from outside.
        let visit = profile
            .functions
            .iter()
            .position(|f| f.name.contains("visit"));
        assert_eq!(partition.sums(&partition.entries(&profile)), [4]);
        assert_eq!(profile.calls_by_function()[visit.unwrap()], 10);
    }

    #[test]
    fn labels_taken_away_change_no_sum() {
        let labelled = Profile::new(example::small()).unwrap();
        assert!(labelled.nodes.iter().any(|node| node.label.is_some()));
        let plain = labelled.clone().without_labels();
        assert!(plain.nodes.iter().all(|node| node.label.is_none()));
        assert!(plain.labels.is_empty());
        for at in 0..labelled.measures.len() as u32 {
            let measure = MeasureId(at);
            assert_eq!(labelled.sum(measure), plain.sum(measure));
            assert_eq!(
                labelled.inclusive_by_function(measure),
                plain.inclusive_by_function(measure)
            );
        }
        assert_eq!(labelled.calls_by_function(), plain.calls_by_function());
    }

    #[test]
    fn labels_of_other_keys_go() {
        let labelled = Profile::new(example::small()).unwrap();
        let keys: Vec<String> = labelled
            .labels
            .iter()
            .flat_map(|set| set.pairs.iter().map(|(key, _)| key.clone()))
            .collect();
        let all: Vec<&str> = keys.iter().map(String::as_str).collect();
        let same = labelled.clone().with_labels_of(&all);
        assert_eq!(same.nodes, labelled.nodes);
        assert_eq!(same.labels, labelled.labels);
        let none = labelled.clone().with_labels_of(&["no such key"]);
        assert_eq!(none.nodes, labelled.without_labels().nodes);
    }
}
