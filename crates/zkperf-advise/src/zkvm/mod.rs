//! What a zkVM offers, as data: its circuits, where they are reached, what they cost. One module a zkVM.

mod risc0;
mod sp1;
mod zisk;

use zkperf_profile::Profile;

use crate::operation::Operation;

/// What is known of a zkVM, read from the crates of one version.
pub(crate) struct Facts {
    /// Family as in [`zkperf_profile::Run::zkvm`].
    pub zkvm: &'static str,
    /// The version whose crates were read.
    pub version: &'static str,
    /// Extensions of RISC-V beyond its own target's that it executes, an instruction for an instruction.
    pub more_extensions: &'static [&'static str],
    /// What it has circuits for.
    pub available: &'static [Available],
    /// Why it has none for an operation, where that needs saying.
    pub missing: &'static [(Operation, &'static str)],
    /// Crates with a published copy that uses the circuits.
    pub patches: &'static [PatchedCrate],
    /// Where those copies were seen.
    pub patches_source: &'static str,
    /// Crates that belong to the zkVM's version: another version in the lock file is another zkVM.
    pub own_crates: &'static [&'static str],
    /// Stored measures of the circuits' own price within the proving cost.
    pub circuit_measures: &'static [&'static str],
    /// Whether the zkVM's system code (its kernel) is the way to a circuit, so that its cost counts for the circuit.
    pub system_is_circuit: bool,
    /// Bytes of a machine word.
    pub word_bytes: u64,
    /// What memory accesses cost, where narrow ones cost more than whole words.
    pub narrow: Option<NarrowAccess>,
    /// What memory touched for the first time costs, where that is a measure of its own.
    pub first_touch: Option<FirstTouch>,
    /// Pages moved in and out, where they are.
    pub paging: Option<Paging>,
    /// What to do about an allocator that costs more than a bump allocator.
    pub allocator: &'static str,
    /// Instructions of an allocation by a bump allocator and of a release, about.
    pub bump_instructions: (u64, u64),
}

/// A circuit for an operation, or circuits it can be built on.
pub(crate) struct Available {
    pub operation: Operation,
    /// What a guest calls.
    pub through: &'static str,
    /// Crate and version.
    pub krate: &'static str,
    /// File in that crate.
    pub file: &'static str,
    /// Rows of the profile's tables that count its circuits.
    pub rows: &'static [CircuitRow],
    /// What one unit costs through the circuit, in node units of the proving cost.
    pub price: Option<Price>,
}

/// Where a run's table counts a circuit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CircuitRow {
    pub table: &'static str,
    pub label: &'static str,
    /// Column with the number of calls.
    pub column: &'static str,
    /// Whether other operations use the circuit as well.
    pub shared: bool,
}

/// What a unit of work costs through a circuit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Price {
    /// What is counted: `permutation`, `block`, `recovery`.
    pub unit: &'static str,
    /// At least, in node units of the proving cost.
    pub low: u64,
    /// At most.
    pub high: u64,
    /// How it is known.
    pub source: &'static str,
}

/// A crate with a copy that uses the circuits, under the same name.
pub(crate) struct PatchedCrate {
    pub name: &'static str,
    /// Version of the crate that the copy replaces.
    pub version: &'static str,
    pub operation: Operation,
    /// Repository of the copy.
    pub repository: &'static str,
}

/// Prices of memory accesses in the measure `measure`, in node units of the proving cost.
pub(crate) struct NarrowAccess {
    pub measure: &'static str,
    /// A whole aligned word, read.
    pub read: u64,
    /// A whole aligned word, written.
    pub write: u64,
}

/// Words touched for the first time: stored measure, and the price of each in node units of the proving cost.
pub(crate) struct FirstTouch {
    pub measure: &'static str,
    pub price: u64,
}

/// Pages moved in and out.
pub(crate) struct Paging {
    /// Pseudo-functions that it stands under.
    pub functions: &'static [&'static str],
    /// Bytes of a page.
    pub page_bytes: u64,
}

/// All zkVMs that are known.
pub(crate) const ALL: &[&Facts] = &[&zisk::FACTS, &sp1::FACTS, &risc0::FACTS];

impl Facts {
    /// Of a profile's zkVM.
    pub fn of(profile: &Profile) -> Option<&'static Facts> {
        Self::named(&profile.run.zkvm)
    }

    /// By family.
    pub fn named(zkvm: &str) -> Option<&'static Facts> {
        ALL.iter().copied().find(|facts| facts.zkvm == zkvm)
    }

    /// What it has for an operation.
    pub fn available(&self, operation: Operation) -> Option<&'static Available> {
        self.available.iter().find(|row| row.operation == operation)
    }

    /// Why it has nothing for it.
    pub fn why_missing(&self, operation: Operation) -> &'static str {
        let row = self.missing.iter().find(|(of, _)| *of == operation);
        row.map_or("no circuit for it in this version's crates", |row| row.1)
    }
}

impl CircuitRow {
    /// What the circuit is called: the row, or the table if that is about one circuit.
    pub fn name(&self) -> &'static str {
        match self.table {
            "keccak" => self.table,
            _ => self.label,
        }
    }

    /// What a profile's table counts, if it has the row.
    pub fn count(&self, profile: &Profile) -> u64 {
        self.cell(profile, self.column).unwrap_or(0)
    }

    fn cell(&self, profile: &Profile, column: &str) -> Option<u64> {
        let table = profile
            .tables
            .iter()
            .find(|table| table.name == self.table)?;
        let at = table.columns.iter().position(|name| name == column)?;
        let row = table.rows.iter().find(|row| row.label == self.label)?;
        row.values.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_an_answer_once() {
        for facts in ALL {
            for operation in Operation::ALL {
                let rows = facts.available.iter();
                let count = rows.filter(|row| row.operation == *operation).count();
                assert!(count <= 1, "{} {operation:?}", facts.zkvm);
                let missing = facts.missing.iter().any(|(of, _)| of == operation);
                assert!(count == 1 || missing, "{} {operation:?}", facts.zkvm);
                assert!(count == 0 || !missing, "{} {operation:?}", facts.zkvm);
            }
        }
    }
}
