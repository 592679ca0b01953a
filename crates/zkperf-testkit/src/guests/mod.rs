//! The hand-written guests, by the rule they exercise.

mod alu;
mod calls;
mod csr;
mod dma;
mod endings;
mod fcall;
#[cfg(feature = "frops")]
mod frops;
mod layout;
mod memory;
mod precompile;
mod tags;
mod zisklib;
mod zkvmcall;

use crate::guest::Guest;

/// Every hand-written guest; names are unique.
pub fn guests() -> Vec<Guest> {
    let mut all = Vec::new();
    alu::add(&mut all);
    csr::add(&mut all);
    #[cfg(feature = "frops")]
    frops::add(&mut all);
    memory::add(&mut all);
    layout::add(&mut all);
    precompile::add(&mut all);
    dma::add(&mut all);
    fcall::add(&mut all);
    zkvmcall::add(&mut all);
    zisklib::add(&mut all);
    tags::add(&mut all);
    calls::add(&mut all);
    endings::add(&mut all);
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// Building all guests exercises every assembler path; names are keys of reports.
    #[test]
    fn all_build_with_unique_names() {
        let guests = super::guests();
        assert!(guests.len() > 60, "{}", guests.len());
        let names: BTreeSet<_> = guests.iter().map(|g| g.name.clone()).collect();
        assert_eq!(names.len(), guests.len());
    }
}
