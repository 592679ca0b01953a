//! What a guest is, and the frame that most hand-written guests share.

use crate::asm::{Asm, OUTPUT_ADDR, RAM_ADDR, STACK_TOP};
use crate::inst::*;
use crate::target::{Operands, Target};

/// How the official emulator ends a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Exit code 0: the report is complete.
    Success,
    /// Exit by `ecall` 93 with another code: the report is printed, then the run fails.
    ExitCode(u64),
    /// A halting instruction (`ebreak`, `unimp`, a reserved word): report, then failure.
    Halt,
    /// The emulator itself aborts (a misaligned precompile operand, a foreign address, ...): no
    /// report. Ours must give an error and a partial profile instead.
    Abort,
    /// Never ends; run it with this step limit.
    Endless(u64),
    /// The loader refuses the file.
    Refused,
}

/// A guest with its input.
#[derive(Debug, Clone)]
pub struct Guest {
    /// Unique name.
    pub name: String,
    /// The ELF file.
    pub elf: Vec<u8>,
    /// The input file (a multiple of 8 bytes).
    pub input: Vec<u8>,
    /// How it ends.
    pub ending: Ending,
    /// Whether the official call stack is expected to stand to the end, so that every function's
    /// figures can be compared.
    pub functions: bool,
}

impl Guest {
    /// A guest without input that succeeds and whose functions are attributable.
    pub fn new(name: &str, asm: Asm) -> Self {
        Self {
            name: name.to_owned(),
            elf: asm.elf(),
            input: Vec::new(),
            ending: Ending::Success,
            functions: true,
        }
    }

    /// With an input file.
    pub fn with_input(mut self, input: Vec<u8>) -> Self {
        assert!(input.len().is_multiple_of(8));
        self.input = input;
        self
    }

    /// With another ending.
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// With a call structure the official emulator gives up on.
    pub fn unattributable(mut self) -> Self {
        self.functions = false;
        self
    }
}

/// The usual frame: `_start` sets up the stack and the checksum s0, calls `main` (which `body`
/// fills), writes s0 to the output and exits with 0. `body` may use every register but s0, sp and
/// s11; a0 holds the input address on entry. Data and further functions can be added in `after`.
pub fn program(target: Target, body: impl FnOnce(&mut Asm), after: impl FnOnce(&mut Asm)) -> Asm {
    let mut a = Asm::on(target);
    a.func("_start");
    a.li(SP, STACK_TOP);
    a.li(S0, 0x243f_6a88_85a3_08d3);
    let main = a.label();
    a.far_call(RA, RA, main);
    a.li(T0, OUTPUT_ADDR);
    a.store("sd", S0, T0, 0);
    a.exit(0);
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

/// Folds a register into the checksum s0.
pub(crate) fn mix(a: &mut Asm, rs: Reg) {
    a.r("xor", S0, S0, rs);
    a.i("rori", S0, S0, 9);
}

/// Runs `body` once for each `stride` bytes from `start` to `end`, with `pointer` on the item.
/// `pointer` and `limit` must not be changed by the body.
pub(crate) fn for_each(
    a: &mut Asm,
    pointer: Reg,
    limit: Reg,
    start: u64,
    end: u64,
    stride: i64,
    body: impl FnOnce(&mut Asm),
) {
    a.li(pointer, start);
    a.li(limit, end);
    let top = a.label_here();
    body(a);
    a.addi(pointer, pointer, stride);
    let done = a.label();
    a.branch("beq", pointer, limit, done);
    a.j(top);
    a.bind(done);
}

/// Copies every word of the `words` at `from` into the checksum.
pub(crate) fn mix_words(a: &mut Asm, from: u64, words: usize) {
    for_each(a, T0, T1, from, from + 8 * words as u64, 8, |a| {
        a.load("ld", T2, T0, 0);
        mix(a, T2);
    });
}

/// Where the addresses of operands are put for versions that take them in memory.
const ADDRESSES: u64 = RAM_ADDR + 0xf000;

/// Puts values into a block of memory, whose address t6 has from then on.
fn block(a: &mut Asm, values: &[Reg]) {
    a.li(T6, ADDRESSES);
    for (index, value) in values.iter().enumerate() {
        a.store("sd", *value, T6, 8 * index as i32);
    }
}

/// A precompile of two operands, at the addresses in `p1` and `p2`. Versions that take the addresses in
/// memory lose the value of t6.
pub(crate) fn two_operands(a: &mut Asm, port: u32, p1: Reg, p2: Reg) {
    match a.target().operands {
        Operands::Registers => {
            a.csrs(port, p1);
            a.r("add", ZERO, p2, ZERO);
        }
        Operands::Block => {
            block(a, &[p1, p2]);
            a.csrs(port, T6);
        }
    }
}

/// A round of BLAKE2b on state and message. Versions that take the addresses in memory lose the values
/// of t6 and s11.
pub(crate) fn blake2b_round(a: &mut Asm, state: Reg, message: Reg, round: i64) {
    match a.target().operands {
        Operands::Registers => {
            a.csrs(0x819, state);
            a.addi(ZERO, message, round);
        }
        Operands::Block => {
            a.addi(S11, ZERO, round);
            block(a, &[S11, state, message]);
            a.csrs(0x819, T6);
        }
    }
}
