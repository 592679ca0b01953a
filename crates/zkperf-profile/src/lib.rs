//! The profile model of zkperf: exact, closed and self-describing.
//!
//! An engine fills in [`ProfileData`]; [`Profile::new`] checks that it adds up and seals it. From
//! then on a profile is read, saved (`.zkp`), written as JSON or merged with others, never changed.
//!
//! ```
//! use zkperf_profile::{Profile, ProfileError};
//! # fn data() -> zkperf_profile::ProfileData { zkperf_profile::example::small() }
//!
//! let profile = Profile::new(data())?;
//! let cost = profile.proving_cost().expect("not imported");
//! let dearest = profile.self_by_function(cost).into_iter().max();
//! assert!(dearest <= Some(profile.sum(cost)));
//!
//! // One unit too many, and it is not a profile any more.
//! let mut wrong = data();
//! wrong.node_values[0][1] += 1;
//! assert!(matches!(Profile::new(wrong), Err(ProfileError::NodesDoNotClose { .. })));
//! # Ok::<(), ProfileError>(())
//! ```

mod calls;
mod check;
mod column;
mod error;
pub mod example;
mod file;
mod groups;
mod inlined;
mod json;
mod labels;
mod merge;
mod merge_source;
mod model;
mod number;
mod profile;
mod repeats;
mod resyncs;
mod source_map;
mod varint;
pub mod verdict;
mod wire;
mod wire_source;

pub use calls::{Callees, Callers, Edge};
pub use check::MAX_MEASURES;
pub use error::ProfileError;
pub use file::{FileError, FormatError, FORMAT_VERSION, MAX_DECOMPRESSED};
pub use groups::GroupTotals;
pub use inlined::{NoInlinedFrames, WithInlined, MAX_INLINED_NODES};
pub use json::{JsonError, JSON_FORMAT, JSON_SCHEMA, JSON_VERSION};
pub use labels::{LabelPairs, Partition};
pub use merge::{merge, MergeError};
pub use model::{
    Completeness, CostModel, ElfId, Entry, Function, FunctionId, InputId, Label, Measure,
    MeasureId, Node, NodeId, Origin, Pc, ProfileData, Resync, Row, Run, Scope, Source, Table,
    Timeline, Unattributed,
};
pub use number::{signed, thousands};
pub use profile::Profile;
pub use repeats::{
    Repeated, CALLED_BY, REPEATS, REPEATS_COLUMNS, REPEATS_COMPARED, REPEATS_WATCHED,
};
pub use resyncs::{CodePlace, ResyncPlace};
pub use source_map::{InlinedFrame, InlinedFunction, Place, Position, SourceMap, Votes};
