//! Guests for RISC Zero 3.0.6: RV32IM at 0x0020_0800, with its ecalls and host syscalls.
//!
//! [`guests`] is the table of hand-written ones, one or more for each rule of execution, paging and
//! splitting; [`random_guest`] makes random ones.

mod compute;
mod ecalls;
mod faults;
pub(crate) mod frame;
mod paging;
mod random;
mod rewriting;
mod syscalls;

pub use frame::Guest;
pub use random::{random_guest, RandomGuest};

use crate::stack::{stack_guests_on, Machine, StackGuest};

/// Every hand-written guest.
pub fn guests() -> Vec<Guest> {
    [
        compute::guests(),
        paging::guests(),
        ecalls::guests(),
        syscalls::guests(),
        rewriting::guests(),
        faults::guests(),
        stack(),
    ]
    .concat()
}

/// The call structures that all zkVMs have ([`crate::stack`]).
fn stack() -> Vec<Guest> {
    let guests = stack_guests_on(Machine::Risc0);
    let guest = |guest: StackGuest| Guest {
        name: format!("stack_{}", guest.name),
        elf: guest.build(Machine::Risc0).elf,
        ..Guest::default()
    };
    guests.map(guest).collect()
}
