//! The unmodified reference code, natively: what every guest's answer is compared with.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use zkperf_guest_core::{run, PortableCrypto, OUTPUT_BYTES};

/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 160;

/// What the reference guest's code answers to some input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Native {
    /// The public output.
    pub output: [u8; OUTPUT_BYTES],
    /// The published reject code; 0 if the block is accepted.
    pub status: u32,
    /// Why it is rejected, in words.
    pub reason: Option<String>,
}

/// Runs the reference guest's code on an input without framing.
///
/// # Errors
/// It panicked, which no input should bring about.
pub fn native(input: &[u8]) -> Result<Native, String> {
    let run = catch_unwind(AssertUnwindSafe(|| {
        run(input, Arc::new(PortableCrypto::default()))
    }));
    match run {
        Ok((output, reject)) => Ok(Native {
            output: output.to_bytes(),
            status: output.status,
            reason: reject.map(|reject| one_line(&reject.to_string())),
        }),
        Err(_) => Err("the reference guest's code panicked natively".to_owned()),
    }
}

/// A reason fit for a report: it may quote the input.
fn one_line(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_REASON)
        .collect()
}
