//! Guests for SP1 6.10.0: RV64IM at 0x7800_0000, syscalls by number in `t0`.

mod alu;
mod chunks;
mod endings;
pub(crate) mod frame;
mod hints;
mod memory;
mod precompile;
mod random;

pub use frame::{Sp1Ending, Sp1Guest, CODE, DATA, SCRATCH};
pub use random::{sp1_random_guest, Sp1Random};

use crate::stack::{stack_guests_on, Machine};

/// Every hand-written guest; names are unique.
pub fn sp1_guests() -> Vec<Sp1Guest> {
    let mut all = Vec::new();
    alu::add(&mut all);
    memory::add(&mut all);
    chunks::add(&mut all);
    precompile::add(&mut all);
    hints::add(&mut all);
    endings::add(&mut all);
    all.extend(stack());
    all
}

/// The call structures that all zkVMs have ([`crate::stack`]).
fn stack() -> impl Iterator<Item = Sp1Guest> {
    stack_guests_on(Machine::Sp1).map(|guest| Sp1Guest {
        name: format!("stack_{}", guest.name),
        elf: guest.build(Machine::Sp1).elf,
        inputs: Vec::new(),
        ending: Sp1Ending::Exit(0),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// Building all guests exercises every assembler path; names are keys of reports.
    #[test]
    fn all_build_with_unique_names() {
        let guests = super::sp1_guests();
        assert!(guests.len() > 60, "{}", guests.len());
        let names: BTreeSet<_> = guests.iter().map(|guest| &guest.name).collect();
        assert_eq!(names.len(), guests.len());
    }
}
