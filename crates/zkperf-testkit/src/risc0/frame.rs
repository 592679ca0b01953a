//! What a guest is, and the frame that all of them share.
//!
//! Guests gather what they compute in s11 and commit it at the end, so that a wrong value anywhere shows
//! in the journal.

use crate::asm::{Asm, Label};
use crate::inst::*;

/// Where code starts.
pub const CODE: u64 = 0x0020_0800;
/// Top of the stack.
pub const STACK: u32 = 0x0020_0400;
/// Names of syscalls, and other constants.
pub const NAMES: u64 = 0x0800_0000;
/// Variables, 64 KiB of them, the first 4 KiB with initial values.
pub const DATA: u32 = 0x0900_0000;
/// Where [`commit`] puts what it writes.
const COMMIT: u32 = 0x08f0_0000;

/// A guest with what it is given.
#[derive(Debug, Clone, Default)]
pub struct Guest {
    /// Unique name.
    pub name: String,
    /// The ELF file, or a program binary.
    pub elf: Vec<u8>,
    /// Standard input.
    pub input: Vec<u8>,
    /// Arguments.
    pub args: Vec<String>,
    /// Environment.
    pub env: Vec<(String, String)>,
    /// Whether the official executor gives up on it.
    pub fails: bool,
    /// Segment sizes to run it at; the caller's choice if empty.
    pub po2: Vec<u32>,
}

impl Guest {
    /// A guest from code that goes before the commit.
    pub fn new(name: &str, body: impl FnOnce(&mut Asm)) -> Self {
        Self::with_tail(name, body, |_| ())
    }

    /// As [`Guest::new`], with functions behind the commit.
    pub fn with_tail(name: &str, body: impl FnOnce(&mut Asm), tail: impl FnOnce(&mut Asm)) -> Self {
        Self {
            name: name.to_owned(),
            elf: program(body, tail).elf32(),
            ..Self::default()
        }
    }

    /// The same, expected to fail.
    pub fn failing(mut self) -> Self {
        self.fails = true;
        self
    }

    /// The same with an input.
    pub fn input(mut self, input: Vec<u8>) -> Self {
        self.input = input;
        self
    }

    /// The same at these segment sizes.
    pub fn at(mut self, po2: &[u32]) -> Self {
        self.po2 = po2.to_vec();
        self
    }
}

/// A host syscall: its number for the kernel and its name for the host.
#[derive(Debug, Clone, Copy)]
pub struct Syscall(pub u32, pub &'static str);

macro_rules! syscalls {
    ($($name:ident = $number:literal),* $(,)?) => {
        $(#[allow(missing_docs)] pub const $name: Syscall = Syscall($number, stringify!($name));)*
        /// All of them, in the order of [`NAMES`].
        const SYSCALLS: &[Syscall] = &[$($name),*];
    };
}

syscalls! {
    SYS_ARGC = 1, SYS_ARGV = 2, SYS_CYCLE_COUNT = 3, SYS_EXIT = 4, SYS_FORK = 5, SYS_GETENV = 6,
    SYS_KECCAK = 7, SYS_LOG = 8, SYS_PANIC = 9, SYS_PIPE = 10, SYS_RANDOM = 11, SYS_READ = 12,
    SYS_USER = 13, SYS_VERIFY_INTEGRITY = 14, SYS_VERIFY_INTEGRITY2 = 15, SYS_WRITE = 16,
}

/// Bytes that each name takes.
const NAME_BYTES: usize = 80;

impl Syscall {
    /// Where the name stands.
    pub fn address(self) -> u32 {
        let at = SYSCALLS
            .iter()
            .position(|call| call.0 == self.0)
            .expect("a known syscall");
        NAMES as u32 + (at * NAME_BYTES) as u32
    }
}

/// Start-up code, body, commit, tail, data.
pub fn program(body: impl FnOnce(&mut Asm), tail: impl FnOnce(&mut Asm)) -> Asm {
    let mut a = Asm::at(CODE);
    a.func("_start");
    a.li32(SP, STACK);
    a.li32(S11, 0x1357_9bdf);
    let main = a.label();
    a.call(main);
    finish(&mut a, 0);
    a.func_at("main", main);
    a.addi(SP, SP, -16);
    a.store("sw", RA, SP, 12);
    body(&mut a);
    a.load("lw", RA, SP, 12);
    a.addi(SP, SP, 16);
    a.ret();
    tail(&mut a);
    a.end_func();
    let mut names = Vec::new();
    for call in SYSCALLS {
        let mut name = format!("risc0_zkvm_platform::syscall::nr::{}", call.1).into_bytes();
        name.resize(NAME_BYTES, 0);
        names.extend(name);
    }
    a.ro(NAMES, names);
    let words: Vec<u8> = (0..1024u32)
        .flat_map(|word| word.wrapping_mul(0x9e37_79b9).to_le_bytes())
        .collect();
    a.rw(u64::from(DATA), words, 64 << 10);
    a
}

/// Commits s11 and halts with an exit code.
pub fn finish(a: &mut Asm, exit_code: u32) {
    a.li32(A4, COMMIT);
    a.store("sw", S11, A4, 0);
    write(a, 3, COMMIT, 4);
    halt(a, 0, exit_code);
}

/// HALT with a halt type; the output digest is not zero.
pub fn halt(a: &mut Asm, halt_type: u32, exit_code: u32) {
    a.li32(T0, 0);
    a.li32(A0, halt_type | exit_code << 8);
    a.li32(A1, NAMES as u32);
    a.ecall();
}

/// SYS_WRITE of memory.
pub fn write(a: &mut Asm, descriptor: u32, address: u32, bytes: u32) {
    a.li32(A3, descriptor);
    a.li32(A4, address);
    a.li32(A5, bytes);
    software(a, SYS_WRITE, 0, 0);
}

/// SYS_READ from standard input; a0 has the count.
pub fn read(a: &mut Asm, address: u32, bytes: u32) {
    a.li32(A3, 0);
    a.li32(A4, bytes);
    software(a, SYS_READ, address, bytes);
}

/// A software ecall; arguments from a3 on are set before.
pub fn software(a: &mut Asm, call: Syscall, reply: u32, reply_length: u32) {
    a.li32(T0, 2);
    a.li32(T6, call.0);
    a.li32(A0, reply);
    a.li32(A1, reply_length);
    a.li32(A2, call.address());
    a.ecall();
}

/// Mixes a register into s11.
pub fn mix(a: &mut Asm, register: Reg) {
    a.i("slli", T1, S11, 5);
    a.r("sub", S11, T1, S11);
    a.r("xor", S11, S11, register);
}

/// Mixes words of memory into s11, in a loop.
pub fn mix_words(a: &mut Asm, address: u32, words: u32) {
    a.li32(T3, address);
    a.li32(T4, address + 4 * words);
    let top = a.label_here();
    a.load("lw", T5, T3, 0);
    mix(a, T5);
    a.addi(T3, T3, 4);
    a.branch("bltu", T3, T4, top);
}

/// A loop of `count` rounds in s8.
pub fn repeat(a: &mut Asm, count: u32, body: impl FnOnce(&mut Asm)) {
    a.li32(S8, count);
    let top: Label = a.label_here();
    body(a);
    a.addi(S8, S8, -1);
    let out = a.label();
    a.branch("beq", S8, ZERO, out);
    a.j(top);
    a.bind(out);
}

/// `nop`s.
pub fn nops(a: &mut Asm, count: usize) {
    for _ in 0..count {
        a.addi(ZERO, ZERO, 0);
    }
}
