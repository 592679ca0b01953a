//! What a guest's cost means in the terms of what it computes: which functions of a known guest open a
//! phase, a transaction, an EVM opcode, and where a contract's address stands.
//!
//! Two things decide. *Probes* ([`probes`]) look at arguments and memory while the guest runs, and label
//! contexts of the call tree: transaction, contract. *Rules* go by the names of functions afterwards: phase,
//! opcode, precompile. Both give a [`zkperf_profile::Partition`], whose parts add up to the run.
//!
//! A set of them is for one program that guests are built from, not for one guest: so far ethrex's crates.

mod ethrex;
mod evm;
mod layout;
pub mod memory;

pub use ethrex::FIELDS;
pub use evm::known;
pub use layout::Layout;

use std::str::FromStr;
use zkperf_exec::Probe;
use zkperf_profile::{Entry, FunctionId, Node, Partition, Profile};
use zkperf_symbols::{without_hash, SymbolPath};

/// What a run can be divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// What the guest is doing: decoding its input, loading the witness, executing …
    Phase,
    /// The transaction, by its place in the block.
    Transaction,
    /// The EVM opcode.
    Opcode,
    /// The EVM precompile.
    Precompile,
    /// The contract whose code runs.
    Contract,
}

/// Why a run cannot be divided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// No function of the profile is one that the dimension goes by.
    #[error("this guest has no {what} that is known: {looked_for}")]
    Unknown {
        /// The dimension.
        what: &'static str,
        /// What was looked for, and what to do.
        looked_for: &'static str,
    },
}

/// What a dimension says beside cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Nothing.
    Nothing,
    /// How often its functions were entered.
    Entries(&'static str),
    /// How many EVM opcodes were executed under it.
    Opcodes,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Dimension; 5] = [
        Dimension::Phase,
        Dimension::Transaction,
        Dimension::Opcode,
        Dimension::Precompile,
        Dimension::Contract,
    ];

    /// Its name on the command line, which is the key of its labels.
    pub fn key(self) -> &'static str {
        match self {
            Dimension::Phase => "phase",
            Dimension::Transaction => "tx",
            Dimension::Opcode => "evm-opcode",
            Dimension::Precompile => "evm-precompile",
            Dimension::Contract => "contract",
        }
    }

    /// One part of it, and several.
    pub fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Dimension::Phase => ("phase", "phases"),
            Dimension::Transaction => ("transaction", "transactions"),
            Dimension::Opcode => ("EVM opcode", "EVM opcodes"),
            Dimension::Precompile => ("EVM precompile", "EVM precompiles"),
            Dimension::Contract => ("contract", "contracts"),
        }
    }

    /// What else is counted.
    pub fn counted(self) -> Counted {
        match self {
            Dimension::Phase => Counted::Nothing,
            Dimension::Opcode => Counted::Entries("executions"),
            Dimension::Precompile => Counted::Entries("calls"),
            Dimension::Transaction | Dimension::Contract => Counted::Opcodes,
        }
    }

    /// Whether it goes by functions that are often inlined, so that a tree with inlined frames tells more.
    pub fn wants_inlined_frames(self) -> bool {
        self == Dimension::Phase
    }

    /// What one part of it covers, and what is left outside.
    pub fn about(self) -> &'static str {
        ethrex::about(self)
    }
}

impl FromStr for Dimension {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let all = Self::ALL.into_iter();
        all.into_iter()
            .find(|dimension| dimension.key() == name)
            .ok_or(())
    }
}

/// The probes of all known programs. Without the offsets that `layout` has, those that need one are left out.
pub fn probes(layout: &Layout) -> Vec<Probe> {
    let mut probes = ethrex::probes(layout);
    probes.extend(memory::probes());
    probes
}

/// Divides a run.
///
/// # Errors
/// [`LabelError::Unknown`] for a guest of another program, or a run without the probes that this needs.
pub fn partition(profile: &Profile, dimension: Dimension) -> Result<Partition, LabelError> {
    let partition = match dimension {
        Dimension::Transaction | Dimension::Contract => {
            let key = dimension.key();
            Partition::of(profile, |node| {
                profile.label_of(node, key).map(str::to_owned)
            })
        }
        Dimension::Phase | Dimension::Opcode | Dimension::Precompile => {
            let values = by_function(profile, |path| ethrex::value(dimension, path));
            Partition::of(profile, |node| values[node.function.0 as usize].clone())
        }
    };
    if partition.values.is_empty() {
        return Err(LabelError::Unknown {
            what: dimension.nouns().0,
            looked_for: ethrex::looked_for(dimension),
        });
    }
    Ok(partition)
}

/// Of a tree with inlined frames: proving cost, in node units, of inlined code that opens a part by itself inside a
/// function that runs in several contexts. Where it was executed in which of them is not recorded, so between these
/// contexts' parts it is split as over the whole run. Everything else in a partition is exact.
pub fn apportioned(profile: &Profile, dimension: Dimension) -> u64 {
    let Some(cost) = profile.proving_cost() else {
        return 0;
    };
    let values = by_function(profile, |path| ethrex::value(dimension, path));
    let mut contexts = vec![0u32; profile.functions.len()];
    for node in profile.nodes.iter() {
        contexts[node.function.0 as usize] += u32::from(node.entry != Entry::Inlined);
    }
    let own = profile.node_column(cost);
    // For each node: its function in the ELF, and whether inlined code above it, or itself, opens a part.
    let mut inside: Vec<(FunctionId, bool)> = Vec::with_capacity(profile.nodes.len());
    let mut sum = 0;
    for (index, node) in profile.nodes.iter().enumerate() {
        let state = match node.entry {
            Entry::Inlined => {
                let (function, opened) = inside[node.parent.0 as usize];
                (
                    function,
                    opened || values[node.function.0 as usize].is_some(),
                )
            }
            _ => (node.function, false),
        };
        if state.1 && contexts[state.0 .0 as usize] > 1 {
            sum += own[index];
        }
        inside.push(state);
    }
    sum
}

/// How many EVM opcodes each node stands for: the calls of the functions that execute one.
pub fn opcodes_of_nodes(profile: &Profile) -> Vec<u64> {
    let executes = by_function(profile, ethrex::opcode);
    let count = |node: &Node| match executes[node.function.0 as usize] {
        Some(_) => node.calls,
        None => 0,
    };
    profile.nodes.iter().map(count).collect()
}

/// For each function of a profile what a rule says of its name.
fn by_function(
    profile: &Profile,
    rule: impl Fn(&FunctionPath) -> Option<String>,
) -> Vec<Option<String>> {
    let functions = profile.functions.iter();
    functions
        .map(|function| rule(&FunctionPath::of(&function.name)))
        .collect()
}

/// A function's name, as rules look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionPath {
    /// Demangled, without hashes.
    pub name: String,
    /// The module, crate included; empty if the name has none.
    pub module: String,
    /// The function without its type and generic arguments.
    pub function: String,
}

impl FunctionPath {
    /// Takes a demangled name apart.
    pub fn of(name: &str) -> Self {
        let name = without_hash(name).into_owned();
        let path = SymbolPath::parse(&name);
        // The function is what follows the last `::` outside of generic arguments.
        let (mut depth, mut start, mut end) = (0i32, 0, path.item.len());
        for (at, c) in path.item.char_indices() {
            match c {
                '<' => {
                    if depth == 0 && at > start {
                        end = at;
                    }
                    depth += 1;
                }
                '>' => depth -= 1,
                ':' if depth == 0 && path.item[at + 1..].starts_with(':') => {
                    let after = at + 2;
                    if !path.item[after..].starts_with('<') {
                        start = after;
                        end = path.item.len();
                    }
                }
                _ => {}
            }
        }
        let function = path.item.get(start..end.max(start)).unwrap_or_default();
        Self {
            module: path.module.unwrap_or_default(),
            function: function.trim_end_matches(':').to_owned(),
            name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_under_types_and_generics() {
        let cases = [
            (
                "<ethrex_vm[12ab]::backends::levm::LEVM>::execute_block",
                ("ethrex_vm::backends::levm", "execute_block"),
            ),
            (
                "ethrex_rlp::decode::decode<ethrex_trie::node::Node>",
                ("ethrex_rlp::decode", "decode"),
            ),
            (
                "<ethrex_levm::opcodes::OpCodeFn>::wrap::<ethrex_levm::opcode_handlers::dup::OpDupHandler<0>>",
                ("ethrex_levm::opcodes", "wrap"),
            ),
            (
                "zkperf_guest_core::witness::load::h0123456789abcdef",
                ("zkperf_guest_core::witness", "load"),
            ),
            ("memcpy", ("", "memcpy")),
        ];
        for (name, (module, function)) in cases {
            let path = FunctionPath::of(name);
            assert_eq!(
                (path.module.as_str(), path.function.as_str()),
                (module, function),
                "{name}"
            );
        }
    }

    #[test]
    fn dimensions_are_found_by_their_keys() {
        for dimension in Dimension::ALL {
            assert_eq!(dimension.key().parse(), Ok(dimension));
        }
    }
}
