//! What to do next about a profile.
//!
//! [`audit()`] says which operations run on the zkVM's circuits and which in software, [`advise()`] what else is worth
//! changing, what it rests on and what it would save. Both are pure functions of profiles (the audit also of a
//! `Cargo.lock` and of an ELF's symbols); what is particular to a zkVM is data, a module each in `zkvm`.
//!
//! What can be claimed is claimed once: see [`Advice::overlap`].

mod advise;
mod advise_text;
mod error;
mod estimate;
mod finding;
mod function;
mod implementations;
mod ledger;
mod lock;
mod operation;
mod origins;
mod patches;
mod rules;
mod usage;
mod view;
mod zkvm;

pub use advise::{advise, Advice, AdviseOptions, Rest, STEP};
pub use error::AdviseError;
pub use finding::{Class, Evidence, Finding, Level, Saving, Share};
pub use lock::{Lock, LockIssue, Package, PackageOrigin};
pub use operation::Operation;
pub use patches::{
    audit, known_versions, offered, Audit, AuditColumn, AuditInput, AuditRow, Cell, CircuitCount,
    Linked, LockAudit, Offer, Ran, Verdict,
};
