//! Answers in words, for reports.

use crate::native::Native;
use crate::validator::Answer;
use sha2::{Digest, Sha256};
use zkperf_guest_core::Output;

/// What the guest published, if it ran to its end.
pub(crate) fn status(answer: &Answer) -> Option<u32> {
    let ended = answer.stopped.is_none();
    let output = Output::from_bytes(&answer.output).filter(|_| ended)?;
    Some(output.status)
}

/// Whether `found` is `wanted`; a zkVM's output area may be larger, and is zero then.
pub(crate) fn is_output(found: &[u8], wanted: &[u8]) -> bool {
    found
        .split_at_checked(wanted.len())
        .is_some_and(|(output, rest)| output == wanted && rest.iter().all(|byte| *byte == 0))
}

/// What a tampered input must bring about.
pub(crate) fn rejected(native: &Native) -> String {
    let reason = native.reason.as_deref().unwrap_or_default();
    format!("rejected with code {}: {reason}", native.status)
}

/// The right code may still come with another output.
pub(crate) fn mismatch(answer: &Answer, wanted: &Native) -> String {
    match is_output(&answer.output, &wanted.output) {
        true => format!("rejected with code {}", wanted.status),
        false => format!(
            "rejected with code {}, but its output is {} and not {}",
            wanted.status,
            trimmed_hex(answer),
            hex::encode(wanted.output)
        ),
    }
}

/// What the guest says of the block.
pub(crate) fn verdict(answer: &Answer) -> String {
    match (&answer.stopped, Output::from_bytes(&answer.output)) {
        (Some(stopped), _) => format!("no verdict: {stopped}"),
        (None, None) => format!(
            "an output that is no verdict ({} bytes {})",
            answer.output.len(),
            digest(&answer.output)
        ),
        (None, Some(output)) if output.is_valid() => {
            format!("accepted, {}", digest(&output.to_bytes()))
        }
        (None, Some(output)) => format!("rejected with code {}", output.status),
    }
}

/// What was committed, whatever it means.
pub(crate) fn described(answer: &Answer) -> String {
    match &answer.stopped {
        Some(stopped) => format!("no output: {stopped}"),
        None => format!("{} bytes {}", answer.output.len(), digest(&answer.output)),
    }
}

/// The output as far as the reference guest's reaches.
pub(crate) fn trimmed_hex(answer: &Answer) -> String {
    match &answer.stopped {
        Some(stopped) => format!("no output: {stopped}"),
        None => {
            let length = answer.output.len().min(zkperf_guest_core::OUTPUT_BYTES);
            hex::encode(&answer.output[..length])
        }
    }
}

/// The first eight bytes of a SHA-256.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256 {}…", hex::encode(&Sha256::digest(bytes)[..8]))
}
