//! The data of a profile: plain, serialisable, complete.
//!
//! Everything is a non-negative integer. For every stored measure the sum over the call tree and
//! the sum over program counters equal `total * scale + remainder` (see [`Measure`]).

use crate::source_map::SourceMap;
use serde::{Deserialize, Serialize};

/// What a profile says, as plain data. [`crate::Profile`] is the checked form of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileData {
    /// What ran, on what, made by whom.
    pub run: Run,
    /// Whether the figures cover the whole run.
    pub completeness: Completeness,
    /// The measures, in display order. [`MeasureId`] indexes this list.
    pub measures: Vec<Measure>,
    /// Every function named by a node or a pc. [`FunctionId`] indexes this list.
    pub functions: Vec<Function>,
    /// The calling-context tree. Node 0 is the root; a parent stands before its children.
    pub nodes: Vec<Node>,
    /// Self values of the nodes: one column for each measure whose source is [`Source::Stored`], in
    /// measure order; each as long as `nodes`.
    pub node_values: Vec<Vec<u64>>,
    /// Executed program counters and pseudo-pcs, sorted by (address, function).
    pub pcs: Vec<Pc>,
    /// Self values of the pcs, laid out like `node_values`.
    pub pc_values: Vec<Vec<u64>>,
    /// The zkVM's own tables (opcodes, precompiles, memory, ...).
    pub tables: Vec<Table>,
    /// Regions the guest marked itself.
    pub scopes: Vec<Scope>,
    /// Label sets; nodes name at most one each.
    pub labels: Vec<Label>,
    /// Coarse order in time.
    pub timeline: Timeline,
    /// Places where the shadow call stack had to find its footing again.
    pub resyncs: Vec<Resync>,
    /// What could not be attributed to a function of the guest, and why.
    pub unattributed: Vec<Unattributed>,
    /// Source files, lines and inlined functions of the pcs.
    #[serde(default)]
    pub source: SourceMap,
}

/// Identity of a run: everything that decides its figures, and what made it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// zkVM family as on the command line: `zisk`, `sp1`, `risc0`.
    pub zkvm: String,
    /// Exact version of the zkVM's crates, such as `1.4.0-alpha`.
    pub zkvm_version: String,
    /// Name and version of the cost model, and the SHA-256 of its tables.
    pub cost_model: CostModel,
    /// The guest program.
    pub elf: ElfId,
    /// Every input buffer, as one hash.
    pub input: InputId,
    /// How the guest ended: `exited`, or the reason it stopped.
    pub exit: String,
    /// The public output, lower-case hex.
    pub output_hex: String,
    /// SHA-256 of the public output, lower-case hex.
    pub output_sha256: String,
    /// Version of zkperf that made this profile.
    pub zkperf_version: String,
    /// Title given by the user, or empty.
    pub title: String,
    /// Seconds since the Unix epoch when the run ended; never part of a comparison.
    pub created_unix: u64,
}

/// Which rules the costs follow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostModel {
    /// Such as `ziskemu cost table`.
    pub name: String,
    /// The model's own version, such as `1`.
    pub version: String,
    /// SHA-256 over all cost tables, lower-case hex.
    pub tables_sha256: String,
}

/// The guest program of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElfId {
    /// SHA-256 of the ELF file, lower-case hex.
    pub sha256: String,
    /// Size of the ELF file in bytes.
    pub bytes: u64,
    /// Guest name, such as `reference`, or the file name.
    pub guest: String,
    /// Guest variant, such as `unpatched`, or empty.
    pub variant: String,
    /// Compiler that built it, or empty where unknown.
    pub compiler: String,
    /// Git commit of the guest's source, or empty.
    pub git_commit: String,
    /// Whether that checkout had uncommitted changes.
    pub git_dirty: bool,
}

/// The input of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputId {
    /// SHA-256 over every input buffer, lower-case hex.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// File name without directories, or empty.
    pub name: String,
    /// Witness schema of the input, or empty.
    pub schema: String,
    /// Block number, where the input is a block.
    pub block: Option<u64>,
    /// Chain id, where the input is a block.
    pub chain_id: Option<u64>,
}

/// How much of the run the figures cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Completeness {
    /// The guest ran to its end.
    Complete,
    /// The guest stopped early.
    Partial {
        /// Why it stopped.
        reason: String,
        /// Where it stopped, if at a pc.
        pc: Option<u64>,
        /// Function at that pc, or empty.
        function: String,
    },
    /// Totals and functions only, from another tool's report.
    Imported {
        /// What is missing.
        missing: Vec<String>,
    },
}

/// Index into [`ProfileData::measures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MeasureId(pub u32);

/// Index into [`ProfileData::functions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FunctionId(pub u32);

/// Index into [`ProfileData::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The root of the tree.
    pub const ROOT: NodeId = NodeId(0);
}

/// One quantity that is counted for every node and pc.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Stable name, such as `cost`.
    pub name: String,
    /// Unit shown to people, such as `cost` or `steps`.
    pub unit: String,
    /// One line of meaning.
    pub about: String,
    /// Where the values come from.
    pub source: Source,
    /// The official integer: `(sum of nodes - remainder) / scale`.
    pub total: u64,
    /// Node values are this many times finer than the total; 1 for most measures.
    pub scale: u64,
    /// What the official integer's rounding leaves over, in node units; 0 for most measures.
    pub remainder: u64,
    /// Whether verdicts are made on this measure. Exactly one is, unless the profile is imported.
    pub proving_cost: bool,
}

/// Where a measure's node and pc values come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum Source {
    /// Counted: a column of its own. (*exact*)
    Stored,
    /// The sum of other measures. (*derived*)
    Sum {
        /// Measures added up; each stands earlier in the list.
        of: Vec<MeasureId>,
    },
    /// A multiple of another measure. (*derived*)
    Multiple {
        /// The measure multiplied; it stands earlier in the list.
        of: MeasureId,
        /// The factor.
        by: u64,
    },
}

/// Something cost can be charged to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Demangled name, with its hash if the symbol has one.
    pub name: String,
    /// The symbol as it stands in the ELF; empty if there is none.
    pub symbol: String,
    /// First address, where it has one.
    pub address: Option<u64>,
    /// Size in bytes; 0 where unknown.
    pub bytes: u64,
    /// Whose code it is.
    pub origin: Origin,
}

/// Whose code a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The guest's own ELF.
    Guest,
    /// Code the zkVM links in (ZisK's zisklib, ...).
    Library,
    /// Start-up, shut-down and kernel code of the zkVM.
    System,
    /// No code at all: a named place for costs without a pc (base, initial memory, root).
    Pseudo,
    /// An address that no symbol covers.
    Unknown,
    /// Code inlined into other functions, in a tree that shows it ([`crate::Profile::with_inlined_frames`]).
    Inlined,
}

/// One calling context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The caller; the root is its own parent.
    pub parent: NodeId,
    /// The function running in this context.
    pub function: FunctionId,
    /// Address of the call instruction in the caller; 0 where there is none.
    pub call_site: u64,
    /// How often this context was entered.
    pub calls: u64,
    /// How it was entered.
    pub entry: Entry,
    /// Label set of this node, if any: index into [`ProfileData::labels`].
    pub label: Option<u32>,
}

/// How a calling context was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// The root, or a pseudo-node.
    Root,
    /// By a call.
    Call,
    /// By a tail call, or by running on into the next function: replaces its caller's frame.
    Tail,
    /// After the shadow stack had lost its footing.
    Resync,
    /// Not entered at all: inlined code, in a tree that shows it ([`crate::Profile::with_inlined_frames`]).
    Inlined,
}

/// One executed instruction address, or a pseudo-pc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pc {
    /// The address; `None` for costs without a pc, which `function` then names.
    pub address: Option<u64>,
    /// The function that holds it.
    pub function: FunctionId,
    /// How often it was executed.
    pub count: u64,
}

/// A table as the zkVM's own report has it. Every cell is an integer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Stable name, such as `opcodes`.
    pub name: String,
    /// Column names; units stand in the name (`count`, `cost`, `bytes`).
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What the row is about.
    pub label: String,
    /// One value a column.
    pub values: Vec<u64>,
}

/// A region the guest marked itself, with the official sub-totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The name, or the tag's number.
    pub name: String,
    /// How often it was entered.
    pub entries: u64,
    /// Inclusive value of every measure, in measure order.
    pub values: Vec<u64>,
}

/// Labels on a subtree: phase, transaction, EVM opcode, contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Key and value pairs.
    pub pairs: Vec<(String, String)>,
}

/// A coarse track of what ran when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// Width of a bucket, in the unit of `unit`.
    pub bucket: u64,
    /// What the width counts, such as `steps`.
    pub unit: String,
    /// Node that was running when each bucket closed.
    pub nodes: Vec<NodeId>,
}

/// A place where the shadow call stack re-synchronised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resync {
    /// Address of the jump or return that did not fit.
    pub pc: u64,
    /// Address it went to.
    pub target: u64,
    /// How often.
    pub count: u64,
}

/// A share of the cost that no guest function carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unattributed {
    /// Why.
    pub reason: String,
    /// Value of the proving-cost measure.
    pub value: u64,
}
