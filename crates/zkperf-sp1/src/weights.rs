//! What a row of each table (AIR) weighs, and which table each instruction fills.
//!
//! Gas is counted in *numerators*: 3 · area + complexity of every row. The values are those of
//! `artifacts/rv64im_costs.json` (area) and `artifacts/rv64im_complexity.json` in
//! `sp1-core-executor` 6.10.0; the test of the official figures (`checks/sp1`) compares every one.

use zkperf_exec::riscv::Op;

/// Numerators in one unit of gas (`GAS_NORMALIZATION_FACTOR`, `src/report.rs`).
pub(crate) const GAS_SCALE: u64 = 191;

/// A table of the prover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Air {
    /// Official name (`RiscvAirId`).
    pub name: &'static str,
    /// Trace area of a row.
    pub area: u64,
    /// Complexity of a row.
    pub complexity: u64,
}

impl Air {
    /// Gas numerators of a row.
    pub const fn weight(&self) -> u64 {
        3 * self.area + self.complexity
    }
}

/// Defines a constant for each table, and the list of them.
macro_rules! airs {
    (
        $(#[$about:meta])*
        $list:ident:
        $($constant:ident = $name:literal, $area:literal, $complexity:literal;)*
    ) => {
        $(pub(crate) const $constant: Air = Air {
            name: $name,
            area: $area,
            complexity: $complexity,
        };)*
        $(#[$about])*
        pub const $list: &[Air] = &[$($constant),*];
    };
}

airs! {
    /// Every table that a program without page protection can fill.
    AIRS:
    ADD = "Add", 33, 16;
    ADDI = "Addi", 30, 15;
    ADDW = "Addw", 36, 21;
    SUB = "Sub", 33, 16;
    SUBW = "Subw", 32, 16;
    BITWISE = "Bitwise", 51, 20;
    SHIFT_LEFT = "ShiftLeft", 65, 69;
    SHIFT_RIGHT = "ShiftRight", 69, 78;
    LT = "Lt", 44, 42;
    MUL = "Mul", 82, 61;
    DIV_REM = "DivRem", 246, 348;
    LOAD_BYTE = "LoadByte", 47, 32;
    LOAD_HALF = "LoadHalf", 44, 33;
    LOAD_WORD = "LoadWord", 44, 33;
    LOAD_DOUBLE = "LoadDouble", 39, 24;
    STORE_BYTE = "StoreByte", 50, 32;
    STORE_HALF = "StoreHalf", 45, 27;
    STORE_WORD = "StoreWord", 44, 27;
    STORE_DOUBLE = "StoreDouble", 39, 23;
    BRANCH = "Branch", 45, 49;
    JAL = "Jal", 31, 24;
    JALR = "Jalr", 35, 26;
    U_TYPE = "UType", 31, 19;
    SYSCALL_INSTRS = "SyscallInstrs", 65, 93;
    MEMORY_LOCAL = "MemoryLocal", 20, 4;
    GLOBAL = "Global", 241, 216;
    SYSCALL_CORE = "SyscallCore", 10, 2;
    MEMORY_BUMP = "MemoryBump", 15, 5;
    STATE_BUMP = "StateBump", 14, 8;
    SHA_EXTEND = "ShaExtend", 128, 80;
    SHA_COMPRESS = "ShaCompress", 206, 300;
    KECCAK_PERMUTE = "KeccakPermute", 2640, 2859;
    ED_ADD = "EdAddAssign", 1347, 792;
    ED_DECOMPRESS = "EdDecompress", 1123, 755;
    SECP256K1_ADD = "Secp256k1AddAssign", 1599, 918;
    SECP256K1_DOUBLE = "Secp256k1DoubleAssign", 1591, 904;
    SECP256R1_ADD = "Secp256r1AddAssign", 1599, 918;
    SECP256R1_DOUBLE = "Secp256r1DoubleAssign", 1591, 904;
    BN254_ADD = "Bn254AddAssign", 1599, 918;
    BN254_DOUBLE = "Bn254DoubleAssign", 1591, 904;
    BLS12381_ADD = "Bls12381AddAssign", 2399, 1374;
    BLS12381_DOUBLE = "Bls12381DoubleAssign", 2391, 1356;
    BLS12381_FP = "Bls12381FpOpAssign", 450, 317;
    BLS12381_FP2_ADD_SUB = "Bls12381Fp2AddSubAssign", 880, 615;
    BLS12381_FP2_MUL = "Bls12381Fp2MulAssign", 1639, 994;
    BN254_FP = "Bn254FpOpAssign", 306, 217;
    BN254_FP2_ADD_SUB = "Bn254Fp2AddSubAssign", 592, 415;
    BN254_FP2_MUL = "Bn254Fp2MulAssign", 1095, 666;
    UINT256_MUL = "Uint256MulMod", 371, 253;
    UINT256_OPS = "Uint256Ops", 477, 297;
    POSEIDON2 = "Poseidon2", 348, 497;
}

airs! {
    /// Tables that only the size of a shard knows, not the gas.
    SHARD_AIRS:
    ALU_X0 = "AluX0", 34, 17;
    LOAD_X0 = "LoadX0", 48, 35;
    SHA_EXTEND_CONTROL = "ShaExtendControl", 18, 21;
    SHA_COMPRESS_CONTROL = "ShaCompressControl", 53, 21;
    PROGRAM = "Program", 17, 0;
    BYTE = "Byte", 13, 0;
    RANGE = "Range", 3, 0;
}

/// Numerators of the first touch of a word or register in a chunk: one row of memory, two global
/// (`update_system_chip_counts`, `src/vm/gas.rs`).
pub(crate) const TOUCH_WEIGHT: u64 = MEMORY_LOCAL.weight() + 2 * GLOBAL.weight();
/// Numerators of handing a syscall over to its own table.
pub(crate) const SENT_WEIGHT: u64 = GLOBAL.weight() + SYSCALL_CORE.weight();
/// Rows when the clock's upper bits change.
pub(crate) const MEMORY_BUMP_ROWS: u64 = 32;

/// An official opcode: immediate forms share the register form's name, but for `ADDI`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opcode {
    /// Official name.
    pub name: &'static str,
    /// The table it fills.
    pub air: Air,
}

macro_rules! opcodes {
    ($($name:literal, $air:ident: $($op:ident)|*;)*) => {
        /// Every opcode that can run, in the official order.
        pub const OPCODES: &[Opcode] = &[$(Opcode { name: $name, air: $air }),*];

        /// Place in [`OPCODES`] of an operation; `None` for what SP1 does not run.
        pub fn opcode_index(op: Op) -> Option<usize> {
            let name = match op {
                $($(Op::$op)|* => $name,)*
                _ => return None,
            };
            OPCODES.iter().position(|opcode| opcode.name == name)
        }
    };
}

opcodes! {
    "ADD", ADD: Add;
    "ADDI", ADDI: Addi;
    "SUB", SUB: Sub;
    "XOR", BITWISE: Xor | Xori;
    "OR", BITWISE: Or | Ori;
    "AND", BITWISE: And | Andi;
    "SLL", SHIFT_LEFT: Sll | Slli;
    "SRL", SHIFT_RIGHT: Srl | Srli;
    "SRA", SHIFT_RIGHT: Sra | Srai;
    "SLT", LT: Slt | Slti;
    "SLTU", LT: Sltu | Sltiu;
    "MUL", MUL: Mul;
    "MULH", MUL: Mulh;
    "MULHU", MUL: Mulhu;
    "MULHSU", MUL: Mulhsu;
    "DIV", DIV_REM: Div;
    "DIVU", DIV_REM: Divu;
    "REM", DIV_REM: Rem;
    "REMU", DIV_REM: Remu;
    "ADDW", ADDW: Addw | Addiw;
    "SUBW", SUBW: Subw;
    "SLLW", SHIFT_LEFT: Sllw | Slliw;
    "SRLW", SHIFT_RIGHT: Srlw | Srliw;
    "SRAW", SHIFT_RIGHT: Sraw | Sraiw;
    "MULW", MUL: Mulw;
    "DIVW", DIV_REM: Divw;
    "DIVUW", DIV_REM: Divuw;
    "REMW", DIV_REM: Remw;
    "REMUW", DIV_REM: Remuw;
    "LB", LOAD_BYTE: Lb;
    "LH", LOAD_HALF: Lh;
    "LW", LOAD_WORD: Lw;
    "LBU", LOAD_BYTE: Lbu;
    "LHU", LOAD_HALF: Lhu;
    "LWU", LOAD_WORD: Lwu;
    "LD", LOAD_DOUBLE: Ld;
    "SB", STORE_BYTE: Sb;
    "SH", STORE_HALF: Sh;
    "SW", STORE_WORD: Sw;
    "SD", STORE_DOUBLE: Sd;
    "BEQ", BRANCH: Beq;
    "BNE", BRANCH: Bne;
    "BLT", BRANCH: Blt;
    "BGE", BRANCH: Bge;
    "BLTU", BRANCH: Bltu;
    "BGEU", BRANCH: Bgeu;
    "JAL", JAL: Jal;
    "JALR", JALR: Jalr;
    "AUIPC", U_TYPE: Auipc;
    "LUI", U_TYPE: Lui;
    "ECALL", SYSCALL_INSTRS: Ecall;
}

/// SHA-256 over every weight, syscall and opcode, lower-case hex.
pub(crate) fn tables_sha256() -> String {
    use sha2::{Digest, Sha256};
    let mut text = format!("scale {GAS_SCALE}\n");
    for air in AIRS {
        text += &format!("air {} {} {}\n", air.name, air.area, air.complexity);
    }
    for opcode in OPCODES {
        text += &format!("opcode {} {}\n", opcode.name, opcode.air.name);
    }
    for syscall in crate::syscall::SYSCALLS {
        let air = syscall.air.map_or("none", |air| air.name);
        text += &format!(
            "syscall {} {:#x} {air} {} {}\n",
            syscall.name, syscall.id, syscall.rows, syscall.retained
        );
    }
    hex::encode(Sha256::digest(text.as_bytes()))
}
