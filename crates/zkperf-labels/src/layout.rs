//! Where the fields are that probes read.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Offsets of fields in a guest's types, in bytes: `ethrex_levm::vm::VM.current_call_frame` → 0. They hold
/// for one binary, for the compiler orders fields as it likes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout(pub BTreeMap<String, u64>);

impl Layout {
    /// Offset of a field that lies in other fields, outermost first: (type, field).
    pub fn offset(&self, path: &[(&str, &str)]) -> Option<u64> {
        path.iter()
            .map(|(owner, field)| self.0.get(&format!("{owner}.{field}")))
            .sum()
    }
}
