//! What can be wrong with the data of a profile.

use crate::model::{FunctionId, NodeId};

/// An invariant of the profile model that does not hold.
///
/// Whoever meets this made or changed a profile wrongly: an engine with a bug, a hand-edited JSON
/// file, or a damaged file whose checksum happens to match. Nothing is repaired silently, since a
/// repaired profile would no longer add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// A list is longer than its ids or the format allow.
    #[error("{count} {what}: at most {limit} are possible")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A measure without a name.
    #[error("measure {index} has no name")]
    UnnamedMeasure {
        /// Its place in the list.
        index: usize,
    },
    /// Two measures of one name.
    #[error("two measures are named {name:?}")]
    DuplicateMeasure {
        /// The name.
        name: String,
    },
    /// A measure whose scale is 0.
    #[error("measure {measure:?} has scale 0; most measures have scale 1")]
    ZeroScale {
        /// The measure's name.
        measure: String,
    },
    /// A derived measure built on itself or on one further down the list.
    #[error(
        "measure {measure:?} is derived from measure number {of}, which does not stand before it"
    )]
    MeasureOrder {
        /// The derived measure's name.
        measure: String,
        /// The measure it names.
        of: u32,
    },
    /// Not exactly one measure is the proving cost (imported: more than one).
    #[error("{count} measures are marked as the proving cost; exactly one must be (imported profiles: at most one)")]
    ProvingCost {
        /// How many are.
        count: usize,
    },
    /// The tree has no node.
    #[error("the call tree has no root")]
    NoRoot,
    /// Node 0 is not a root.
    #[error("node 0 must be its own parent and entered as root")]
    BadRoot,
    /// A node stands before its parent, or is its own.
    #[error("node {node} has parent {}, which does not stand before it", parent.0)]
    ParentOrder {
        /// The node's index.
        node: usize,
        /// The parent it names.
        parent: NodeId,
    },
    /// A node or a pc names a function that is not in the list.
    #[error("{place} {index} names function {}, but there are only {count}", function.0)]
    UnknownFunction {
        /// `node` or `pc`.
        place: &'static str,
        /// The node's or pc's index.
        index: usize,
        /// The function it names.
        function: FunctionId,
        /// How many functions there are.
        count: usize,
    },
    /// A node names a label set that is not in the list.
    #[error("node {node} names label set {label}, but there are only {count}")]
    UnknownLabel {
        /// The node's index.
        node: usize,
        /// The label set it names.
        label: u32,
        /// How many label sets there are.
        count: usize,
    },
    /// Program counters are not sorted by (address, function), or one stands there twice.
    #[error("pc {index} does not stand after the one before it; pcs are sorted by (address, function), each once")]
    PcOrder {
        /// Index of the offending pc.
        index: usize,
    },
    /// Not one column for each stored measure.
    #[error("{table} has {found} columns; there are {expected} stored measures")]
    ColumnCount {
        /// `node_values` or `pc_values`.
        table: &'static str,
        /// Columns there are.
        found: usize,
        /// Columns there should be.
        expected: usize,
    },
    /// A column that is shorter or longer than its table.
    #[error("{table} of measure {measure:?} has {found} values for {expected} rows")]
    ColumnLength {
        /// `node_values` or `pc_values`.
        table: &'static str,
        /// The measure's name.
        measure: String,
        /// Values there are.
        found: usize,
        /// Values there should be.
        expected: usize,
    },
    /// A sum that does not fit 64 bits.
    #[error("{what} of {measure:?} exceed 64 bits")]
    Overflow {
        /// What was added up.
        what: &'static str,
        /// The measure's name, or the list's.
        measure: String,
    },
    /// The call tree does not add up to the total.
    #[error("measure {measure:?} does not close: the nodes sum to {sum}, total * scale + remainder is {expected}")]
    NodesDoNotClose {
        /// The measure's name.
        measure: String,
        /// Sum over all nodes.
        sum: u64,
        /// What the total asks for.
        expected: u128,
    },
    /// The program counters do not add up to the total.
    #[error("measure {measure:?} does not close: the pcs sum to {sum}, total * scale + remainder is {expected}")]
    PcsDoNotClose {
        /// The measure's name.
        measure: String,
        /// Sum over all pcs.
        sum: u64,
        /// What the total asks for.
        expected: u128,
    },
    /// A derived measure's total is not what its formula gives.
    #[error("derived measure {measure:?} does not close: its formula gives {sum}, total * scale + remainder is {expected}")]
    DerivedTotal {
        /// The measure's name.
        measure: String,
        /// What the formula gives.
        sum: u64,
        /// What the total asks for.
        expected: u128,
    },
    /// Tree and pcs disagree about what a function cost.
    #[error("measure {measure:?} of function {name:?}: {nodes} by the call tree, {pcs} by program counters")]
    FunctionSplit {
        /// The measure's name.
        measure: String,
        /// The function's name.
        name: String,
        /// Sum over the function's nodes.
        nodes: u64,
        /// Sum over the function's pcs.
        pcs: u64,
    },
    /// Two tables of one name.
    #[error("two tables are named {name:?}")]
    DuplicateTable {
        /// The name.
        name: String,
    },
    /// A table row that is not as wide as the table.
    #[error("row {row} of table {table:?} has {found} values for {expected} columns")]
    TableWidth {
        /// The table's name.
        table: String,
        /// The row's index.
        row: usize,
        /// Values there are.
        found: usize,
        /// Values there should be.
        expected: usize,
    },
    /// A scope without a value for every measure.
    #[error("scope {scope:?} has {found} values for {expected} measures")]
    ScopeWidth {
        /// The scope's name.
        scope: String,
        /// Values there are.
        found: usize,
        /// Values there should be.
        expected: usize,
    },
    /// A time bucket that names no node.
    #[error("time bucket {bucket} names node {}, but there are only {count}", node.0)]
    TimelineNode {
        /// The bucket's index.
        bucket: usize,
        /// The node it names.
        node: NodeId,
        /// How many nodes there are.
        count: usize,
    },
    /// Time buckets of no width.
    #[error("the timeline has {buckets} buckets of width 0")]
    TimelineWidth {
        /// How many buckets there are.
        buckets: usize,
    },
    /// Source lines or inlined frames that do not fit the profile.
    #[error("the source map does not fit: {what}")]
    SourceMap {
        /// What does not fit.
        what: String,
    },
    /// More is said to be unattributed than there is.
    #[error("{sum} units are said to be unattributed, but the proving cost is {total}")]
    Unattributed {
        /// Sum over the unattributed shares.
        sum: u128,
        /// The proving cost in node units.
        total: u64,
    },
}
