//! The hand-written guests, by the rule they exercise.

mod alu;
mod calls;
mod compressed;
mod csr;
mod dma;
mod endings;
mod fcall;
#[cfg(feature = "frops")]
mod frop_boxes;
#[cfg(feature = "frops")]
mod frops;
mod layout;
mod memory;
mod precompile;
mod tags;
mod zisklib;
mod zkvmcall;

use crate::guest::{Ending, Guest};
use crate::stack::{stack_guests_on, Machine};
use crate::target::{Target, ZISK_1_4_0};

/// Every hand-written guest for the newest ZisK; names are unique.
pub fn guests() -> Vec<Guest> {
    guests_of(ZISK_1_4_0)
}

/// Every hand-written guest for a ZisK version; names are unique. What the version lacks is left out.
pub fn guests_of(target: Target) -> Vec<Guest> {
    let mut all = Vec::new();
    alu::add(target, &mut all);
    csr::add(target, &mut all);
    #[cfg(feature = "frops")]
    frops::add(target, &mut all);
    memory::add(target, &mut all);
    layout::add(target, &mut all);
    precompile::add(target, &mut all);
    dma::add(target, &mut all);
    fcall::add(target, &mut all);
    if !target.traps {
        compressed::add(target, &mut all);
    }
    if target.has_library {
        zkvmcall::add(&mut all);
        zisklib::add(&mut all);
    }
    tags::add(target, &mut all);
    calls::add(target, &mut all);
    endings::add(target, &mut all);
    all.extend(stack(target));
    all
}

/// The call structures that all zkVMs have ([`crate::stack`]).
fn stack(target: Target) -> impl Iterator<Item = Guest> {
    let machine = Machine::Zisk(target);
    stack_guests_on(machine).map(move |guest| Guest {
        name: format!("stack_{}", guest.name),
        elf: guest.build(machine).elf,
        input: Vec::new(),
        ending: Ending::Success,
        functions: guest.official,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// Building all guests exercises every assembler path; names are keys of reports.
    #[test]
    fn all_build_with_unique_names() {
        for target in crate::target::TARGETS {
            let guests = super::guests_of(target);
            assert!(guests.len() > 150, "{}", guests.len());
            let names: BTreeSet<_> = guests.iter().map(|g| g.name.clone()).collect();
            assert_eq!(names.len(), guests.len());
        }
    }
}
