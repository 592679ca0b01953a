//! The call tree with inlined code as frames of its own.
//!
//! What is exact: what each inlined function costs over the whole run (its pcs say), which inlined code a call
//! comes from (the call site says), and every value of a function that runs in one context only. What the run does
//! not record is which pcs of a function were executed *in which of its contexts*; there, a context's own value is
//! split as the function's is over the whole run, in whole units, so that both the context's and the inlined
//! function's sums stay exact. [`WithInlined::apportioned`] says how much of the cost that concerns.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use crate::check::is_imported;
use crate::model::{Entry, Function, FunctionId, Node, NodeId, Origin, Pc, ProfileData, Timeline};
use crate::profile::Profile;
use crate::source_map::{Place, Position};

/// A profile in which inlined code stands as functions and contexts of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithInlined {
    /// It closes like the profile it was made of, measure by measure. Inlined functions have
    /// [`Origin::Inlined`]; contexts of theirs are entered by [`Entry::Inlined`] and have no calls.
    pub profile: Profile,
    /// For each node the place in its parent's code that it was called from, or inlined at.
    pub called_at: Vec<Position>,
    /// Proving cost, in node units, of functions that run in several contexts and contain inlined code: its
    /// distribution among inlined frames *within a context* follows the one over the whole run.
    pub apportioned: u64,
}

/// Contexts that a tree with inlined frames has at most. Mainnet blocks have some hundred thousand; a context takes about
/// 200 bytes of memory.
pub const MAX_INLINED_NODES: usize = 1 << 22;

/// For so many pairs of a function's contexts and the inlined code in it, at most, a context's cost is split. Mainnet
/// blocks have some hundred thousand.
const MAX_SPLITS: usize = 1 << 28;

/// Why there is no tree with inlined frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoInlinedFrames {
    /// The source lines are not known ([`crate::SourceMap::notes`] say why), or the profile was imported: there, tree
    /// and pcs need not agree.
    #[error("the profile does not know what was inlined where")]
    Unknown,
    /// Code inlined in many layers, in a function that is called from many places, multiplies.
    #[error(
        "with inlined code as contexts of its own, the call tree can have more than {limit} contexts"
    )]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
}

impl Profile {
    /// The profile with inlined frames.
    ///
    /// # Errors
    /// They are not known, or more than [`MAX_INLINED_NODES`] contexts would come of them.
    pub fn with_inlined_frames(&self) -> Result<WithInlined, NoInlinedFrames> {
        self.expanded(MAX_INLINED_NODES)
    }

    fn expanded(&self, limit: usize) -> Result<WithInlined, NoInlinedFrames> {
        if !self.source.is_known() || is_imported(self) {
            return Err(NoInlinedFrames::Unknown);
        }
        Expansion::new(self, limit).finish()
    }

    /// Index of the pc at an address that a function holds.
    pub(crate) fn pc_at(&self, address: u64, function: FunctionId) -> Option<usize> {
        let key = (Some(address), function);
        self.pcs
            .binary_search_by_key(&key, |pc| (pc.address, pc.function))
            .ok()
    }

    /// What is known of a node's call site, in the caller; nothing where the call is not at one of its pcs.
    pub fn call_place(&self, node: &Node) -> Place {
        let caller = self.nodes[node.parent.0 as usize].function;
        let pc = self.pc_at(node.call_site, caller);
        let place = pc.and_then(|pc| self.source.places.get(pc));
        place.copied().unwrap_or_default()
    }
}

struct Expansion<'p> {
    from: &'p Profile,
    /// How many nodes there may be.
    limit: usize,
    nodes: Vec<Node>,
    values: Vec<Vec<u64>>,
    called_at: Vec<Position>,
    /// Place of each old node among the new.
    moved: Vec<u32>,
    /// New node of an inlined frame in an old node.
    framed: HashMap<(u32, u32), u32, BuildHasherDefault<NodeHasher>>,
}

/// Hashes (node, frame), millions of times. Both are indices that the reader of the file made dense, not texts that
/// someone chose, so that mixing them is enough.
#[derive(Default)]
struct NodeHasher(u64);

impl Hasher for NodeHasher {
    fn finish(&self) -> u64 {
        // The table takes its place from the lowest bits and its tag from the highest.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u32(byte.into()));
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0.rotate_left(32) ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The pcs of one function by their innermost inlined frame: the sum of each stored measure.
type Leaves = BTreeMap<Option<u32>, Vec<u64>>;

impl<'p> Expansion<'p> {
    fn new(from: &'p Profile, limit: usize) -> Self {
        Expansion {
            from,
            limit,
            nodes: Vec::with_capacity(2 * from.nodes.len()),
            values: vec![Vec::new(); from.node_values.len()],
            called_at: Vec::new(),
            moved: Vec::with_capacity(from.nodes.len()),
            framed: HashMap::default(),
        }
    }

    fn finish(mut self) -> Result<WithInlined, NoInlinedFrames> {
        let from = self.from;
        for node in &from.nodes {
            let (parent, position) = match self.moved.is_empty() {
                true => (0, Position::default()),
                false => {
                    let site = from.call_place(node);
                    (self.in_frame(node.parent.0, site.frame)?, site.position)
                }
            };
            let node = Node {
                parent: NodeId(parent),
                ..*node
            };
            let place = self.push(node, position)?;
            self.moved.push(place);
        }
        let apportioned = self.distribute()?;
        let timeline = Timeline {
            nodes: from
                .timeline
                .nodes
                .iter()
                .map(|node| NodeId(self.moved[node.0 as usize]))
                .collect(),
            ..from.timeline.clone()
        };
        let mut data = ProfileData {
            functions: self.functions(),
            nodes: self.nodes,
            node_values: self.values,
            timeline,
            ..from.data().clone()
        };
        let first = from.functions.len() as u32;
        for (pc, place) in data.pcs.iter_mut().zip(&from.source.places) {
            if let Some(frame) = place.frame {
                pc.function = FunctionId(first + from.source.frames[frame as usize].function);
            }
        }
        sort_pcs(&mut data);
        let profile = Profile::new(data);
        Ok(WithInlined {
            // Sums by function were kept on both sides, and nothing else is checked that was changed.
            profile: profile.expect("an expanded profile closes"),
            called_at: self.called_at,
            apportioned,
        })
    }

    fn functions(&self) -> Vec<Function> {
        let mut functions = self.from.functions.clone();
        let inlined = self.from.source.inlined.iter();
        functions.extend(inlined.map(|function| Function {
            name: function.name.clone(),
            symbol: String::new(),
            address: None,
            bytes: 0,
            origin: Origin::Inlined,
        }));
        functions
    }

    fn push(&mut self, node: Node, called_at: Position) -> Result<u32, NoInlinedFrames> {
        if self.nodes.len() >= self.limit {
            return Err(NoInlinedFrames::TooMany { limit: self.limit });
        }
        self.nodes.push(node);
        self.called_at.push(called_at);
        self.values.iter_mut().for_each(|column| column.push(0));
        Ok(self.nodes.len() as u32 - 1)
    }

    /// The new node for what is inlined as `frame` in the old node `node`.
    fn in_frame(&mut self, node: u32, frame: Option<u32>) -> Result<u32, NoInlinedFrames> {
        // Outermost first, without recursion: chains can be as long as a hostile file makes them.
        let mut missing = Vec::new();
        let mut place = self.moved[node as usize];
        for (at, inlined) in self.from.source.chain(frame) {
            if let Some(&known) = self.framed.get(&(node, at)) {
                place = known;
                break;
            }
            missing.push((at, inlined));
        }
        for (at, inlined) in missing.into_iter().rev() {
            let new = Node {
                parent: NodeId(place),
                function: FunctionId(self.from.functions.len() as u32 + inlined.function),
                call_site: 0,
                calls: 0,
                entry: Entry::Inlined,
                label: self.from.nodes[node as usize].label,
            };
            place = self.push(new, inlined.call)?;
            self.framed.insert((node, at), place);
        }
        Ok(place)
    }

    /// Gives every context's own values to the inlined frames of its function. Returns the proving cost that is
    /// not exact within a context.
    fn distribute(&mut self) -> Result<u64, NoInlinedFrames> {
        let from = self.from;
        let mut leaves = vec![Leaves::new(); from.functions.len()];
        for (at, (pc, place)) in from.pcs.iter().zip(&from.source.places).enumerate() {
            let of = leaves[pc.function.0 as usize].entry(place.frame);
            let sums = of.or_insert_with(|| vec![0; from.pc_values.len()]);
            for (sum, column) in sums.iter_mut().zip(&from.pc_values) {
                *sum += column[at];
            }
        }
        let mut contexts: Vec<Vec<u32>> = vec![Vec::new(); from.functions.len()];
        for (at, node) in from.nodes.iter().enumerate() {
            contexts[node.function.0 as usize].push(at as u32);
        }
        let pairs = leaves.iter().zip(&contexts);
        let splits = pairs.map(|(leaves, contexts)| leaves.len().saturating_mul(contexts.len()));
        if splits.fold(0usize, usize::saturating_add) > MAX_SPLITS {
            return Err(NoInlinedFrames::TooMany { limit: self.limit });
        }
        let cost = from.proving_cost().map(|cost| from.node_column(cost));
        let mut apportioned = 0;
        for (leaves, contexts) in leaves.into_iter().zip(contexts) {
            if leaves.len() > 1 && contexts.len() > 1 {
                let own = |&at: &u32| cost.as_ref().map_or(0, |cost| cost[at as usize]);
                apportioned += contexts.iter().map(own).sum::<u64>();
            }
            self.distribute_function(leaves, &contexts)?;
        }
        Ok(apportioned)
    }

    fn distribute_function(
        &mut self,
        leaves: Leaves,
        contexts: &[u32],
    ) -> Result<(), NoInlinedFrames> {
        let (frames, mut left): (Vec<_>, Vec<_>) = leaves.into_iter().unzip();
        let measures = self.values.len();
        // A row for each leaf, one after the other.
        let mut shares = vec![0; left.len() * measures];
        for &node in contexts {
            self.share_out(node, &mut left, &mut shares);
            for (at, frame) in frames.iter().enumerate() {
                let row = &shares[at * measures..][..measures];
                if row.iter().all(|&value| value == 0) {
                    continue;
                }
                let place = self.in_frame(node, *frame)? as usize;
                for (column, value) in self.values.iter_mut().zip(row) {
                    column[place] += value;
                }
            }
        }
        Ok(())
    }

    /// What each leaf gets of a context's own values, in proportion to what is `left` of the leaf, which is
    /// taken off. Whole units: the running sum is rounded, so that no leaf gets more than it has left.
    fn share_out(&self, node: u32, left: &mut [Vec<u64>], shares: &mut [u64]) {
        shares.fill(0);
        let measures = self.values.len();
        for (measure, column) in self.from.node_values.iter().enumerate() {
            let own = u128::from(column[node as usize]);
            let all: u128 = left.iter().map(|leaf| u128::from(leaf[measure])).sum();
            if own == 0 || all == 0 {
                continue;
            }
            let (mut before, mut given) = (0u128, 0u128);
            for (leaf, row) in left.iter_mut().zip(shares.chunks_exact_mut(measures)) {
                before += u128::from(leaf[measure]);
                let until = own * before / all;
                let share = (until - given) as u64;
                given = until;
                leaf[measure] -= share;
                row[measure] = share;
            }
        }
    }
}

/// Sorts by (address, function), as the model wants it; places follow their pcs. Two functions of one address (an
/// overlay) can have the same code inlined there: then two pcs become one.
fn sort_pcs(data: &mut ProfileData) {
    let key = |pc: &Pc| (pc.address, pc.function);
    if data.pcs.windows(2).all(|two| key(&two[0]) < key(&two[1])) {
        return;
    }
    let mut order: Vec<usize> = (0..data.pcs.len()).collect();
    order.sort_by_key(|&at| key(&data.pcs[at]));
    let mut pcs: Vec<Pc> = Vec::with_capacity(order.len());
    let mut places = Vec::with_capacity(order.len());
    let mut columns = vec![Vec::with_capacity(order.len()); data.pc_values.len()];
    for at in order {
        let pc = data.pcs[at];
        match pcs.last_mut().filter(|last| key(last) == key(&pc)) {
            Some(last) => last.count += pc.count,
            None => {
                pcs.push(pc);
                places.push(data.source.places[at]);
                columns.iter_mut().for_each(|column| column.push(0));
            }
        }
        for (column, from) in columns.iter_mut().zip(&data.pc_values) {
            if let Some(last) = column.last_mut() {
                *last += from[at];
            }
        }
    }
    data.pcs = pcs;
    data.source.places = places;
    data.pc_values = columns;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use crate::source_map::InlinedFrame;

    #[test]
    fn a_tree_that_grows_beyond_its_limit_is_refused() {
        let mut data = example::small();
        // Behind every pc that was inlined, a chain as long as a hostile file likes.
        const LAYERS: u32 = 10_000;
        let first = data.source.frames.len() as u32;
        let call = data.source.frames[0].call;
        data.source
            .frames
            .extend((0..LAYERS).map(|at| InlinedFrame {
                parent: (at > 0).then(|| first + at - 1),
                function: 0,
                call,
            }));
        for place in &mut data.source.places {
            place.frame = place.frame.map(|_| first + LAYERS - 1);
        }
        let profile = Profile::new(data).unwrap();
        let whole = profile.with_inlined_frames().unwrap();
        let nodes = whole.profile.nodes.len();
        assert!(nodes > LAYERS as usize);
        assert_eq!(profile.expanded(nodes), Ok(whole));
        for limit in [nodes - 1, LAYERS as usize, 1, 0] {
            let refused = profile.expanded(limit).unwrap_err();
            assert_eq!(refused, NoInlinedFrames::TooMany { limit });
        }
    }
}
