//! How many bytes memory functions are asked to move, set, compare or find room for.

use zkperf_exec::{Labelled, Probe, ProbeValue};

/// Key of the label.
pub const KEY: &str = "bytes";

/// Functions, and which argument is the number of bytes. Allocation goes by the names that rustc gives the global
/// allocator's entries, before and since 1.87.
const FUNCTIONS: [(&[&str], u8); 3] = [
    (&["memcpy", "memmove", "memset", "memcmp", "bcmp"], 2),
    (
        &[
            "__rust_alloc",
            "__rust_alloc_zeroed",
            "__rustc::__rust_alloc",
            "__rustc::__rust_alloc_zeroed",
        ],
        0,
    ),
    (&["__rust_realloc", "__rustc::__rust_realloc"], 3),
];

/// A probe at each of them.
pub(crate) fn probes() -> Vec<Probe> {
    let probe = |(functions, argument): (&[&str], u8)| Probe {
        functions: functions.iter().map(|name| name.to_string()).collect(),
        callers: Vec::new(),
        key: KEY.to_owned(),
        value: ProbeValue::Argument { argument },
        on: Labelled::Entered,
    };
    FUNCTIONS.map(probe).to_vec()
}
