//! What each zkVM puts below or beside the guest's own functions: library routines, precompiles, the
//! kernel, syscalls, blocks that are not proved.

use super::{Machine, StackGuest};
use crate::target::ZISK_1_4_0;

const ZISK: &[Machine] = &[Machine::Zisk(ZISK_1_4_0)];
const SP1: &[Machine] = &[Machine::Sp1];
const RISC0: &[Machine] = &[Machine::Risc0];

pub(super) fn guests() -> Vec<StackGuest> {
    vec![
        StackGuest::new("system_precompile", PRECOMPILE, PRECOMPILE_TREE).on(ZISK),
        StackGuest::new("system_library", LIBRARY, LIBRARY_TREE).on(ZISK),
        StackGuest::new("system_kernel_input", INPUT, INPUT_TREE).on(RISC0),
        StackGuest::new("system_kernel_function", SHA, SHA_TREE).on(RISC0),
        StackGuest::new("system_syscall", SYSCALL, SYSCALL_TREE).on(SP1),
        StackGuest::new("system_unconstrained", UNCONSTRAINED, UNCONSTRAINED_TREE).on(SP1),
    ]
}

/// Keccak-f as a function's first and last instructions: no context of its own.
const PRECOMPILE: &str = "
main:   enter
        mv a1, gp
        csrs 0x800, a1
        call permute
        csrs 0x800, a1
        leave
permute: csrs 0x800, a1
        ret
";
const PRECOMPILE_TREE: &str = "
main x1 [2+4+3]
  permute x1 [2]
";

/// A zkvmcall's thunk jumps to the library's routine, which returns for it. The routine is made of ZisK's own
/// instructions, none of RISC-V.
const LIBRARY: &str = "
main:   enter
        call outer
        leave
outer:  enter
        mv a0, gp
        mv a1, gp
        mv a2, gp
        call thunk
        leave
thunk:  csrs 0x868, zero
        ret
";
const LIBRARY_TREE: &str = "
main x1 [2+1+3]
  outer x1 [2+4+3]
    thunk x1 [1]
      ziskasm_zkvm_u256_div x1 [0] tail
";

/// INPUT from three frames deep. Of the kernel (risc0-zkos-v1compat 2.2.3, `llvm-objdump -d v1compat.elf`)
/// run `_ecall_dispatch` up to its `jr` (5), a row of `_ecall_table` (1) and `_ecall_input` up to `mret`
/// (10), which have no symbols of functions.
const INPUT: &str = "
main:   enter
        li a0, 1
        call walk
        leave
walk:   enter
        beqz a0, .deepest
        addi a0, a0, -1
        call walk
        leave
.deepest: call asks
        call asks
        leave
asks:   li t0, 1
        li a0, 3
        ecall
        nop
        ret
";
const INPUT_TREE: &str = "
main x1 [2+2+3]
  walk x1 [2+1+2+3]
    walk x1 [2+1+2+3]
      asks x1 [5]
        [kernel entry] x1 [5+1+10]
      asks x1 [5]
        [kernel entry] x1 [5+1+10]
";

/// SHA: the kernel's entry calls a function of its own, on the kernel's stack. `_ecall_sha` has 7
/// instructions before the call and `mret`; `ecall_sha` runs 5 up to its first branch, 3 up to the second,
/// and from 0xc00009a8 on 8 (one block, in one piece), the machine's `ecall` among them.
const SHA: &str = "
main:   enter
        call hash
        leave
hash:   li t0, 3
        addi a0, gp, 1024
        mv a1, gp
        addi a2, gp, 64
        addi a3, gp, 96
        li a4, 1
        ecall
        ret
";
const SHA_TREE: &str = "
main x1 [2+1+3]
  hash x1 [8]
    [kernel entry] x1 [5+1+7+1]
      ecall_sha x1 [5+3+8]
";

/// A syscall is an instruction of the function that makes it.
const SYSCALL: &str = "
main:   enter
        call outer
        leave
outer:  enter
        call writes
        call writes
        leave
writes: li t0, 2
        li a0, 1
        mv a1, gp
        li a2, 1
        ecall
        ret
";
const SYSCALL_TREE: &str = "
main x1 [2+1+3]
  outer x1 [2+2+3]
    writes x1 [6]
    writes x1 [6]
";

/// What runs unconstrained is not proved and costs nothing. The block calls functions and ends inside of
/// one; with its end all registers are what they were, the stack pointer among them.
const UNCONSTRAINED: &str = "
main:   enter
        call outer
        leave
outer:  enter
        li t0, 3            # ENTER_UNCONSTRAINED gives 1, and 0 where the block is over
        ecall
        beqz t0, .proved
        call hidden
.proved: call leaf
        leave
hidden: enter
        call leaf
        li t0, 4            # EXIT_UNCONSTRAINED
        ecall
leaf:   ret
";
const UNCONSTRAINED_TREE: &str = "
main x1 [2+1+3]
  outer x1 [2+3+1+3]
    leaf x1 [1]
";
