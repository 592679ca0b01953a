//! What differs between the ZisK versions that guests are made for.

use crate::inst::{IType, RType, Reg, I_TYPES, R_TYPES, ZERO};

/// A ZisK version as its guests see it. The memory map below the RAM differs; stack, system area,
/// output and general RAM are where [`crate::asm`] says in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// As `ziskemu --version` says it.
    pub version: &'static str,
    /// Where code starts: the program ROM (`ROM_ADDR` of `zisk-core/src/mem.rs`).
    pub code: u64,
    /// First read-only data segment of the guests made here, inside the ROM.
    pub ro: u64,
    /// Input region; the first 8 bytes are the free-input register, the file follows (`INPUT_ADDR`).
    pub input: u64,
    /// Bytes of the input region (`MAX_INPUT_SIZE`).
    pub input_size: u64,
    /// How precompiles of two operands take them (`transpile_precompiled_ab_pattern` of
    /// `zisk-riscv/src/riscv2zisk_context.rs`).
    pub operands: Operands,
    /// Whether an exit code, `ebreak`, compressed instructions and writes to read-only CSRs make a run
    /// fail; otherwise the code and `ebreak` mean nothing, and the others are carried out.
    pub traps: bool,
    /// Whether some forms of CSR instructions also read address 0, which aborts the run: its transpiler
    /// gives them an operand in memory (`src_a("mem", 0, false)` in
    /// `zisk-riscv/src/riscv2zisk_context.rs`).
    pub csr_reads_null: bool,
    /// Whether the loader takes Zba's instructions.
    pub zba: bool,
    /// Whether there are library calls (zkvmcalls) and the operations that came with them.
    pub has_library: bool,
}

/// Zba, by assembler name.
const ZBA: [&str; 8] = [
    "add.uw",
    "sh1add",
    "sh2add",
    "sh3add",
    "sh1add.uw",
    "sh2add.uw",
    "sh3add.uw",
    "slli.uw",
];

impl Target {
    /// Every register-register instruction that the loader takes.
    pub fn r_types(self) -> Vec<&'static RType> {
        R_TYPES.iter().filter(|op| self.takes(op.name)).collect()
    }

    /// Every computational instruction with an immediate or a single source that the loader takes.
    pub fn i_types(self) -> Vec<&'static IType> {
        I_TYPES.iter().filter(|op| self.takes(op.name)).collect()
    }

    /// Whether a CSR instruction can be carried out; `source` is rs1 or the immediate.
    pub fn runs_csr(self, name: &str, rd: Reg, source: u8) -> bool {
        let reads_null = match name {
            "csrrwi" => rd != ZERO,
            "csrrc" | "csrrsi" | "csrrci" => rd != ZERO && source != 0,
            _ => false,
        };
        !(self.csr_reads_null && reads_null)
    }

    fn takes(self, name: &str) -> bool {
        self.zba || !ZBA.contains(&name)
    }
}

/// How precompiles of two operands take them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands {
    /// In registers: `csrs port, p1; add x0, p2, x0`.
    Registers,
    /// In memory: `csrs port, block`, where the block holds both addresses.
    Block,
}

/// ZisK 1.4.0-alpha.
pub const ZISK_1_4_0: Target = Target {
    version: "1.4.0-alpha",
    code: 0x9000_0000,
    ro: 0x9400_0000,
    input: 0x1000_0000,
    input_size: 0x8000_0000,
    operands: Operands::Registers,
    traps: true,
    csr_reads_null: false,
    zba: true,
    has_library: true,
};

/// ZisK 1.1.0-alpha.
pub const ZISK_1_1_0: Target = Target {
    version: "1.1.0-alpha",
    code: 0x8000_0000,
    ro: 0x8400_0000,
    input: 0x4000_0000,
    input_size: 0x4000_0000,
    operands: Operands::Block,
    traps: false,
    csr_reads_null: true,
    zba: false,
    has_library: false,
};

/// ZisK 1.2.0-alpha.
pub const ZISK_1_2_0: Target = Target {
    version: "1.2.0-alpha",
    ..ZISK_1_1_0
};

/// Every version that guests are made for.
pub const TARGETS: [Target; 3] = [ZISK_1_4_0, ZISK_1_1_0, ZISK_1_2_0];
