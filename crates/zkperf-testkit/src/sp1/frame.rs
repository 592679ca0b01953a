//! What an SP1 guest is, and the frame that most hand-written ones share.

use crate::asm::Asm;
use crate::inst::*;

/// Where code starts: SP1's image base, which is the top of the stack.
pub const CODE: u64 = 0x7800_0000;
/// First data segment of the guests made here.
pub const DATA: u64 = 0x7900_0000;
/// Memory no segment names.
pub const SCRATCH: u64 = 0x7a00_0000;

/// How the official executor ends a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sp1Ending {
    /// HALT with this exit code.
    Exit(u32),
    /// The executor panics. Ours must give a fault with pc and cause, and a partial profile.
    Fault,
    /// The loader refuses the file.
    Refused,
}

/// A guest with its input buffers.
#[derive(Debug, Clone)]
pub struct Sp1Guest {
    /// Unique name.
    pub name: String,
    /// The ELF file.
    pub elf: Vec<u8>,
    /// The input buffers.
    pub inputs: Vec<Vec<u8>>,
    /// How it ends.
    pub ending: Sp1Ending,
}

impl Sp1Guest {
    /// A guest without input that succeeds.
    pub fn new(name: &str, mut asm: Asm) -> Self {
        asm.readable_code();
        Self {
            name: name.to_owned(),
            elf: asm.elf(),
            inputs: Vec::new(),
            ending: Sp1Ending::Exit(0),
        }
    }

    /// With input buffers.
    pub fn with_inputs(mut self, inputs: &[&[u8]]) -> Self {
        self.inputs = inputs.iter().map(|input| input.to_vec()).collect();
        self
    }

    /// With another ending.
    pub fn ending(mut self, ending: Sp1Ending) -> Self {
        self.ending = ending;
        self
    }
}

/// Syscall numbers that the frame itself uses.
pub(super) const HALT: u64 = 0;
pub(super) const WRITE: u64 = 2;
pub(super) const HINT_LEN: u64 = 0xf0;
pub(super) const HINT_READ: u64 = 0xf1;
/// Public values.
pub(super) const FD_PUBLIC: u64 = 13;

/// `ecall` with a number; arguments are in place.
pub(super) fn syscall(a: &mut Asm, number: u64) {
    a.li(T0, number);
    a.ecall();
}

/// `ecall` with a number and two arguments.
pub(super) fn syscall2(a: &mut Asm, number: u64, first: u64, second: u64) {
    a.li(A0, first);
    a.li(A1, second);
    syscall(a, number);
}

/// Writes `length` bytes at an address to a file descriptor.
pub(super) fn write(a: &mut Asm, fd: u64, address: u64, length: u64) {
    a.li(A2, length);
    syscall2(a, WRITE, fd, address);
}

/// Ends the run.
pub(crate) fn halt(a: &mut Asm, code: u64) {
    a.li(A0, code);
    syscall(a, HALT);
}

/// The usual frame: `_start` sets up the stack and the checksum s0, calls `main` (which `body`
/// fills), writes s0 to the public values and halts. `body` may use every register but s0, sp and
/// s11. Data and further functions can be added in `after`.
pub(super) fn program(body: impl FnOnce(&mut Asm), after: impl FnOnce(&mut Asm)) -> Asm {
    let mut a = Asm::at(CODE);
    a.func("_start");
    a.li(SP, CODE);
    a.li(S0, 0x243f_6a88_85a3_08d3);
    let main = a.label();
    a.far_call(RA, RA, main);
    a.li(T1, SCRATCH + 0x10_0000);
    a.store("sd", S0, T1, 0);
    write(&mut a, FD_PUBLIC, SCRATCH + 0x10_0000, 8);
    halt(&mut a, 0);
    a.func_at("main", main);
    a.addi(SP, SP, -16);
    a.store("sd", RA, SP, 8);
    body(&mut a);
    a.load("ld", RA, SP, 8);
    a.addi(SP, SP, 16);
    a.ret();
    after(&mut a);
    a
}

/// A guest that is nothing but `body`, halting after it.
pub(super) fn bare(body: impl FnOnce(&mut Asm)) -> Asm {
    let mut a = Asm::at(CODE);
    a.func("_start");
    body(&mut a);
    halt(&mut a, 0);
    a
}

/// Folds a register into the checksum s0; uses t6.
pub(super) fn mix(a: &mut Asm, rs: Reg) {
    a.i("slli", T6, S0, 9);
    a.i("srli", S0, S0, 55);
    a.r("or", S0, S0, T6);
    a.r("xor", S0, S0, rs);
}

/// Folds `words` words at an address into the checksum; uses t1 to t3.
pub(super) fn mix_words(a: &mut Asm, address: u64, words: u64) {
    a.li(T1, address);
    a.li(T2, address + 8 * words);
    let top = a.label_here();
    a.load("ld", T3, T1, 0);
    mix(a, T3);
    a.addi(T1, T1, 8);
    a.branch("bltu", T1, T2, top);
}

/// Runs `body` for each word of a table from `start` to `end`, with `pointer` on it.
pub(super) fn for_each(
    a: &mut Asm,
    pointer: Reg,
    limit: Reg,
    (start, end): (u64, u64),
    body: impl FnOnce(&mut Asm),
) {
    a.li(pointer, start);
    a.li(limit, end);
    let top = a.label_here();
    body(a);
    a.addi(pointer, pointer, 8);
    let done = a.label();
    a.branch("beq", pointer, limit, done);
    a.j(top);
    a.bind(done);
}
