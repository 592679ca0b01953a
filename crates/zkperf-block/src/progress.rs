//! What a caller may show while it waits.

use serde::Serialize;

/// A step of [`fetch_input`](crate::fetch_input), handed to the caller's callback as it happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// A JSON-RPC call is made.
    Calling {
        /// Method name, e.g. `debug_executionWitness`.
        method: String,
    },
    /// An answer is arriving.
    Receiving {
        /// Method name.
        method: String,
        /// Bytes so far, after decompression.
        bytes: u64,
        /// Bytes in all, where the node says so.
        of: Option<u64>,
    },
    /// A call failed in a way that may pass; it is made again after a pause.
    Retrying {
        /// Method name.
        method: String,
        /// Why, e.g. `HTTP 429`; holds no secrets.
        reason: String,
        /// Milliseconds until the next attempt.
        wait_ms: u64,
        /// The attempt to come, counted from 1.
        attempt: u32,
        /// Attempts in all.
        of: u32,
    },
    /// The witness is checked against the block.
    Checking {
        /// Block number.
        block: u64,
    },
    /// The input was found in the store; no node is asked.
    FromStore {
        /// Block number.
        block: u64,
    },
    /// The checked input is written.
    Storing {
        /// Size of the input without framing, in bytes.
        bytes: u64,
    },
}
