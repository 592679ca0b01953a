//! Addresses and prices: what risc0-circuit-rv32im 4.0.5 fixes.

/// Bytes of a page (`PAGE_BYTES`, execute/platform.rs).
pub(crate) const PAGE_BYTES: u32 = 1024;
/// Pages of the address space (`MEMORY_PAGES`, execute/platform.rs).
pub(crate) const PAGES: u32 = 1 << 22;

/// End of the zero page: an access below it faults (`ZERO_PAGE_END_ADDR`). Also where the kernel finds
/// the user program's entry (`USER_START_ADDR`).
pub(crate) const USER_START: u32 = 0x0001_0000;
/// End of user memory, begin of kernel memory (`USER_END_ADDR`, `KERNEL_START_ADDR`).
pub(crate) const KERNEL_START: u32 = 0xc000_0000;
/// End of the memory a trap handler may stand in (`KERNEL_END_ADDR`).
pub(crate) const KERNEL_END: u32 = 0xff00_0000;
/// Big integers of user code lie below this (`USER_BIGINT_END_ADDR`).
pub(crate) const USER_BIGINT_END: u32 = 0xbfff_0000;
/// Window on the machine's registers (`MACHINE_REGS_ADDR`).
pub(crate) const MACHINE_REGISTERS: u32 = 0xffff_0000;
/// Window on the user's registers (`USER_REGS_ADDR`).
pub(crate) const USER_REGISTERS: u32 = 0xffff_0080;
/// Where a read's unused lanes go (`SAFE_WRITE_ADDR`).
pub(crate) const SAFE_WRITE: u32 = 0xffff_0100;
/// pc of the instruction that entered the kernel (`MEPC_ADDR`).
pub(crate) const MEPC: u32 = 0xffff_0200;
/// pc at which a segment resumes (`SUSPEND_PC_ADDR`).
pub(crate) const SUSPEND_PC: u32 = 0xffff_0210;
/// Mode in which a segment resumes (`SUSPEND_MODE_ADDR`).
pub(crate) const SUSPEND_MODE: u32 = 0xffff_0214;
/// Digest of the output (`GLOBAL_OUTPUT_ADDR`).
pub(crate) const OUTPUT_DIGEST: u32 = 0xffff_0240;
/// Digest of the input, stored anew at each segment's start (`GLOBAL_INPUT_ADDR`).
pub(crate) const INPUT_DIGEST: u32 = 0xffff_0260;
/// Address of the kernel's ecall handler (`ECALL_DISPATCH_ADDR`).
pub(crate) const ECALL_DISPATCH: u32 = 0xffff_1000;
/// Table of the kernel's trap handlers (`TRAP_DISPATCH_ADDR`).
pub(crate) const TRAP_DISPATCH: u32 = 0xffff_2000;
/// First word address beyond memory (`MEMORY_END_ADDR`).
pub(crate) const MEMORY_END_WORD: u32 = 0x4000_0000;

/// Words of a SHA-256 or Poseidon2 digest.
pub(crate) const DIGEST_WORDS: u32 = 8;

/// Rows to load or to store a page (`PAGE_CYCLES`, execute/pager.rs).
pub(crate) const PAGE_CYCLES: u64 = 322;
/// Rows to load or to store a node of the memory's hash tree (`NODE_CYCLES`).
pub(crate) const NODE_CYCLES: u64 = 13;
/// Paging rows of every segment for loading the root and resuming: the first half of
/// `RESERVED_PAGING_CYCLES` (`LOAD_ROOT` 1, `POSEIDON_ENTRY` 1, `POSEIDON_PAGING` 1, `RESUME` 2).
pub(crate) const SEGMENT_IN_CYCLES: u64 = 5;
/// The second half, for suspending and storing the root (`SUSPEND` 2, `POSEIDON_ENTRY` 1,
/// `POSEIDON_PAGING` 1, `STORE_ROOT` 1).
pub(crate) const SEGMENT_OUT_CYCLES: u64 = 5;
/// Rows of a segment that belong to look-up tables and to its end (`RESERVED_CYCLES`, platform.rs).
pub(crate) const RESERVED_CYCLES: u64 = ((1 << 8) + (1 << 16)) / 16 + 1;

/// Longest transfer of one machine READ or WRITE in bytes (`MAX_IO_BYTES`).
pub(crate) const MAX_IO_BYTES: u32 = 1024;
/// Most words that one row of READ moves (`MAX_IO_WORDS`).
pub(crate) const MAX_IO_WORDS: u32 = 4;
/// Most blocks of one machine SHA2 (`MAX_SHA_COUNT`).
pub(crate) const MAX_SHA_BLOCKS: u32 = 10;
/// Largest non-deterministic program of a BIGINT in bytes (`MAX_NONDET_PROGRAM_SIZE`, bigint.rs).
pub(crate) const MAX_BIGINT_PROGRAM_BYTES: u64 = 10 << 20;
/// Largest journal in bytes (`MAX_JOURNAL_SIZE`, risc0-zkvm 3.0.6 host/server/exec/executor.rs).
pub(crate) const MAX_JOURNAL_BYTES: usize = 100 << 20;
/// Rows of one Keccak permutation in the keccak circuit (`KECCAK_PERMUTE_CYCLES`,
/// risc0-circuit-keccak 4.0.6).
pub(crate) const KECCAK_PERMUTE_CYCLES: u64 = 200;
/// Default size of a Keccak batch (`KECCAK_DEFAULT_PO2`).
pub(crate) const KECCAK_DEFAULT_PO2: u32 = 17;

/// Segment size unless one is asked for (`DEFAULT_SEGMENT_LIMIT_PO2`, execute/mod.rs).
pub(crate) const DEFAULT_PO2: u32 = 20;
/// Segment sizes the prover takes (`MIN_CYCLES_PO2`, `MAX_CYCLES_PO2`, risc0-zkp 3.0.5).
pub(crate) const PO2_RANGE: std::ops::RangeInclusive<u32> = 13..=24;

/// When segments of one size are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentRule {
    /// Binary logarithm of the segment's rows.
    pub(crate) po2: u32,
    /// A step begins in a new segment if user and paging cycles so far are above this.
    pub(crate) split_above: u64,
}

impl SegmentRule {
    /// The rule for a size (execute/executor.rs `run`, with `MAX_INSN_CYCLES` and
    /// `MAX_INSN_CYCLES_LOWER_PO2` of lib.rs as risc0-zkvm chooses between them).
    pub(crate) fn new(po2: u32) -> Self {
        let longest_instruction = if po2 >= 15 { 25_000 } else { 2_000 };
        Self {
            po2,
            split_above: (1 << po2) - longest_instruction - RESERVED_CYCLES,
        }
    }

    /// Rows of a full segment.
    pub(crate) fn rows(self) -> u64 {
        1 << self.po2
    }
}

/// Machine ecalls (`HOST_ECALL_*`, platform.rs), in the order of `EcallKind` (r0vm.rs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ecall {
    BigInt,
    Poseidon2,
    Read,
    Sha2,
    Terminate,
    Write,
}

impl Ecall {
    pub(crate) const ALL: [Ecall; 6] = [
        Ecall::BigInt,
        Ecall::Poseidon2,
        Ecall::Read,
        Ecall::Sha2,
        Ecall::Terminate,
        Ecall::Write,
    ];

    /// What `a7` asks for.
    pub(crate) fn of(a7: u32) -> Option<Self> {
        Some(match a7 {
            0 => Ecall::Terminate,
            1 => Ecall::Read,
            2 => Ecall::Write,
            3 => Ecall::Poseidon2,
            4 => Ecall::Sha2,
            5 => Ecall::BigInt,
            _ => return None,
        })
    }

    /// Name in the official metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Ecall::BigInt => "BigInt",
            Ecall::Poseidon2 => "Poseidon2",
            Ecall::Read => "Read",
            Ecall::Sha2 => "Sha2",
            Ecall::Terminate => "Terminate",
            Ecall::Write => "Write",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_segment_splits_above_1019463_cycles() {
        // 2^20 - 25000 - 4113, from the official constants.
        assert_eq!(SegmentRule::new(20).split_above, 1_019_463);
        assert_eq!(SegmentRule::new(14).split_above, 16_384 - 2_000 - 4_113);
    }
}
