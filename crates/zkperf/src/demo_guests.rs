//! The guests that the demo runs: the accelerated reference guest for each zkVM, as it lies in
//! `fixtures/guests` (whose README says how each was made).

/// A guest inside this binary.
pub struct Embedded {
    zkvm: &'static str,
    /// The ELF, compressed with zstd.
    pub elf: &'static [u8],
    /// The record of its build, as JSON.
    pub record: &'static [u8],
}

macro_rules! embedded {
    ($($zkvm:literal),* $(,)?) => {
        &[$(Embedded {
            zkvm: $zkvm,
            elf: include_bytes!(concat!(
                "../../../fixtures/guests/reference-", $zkvm, "-accelerated.elf.zst"
            )),
            record: include_bytes!(concat!(
                "../../../fixtures/guests/reference-", $zkvm, "-accelerated.json"
            )),
        }),*]
    };
}

const GUESTS: &[Embedded] = embedded!["zisk", "sp1", "risc0"];

/// Every embedded guest.
pub fn all() -> &'static [Embedded] {
    GUESTS
}

/// The embedded guest for a zkVM.
pub fn of(zkvm: &str) -> Option<&'static Embedded> {
    GUESTS.iter().find(|guest| guest.zkvm == zkvm)
}
