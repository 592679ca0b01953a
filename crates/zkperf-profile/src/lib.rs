//! The profile model of zkperf: exact, closed and self-describing.

mod model;

pub use model::{
    Completeness, CostModel, ElfId, Entry, Function, FunctionId, InputId, Label, Measure, MeasureId,
    Node, NodeId, Origin, Pc, ProfileData, Resync, Row, Run, Scope, Source, Table, Timeline,
    Unattributed,
};
