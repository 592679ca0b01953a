//! Running the guests' own code natively on an input file.

use crate::error::InputFileError;
use crate::inspect::inspect_bytes;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use zkperf_guest_core::{GuestCrypto, Portable};

/// What the reference guest's code answers natively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeRun {
    /// The public output, as a guest commits it.
    pub output: Vec<u8>,
    /// Why the block was rejected, if it was.
    pub reject: Option<String>,
}

/// Validates the block in an input file with portable cryptography, as the `unpatched` guests do.
///
/// # Errors
/// [`InputFileError`] if the file is no usable input of the reference guest. A rejected block is a
/// result, not an error.
pub fn run_native(file: &[u8]) -> Result<NativeRun, InputFileError> {
    let framing = inspect_bytes(file, None)?.framing;
    // What was just inspected can be taken out of its frame.
    let bytes = framing.unframe(file).map_err(|_| InputFileError::Foreign)?;
    let run = catch_unwind(AssertUnwindSafe(|| {
        zkperf_guest_core::run(bytes, Arc::new(GuestCrypto(Portable)))
    }));
    Ok(match run {
        Ok((output, reject)) => NativeRun {
            output: output.to_bytes().to_vec(),
            reject: reject.map(|reject| reject.to_string()),
        },
        Err(_) => NativeRun {
            output: Vec::new(),
            reject: Some("the native run panicked: the witness is not what it claims to be".into()),
        },
    })
}
