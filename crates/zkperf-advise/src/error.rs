//! What can go wrong.

use zkperf_report::ReportError;

/// Why there is no advice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdviseError {
    /// The profile has no proving cost, or cannot be shown with inlined frames.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// An imported profile has no call tree.
    #[error(
        "the profile was imported from another tool's report and has no call tree; profile the guest with zkperf profile"
    )]
    Imported,
    /// Not a lock file.
    #[error("not a Cargo.lock: {what}")]
    Lock {
        /// What is wrong with it.
        what: String,
    },
}
