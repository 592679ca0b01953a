//! A profile as the rules see it: with inlined frames, and for every context what operation and what activity it is a
//! part of.

use std::borrow::Cow;

use zkperf_profile::{MeasureId, NodeId, Origin, Position, Profile};
use zkperf_report::{short_path, ReportError};

use crate::error::AdviseError;
use crate::function::{FunctionFacts, Role};
use crate::implementations::{Kind, Mark};
use crate::operation::Operation;
use crate::zkvm::Facts;

/// A profile, looked at.
pub(crate) struct View {
    /// With inlined code as functions of its own, where the profile knows of it.
    pub profile: Profile,
    /// For each context the place in its parent that it was called from; empty where lines are not known.
    called_at: Vec<Position>,
    /// Whether inlined code stands as functions.
    pub inlined: bool,
    /// Proving cost that is split among inlined frames within a context as over the whole run.
    pub apportioned: u64,
    /// The proving cost.
    pub cost: MeasureId,
    /// What is known of the zkVM.
    pub facts: Option<&'static Facts>,
    /// Each function.
    pub functions: Vec<FunctionFacts>,
    /// Each context.
    pub nodes: Vec<NodeFacts>,
}

/// A context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeFacts {
    /// The operation it is a part of, and the kind of code that does it.
    pub mark: Option<Mark>,
    /// Roles of its function and of those above it, as far as they reach down: one bit each.
    roles: u16,
    /// The nearest context at or above it that runs somebody's own code.
    pub owner: u32,
    /// The context that its owner calls on the way down to it; itself if it is its owner.
    pub below: u32,
    /// The outermost context of the operation that it is a part of; itself if it is of none.
    pub top: u32,
}

impl NodeFacts {
    /// Whether it is, or is a part of, something of that role.
    pub fn is(&self, role: Role) -> bool {
        self.roles & bit(role) != 0
    }

    /// Whether it releases memory for its own sake: not in growing a buffer, not within a clone or text.
    pub fn is_release(&self) -> bool {
        let part_of = [Role::Grow, Role::Clone, Role::Format];
        (self.is(Role::Free) || self.is(Role::Drop)) && !part_of.iter().any(|role| self.is(*role))
    }

    /// Whether it is code of an operation, of that kind.
    pub fn is_crypto(&self, kind: Kind) -> bool {
        self.mark
            .is_some_and(|mark| mark.kind == kind && mark.operation.is_crypto())
    }
}

const fn bit(role: Role) -> u16 {
    1 << role as u16
}

/// The bits of a function's role: what grows a buffer or releases memory is the allocator, too.
const fn bits(role: Role) -> u16 {
    match role {
        Role::None => 0,
        Role::Grow | Role::Free => bit(role) | bit(Role::Allocate),
        role => bit(role),
    }
}

/// Functions that move memory, by circuits where the zkVM has such: allocators copy what grows.
pub(crate) const MEMORY_ROLES: [Role; 4] = [Role::Copy, Role::Fill, Role::Compare, Role::Allocate];

/// Roles that go on into functions of one's own: whatever a clone or a decoder calls is for it.
const THROUGH: u16 = bit(Role::Clone)
    | bit(Role::Grow)
    | bit(Role::Free)
    | bit(Role::Codec)
    | bit(Role::Allocate)
    | bit(Role::Copy)
    | bit(Role::Fill)
    | bit(Role::Compare);

impl View {
    /// Looks at a profile, of whose labels only those of some keys matter: contexts that others tell apart multiply with
    /// inlined code.
    ///
    /// # Errors
    /// It was imported, has no proving cost, or has too many inlined frames.
    pub fn of(profile: &Profile, keys: &[&str]) -> Result<View, AdviseError> {
        if matches!(
            profile.completeness,
            zkperf_profile::Completeness::Imported { .. }
        ) {
            return Err(AdviseError::Imported);
        }
        let cost = zkperf_report::choose_measure(profile, None)?;
        let labelled = || profile.clone().with_labels_of(keys);
        let opened = match zkperf_report::open(labelled(), profile.source.is_known()) {
            Err(ReportError::TooManyFrames { .. }) => zkperf_report::open(labelled(), false)?,
            opened => opened?,
        };
        let facts = Facts::of(profile);
        let paging = facts.and_then(|facts| facts.paging.as_ref());
        let paging = paging.map_or(&[][..], |paging| paging.functions);
        let functions = opened.profile.functions.iter();
        let functions: Vec<FunctionFacts> = functions
            .map(|function| FunctionFacts::of(function, paging))
            .collect();
        let nodes = node_facts(&opened.profile, &functions, facts);
        Ok(View {
            inlined: opened.frames.inlined,
            apportioned: opened.frames.apportioned,
            called_at: opened.called_at,
            profile: opened.profile,
            cost,
            facts,
            functions,
            nodes,
        })
    }

    /// What a context runs.
    pub fn function(&self, node: usize) -> &FunctionFacts {
        &self.functions[self.profile.nodes[node].function.0 as usize]
    }

    /// The context's parent.
    pub fn parent(&self, node: usize) -> usize {
        self.profile.nodes[node].parent.0 as usize
    }

    /// The run's proving cost in node units.
    pub fn total(&self) -> u64 {
        self.profile.sum(self.cost)
    }

    /// `ethrex-rlp-31.0.0/decode.rs:32`: where in its caller a context was called; nothing if not known.
    pub fn place(&self, node: usize) -> Option<String> {
        let position = self.called_at.get(node)?;
        let file = self.profile.source.file(*position)?;
        Some(format!("{}:{}", short_path(file), position.line))
    }

    /// For each context the outermost one above it, or itself, that has the role all the way down to it.
    pub fn outermost(&self, role: Role) -> Vec<u32> {
        let mut tops: Vec<u32> = Vec::with_capacity(self.nodes.len());
        for at in 0..self.nodes.len() {
            let parent = self.parent(at);
            let goes_on = at != ROOT && self.nodes[parent].is(role);
            tops.push(if goes_on { tops[parent] } else { at as u32 });
        }
        tops
    }

    /// Bytes that each call of a context was asked for, where the profile says; of inlined code, that it is a part of.
    pub fn size_of(&self, node: usize, key: &str) -> Option<u64> {
        let node = &self.profile.nodes[node];
        self.profile.label_of(node, key)?.parse().ok()
    }

    /// Bytes that all its calls were asked for.
    pub fn bytes_of(&self, node: usize, key: &str) -> Option<u64> {
        let calls = self.profile.nodes[node].calls;
        Some(self.size_of(node, key)?.saturating_mul(calls))
    }

    /// The pcs of a function: index, how often executed.
    pub fn pcs_of(&self, function: u32) -> impl Iterator<Item = (usize, u64)> + '_ {
        let pcs = self.profile.pcs.iter().enumerate();
        pcs.filter(move |(_, pc)| pc.function.0 == function)
            .map(|(at, pc)| (at, pc.count))
    }

    /// Bytes of a machine word.
    pub fn word_bytes(&self) -> u64 {
        self.facts.map_or(8, |facts| facts.word_bytes)
    }

    /// Proving cost of so many instructions.
    pub fn instructions(&self, count: u64) -> u64 {
        count.saturating_mul(self.instruction_cost())
    }

    /// A measure of all contexts, if the profile has it.
    pub fn column(&self, name: &str) -> Option<Cow<'_, [u64]>> {
        let measure = self.profile.measure(name)?;
        Some(self.profile.node_column(measure))
    }

    /// Proving cost of an instruction, on the average of the run; at least 1.
    pub fn instruction_cost(&self) -> u64 {
        let names = ["instructions", "cycles", "steps"];
        let count = names.iter().find_map(|name| self.profile.measure(name));
        let count = count.map_or(0, |measure| self.profile.sum(measure));
        self.total().checked_div(count).unwrap_or(1).max(1)
    }
}

fn node_facts(
    profile: &Profile,
    functions: &[FunctionFacts],
    facts: Option<&Facts>,
) -> Vec<NodeFacts> {
    let mut nodes: Vec<NodeFacts> = Vec::with_capacity(profile.nodes.len());
    for (at, node) in profile.nodes.iter().enumerate() {
        let function = &functions[node.function.0 as usize];
        let above = (at > 0).then(|| nodes[node.parent.0 as usize]);
        let inherited = above.map_or(0, |above| match function.is_own {
            true => above.roles & THROUGH,
            false => above.roles,
        });
        let mark = combined(above.and_then(|above| above.mark), function.mark);
        let operation = |mark: Option<Mark>| mark.map(|mark| mark.operation);
        let of_above =
            above.filter(|above| mark.is_some() && operation(above.mark) == operation(mark));
        let (owner, below) = match (function.is_own, above) {
            (false, Some(above)) if above.owner == node.parent.0 => (above.owner, at as u32),
            (false, Some(above)) => (above.owner, above.below),
            _ => (at as u32, at as u32),
        };
        nodes.push(NodeFacts {
            mark,
            roles: inherited | bits(function.role),
            owner,
            below,
            top: of_above.map_or(at as u32, |above| above.top),
        });
    }
    reached_circuits(profile, functions, facts, &mut nodes);
    nodes
}

/// What a context is, below one that is `above`.
fn combined(above: Option<Mark>, own: Option<Mark>) -> Option<Mark> {
    match (above, own) {
        (Some(above), Some(own)) if own.operation.is_part_of(above.operation) => Some(Mark {
            operation: above.operation,
            // A seam says nothing new about code that is known already.
            kind: if own.kind == Kind::Seam {
                above.kind
            } else {
                own.kind
            },
        }),
        // Circuits that a circuit's code uses are a part of it: RISC Zero binds Keccak to the proof by SHA-256.
        (Some(above), Some(own)) if above.kind == Kind::Circuit && own.kind == Kind::Circuit => {
            Some(above)
        }
        // Helpers of 256-bit division within cryptography are a part of it, in software or not: SP1's UINT256_MUL in MODEXP.
        (Some(above), Some(own)) if !own.operation.is_crypto() && above.operation.is_crypto() => {
            let is_circuit = own.kind == Kind::Circuit;
            let kind = if is_circuit { own.kind } else { above.kind };
            Some(Mark { kind, ..above })
        }
        (_, Some(own)) => Some(own),
        (above, None) => above,
    }
}

/// Code that reaches a circuit is circuit code, whatever it is called. Portable names over circuits are a patched crate: all
/// of it is, from its entry on. Below a seam it is the guest's own code that leads to the circuit: its sponge, what it
/// calls the circuit with. Memory functions and the zkVM's own input and output do not count.
fn reached_circuits(
    profile: &Profile,
    functions: &[FunctionFacts],
    facts: Option<&Facts>,
    nodes: &mut [NodeFacts],
) {
    let Some(calls) = profile.measure("precompile_calls") else {
        return;
    };
    let memory_is_circuit = facts.is_some_and(|facts| facts.available(Operation::Memory).is_some());
    let calls = profile.node_column(calls);
    // Entry of the region of portable code, or of a guest's own below a seam, that each context is in.
    let mut entry: Vec<Option<u32>> = Vec::with_capacity(nodes.len());
    let mut reaches = vec![false; nodes.len()];
    for (at, node) in profile.nodes.iter().enumerate() {
        let parent = node.parent.0 as usize;
        let facts = nodes[at];
        let function = &functions[node.function.0 as usize];
        let is_led_to = facts.is_crypto(Kind::Seam) && function.mark.is_none();
        let own = (is_led_to || facts.is_crypto(Kind::Portable)).then(|| {
            let above = (at > 0 && nodes[parent].mark == facts.mark)
                .then(|| entry[parent])
                .flatten();
            above.unwrap_or(at as u32)
        });
        let is_memory = MEMORY_ROLES.iter().any(|role| facts.is(*role));
        let counts =
            calls[at] > 0 && !(is_memory && memory_is_circuit) && function.role != Role::Input;
        // A circuit's own function is in no such region: what calls it is.
        let is_called = at > 0 && facts.is_crypto(Kind::Circuit) && facts.top == nodes[parent].top;
        let caller = is_called.then(|| entry[parent]).flatten();
        if let (Some(region), true) = (own.or(caller), counts) {
            reaches[region as usize] = true;
        }
        entry.push(own);
    }
    for (at, entry) in entry.into_iter().enumerate() {
        if let (Some(entry), Some(mark)) = (entry, &mut nodes[at].mark) {
            if reaches[entry as usize] {
                mark.kind = Kind::Circuit;
            }
        }
    }
}

/// Whether a function's cost is the zkVM's own, not the guest's.
pub(crate) fn is_system(origin: Origin) -> bool {
    matches!(origin, Origin::System | Origin::Pseudo)
}

/// The root's number, for loops over contexts.
pub(crate) const ROOT: usize = NodeId::ROOT.0 as usize;
