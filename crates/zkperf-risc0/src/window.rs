//! The register windows: words at the begin of the system page that are the registers of both modes.

use crate::decode::{Inst, Kind};
use crate::machine::Registers;
use crate::rules::{MACHINE_REGISTERS, PAGE_BYTES};

/// Word address of the windows: the machine's 32 registers, then the user's.
const WINDOW: u32 = MACHINE_REGISTERS / 4;
const WINDOW_WORDS: u32 = 64;

/// Register file and index of a word in the register windows.
pub(crate) fn window(word: u32) -> Option<(usize, usize)> {
    let at = word.wrapping_sub(WINDOW);
    (at < WINDOW_WORDS).then_some((usize::from(at < 32), (at % 32) as usize))
}

/// Whether words that follow each other all lie in memory, and in no register window.
pub(crate) fn is_ordinary(start: u32, words: u32) -> bool {
    start < WINDOW && words <= WINDOW - start
}

/// Carries out a `lw` or `sw` of the kernel, if it goes to a word of the system page: to a register or
/// to memory. That page is loaded and changed from a segment's start on; it must hold no decoded code.
///
/// `memory` is the first byte of the whole address space.
pub(crate) fn move_system_word(files: &mut [Registers; 2], memory: *mut u8, inst: Inst) -> bool {
    let address = files[1][usize::from(inst.rs1)].wrapping_add(inst.imm);
    if address.wrapping_sub(MACHINE_REGISTERS) >= PAGE_BYTES || address & 3 != 0 {
        return false;
    }
    // SAFETY of both uses: an aligned word within the address space.
    let place: *mut u32 = unsafe { memory.add(address as usize).cast() };
    let (rd, rs2) = (usize::from(inst.rd), usize::from(inst.rs2));
    match (inst.kind, window(address >> 2)) {
        (Kind::Lw, Some((file, index))) => files[1][rd] = files[file][index],
        (Kind::Lw, None) => files[1][rd] = u32::from_le(unsafe { place.read() }),
        (Kind::Sw, Some((file, index))) => files[file][index] = files[1][rs2],
        (Kind::Sw, None) => unsafe { place.write(files[1][rs2].to_le()) },
        _ => return false,
    }
    true
}
