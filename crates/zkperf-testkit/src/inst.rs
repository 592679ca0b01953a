//! Encodings of the RISC-V instructions that ZisK 1.4.0-alpha decodes, one table row each.

/// A register, x0 to x31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(pub u8);

macro_rules! registers {
    ($($name:ident = $number:literal),* $(,)?) => {
        $(#[doc = concat!("x", stringify!($number), ", by its ABI name.")]
        pub const $name: Reg = Reg($number);)*
    };
}

registers! {
    ZERO = 0, RA = 1, SP = 2, GP = 3, TP = 4, T0 = 5, T1 = 6, T2 = 7, S0 = 8, S1 = 9,
    A0 = 10, A1 = 11, A2 = 12, A3 = 13, A4 = 14, A5 = 15, A6 = 16, A7 = 17,
    S2 = 18, S3 = 19, S4 = 20, S5 = 21, S6 = 22, S7 = 23, S8 = 24, S9 = 25, S10 = 26, S11 = 27,
    T3 = 28, T4 = 29, T5 = 30, T6 = 31,
}

/// One register-register instruction: `name rd, rs1, rs2`.
#[derive(Debug, Clone, Copy)]
pub struct RType {
    /// Assembler name.
    pub name: &'static str,
    /// Major opcode (bits 6..0).
    pub opcode: u32,
    /// Bits 14..12.
    pub funct3: u32,
    /// Bits 31..25.
    pub funct7: u32,
    /// ZisK's name of the operation that does the work.
    pub zisk: &'static str,
}

const fn r(name: &'static str, opcode: u32, funct3: u32, funct7: u32, zisk: &'static str) -> RType {
    RType {
        name,
        opcode,
        funct3,
        funct7,
        zisk,
    }
}

/// Every register-register instruction: RV64IM, Zba, Zbb, Zbs, Zbkb.
pub const R_TYPES: &[RType] = &[
    r("add", 51, 0, 0, "add"),
    r("sub", 51, 0, 32, "sub"),
    r("sll", 51, 1, 0, "sll"),
    r("slt", 51, 2, 0, "lt"),
    r("sltu", 51, 3, 0, "ltu"),
    r("xor", 51, 4, 0, "xor"),
    r("srl", 51, 5, 0, "srl"),
    r("sra", 51, 5, 32, "sra"),
    r("or", 51, 6, 0, "or"),
    r("and", 51, 7, 0, "and"),
    r("addw", 59, 0, 0, "add_w"),
    r("subw", 59, 0, 32, "sub_w"),
    r("sllw", 59, 1, 0, "sll_w"),
    r("srlw", 59, 5, 0, "srl_w"),
    r("sraw", 59, 5, 32, "sra_w"),
    r("mul", 51, 0, 1, "mul"),
    r("mulh", 51, 1, 1, "mulh"),
    r("mulhsu", 51, 2, 1, "mulsuh"),
    r("mulhu", 51, 3, 1, "muluh"),
    r("div", 51, 4, 1, "div"),
    r("divu", 51, 5, 1, "divu"),
    r("rem", 51, 6, 1, "rem"),
    r("remu", 51, 7, 1, "remu"),
    r("mulw", 59, 0, 1, "mul_w"),
    r("divw", 59, 4, 1, "div_w"),
    r("divuw", 59, 5, 1, "divu_w"),
    r("remw", 59, 6, 1, "rem_w"),
    r("remuw", 59, 7, 1, "remu_w"),
    r("andn", 51, 7, 32, "andn"),
    r("orn", 51, 6, 32, "orn"),
    r("xnor", 51, 4, 32, "xnor"),
    r("min", 51, 4, 5, "min"),
    r("minu", 51, 5, 5, "minu"),
    r("max", 51, 6, 5, "max"),
    r("maxu", 51, 7, 5, "maxu"),
    r("rol", 51, 1, 48, "rol"),
    r("ror", 51, 5, 48, "ror"),
    r("rolw", 59, 1, 48, "rol_w"),
    r("rorw", 59, 5, 48, "ror_w"),
    r("sh1add", 51, 2, 16, "sh1add"),
    r("sh2add", 51, 4, 16, "sh2add"),
    r("sh3add", 51, 6, 16, "sh3add"),
    r("add.uw", 59, 0, 4, "add"),
    r("sh1add.uw", 59, 2, 16, "sh1add"),
    r("sh2add.uw", 59, 4, 16, "sh2add"),
    r("sh3add.uw", 59, 6, 16, "sh3add"),
    r("bset", 51, 1, 20, "bset"),
    r("bclr", 51, 1, 36, "bclr"),
    r("binv", 51, 1, 52, "binv"),
    r("bext", 51, 5, 36, "bext"),
    r("pack", 51, 4, 4, "pack"),
    r("packh", 51, 7, 4, "pack_h"),
    r("packw", 59, 4, 4, "pack_w"),
];

/// One instruction with a 12-bit immediate: `name rd, rs1, imm`.
#[derive(Debug, Clone, Copy)]
pub struct IType {
    /// Assembler name.
    pub name: &'static str,
    /// Major opcode (bits 6..0).
    pub opcode: u32,
    /// Bits 14..12.
    pub funct3: u32,
    /// Fixed high bits of the immediate; 0 where the immediate is free.
    pub high: u32,
    /// Number of free low bits of the immediate: 12, a shift amount (5, 6), or 0.
    pub bits: u32,
}

const fn i(name: &'static str, opcode: u32, funct3: u32, high: u32, bits: u32) -> IType {
    IType {
        name,
        opcode,
        funct3,
        high,
        bits,
    }
}

/// Every computational instruction with an immediate or a single source register.
pub const I_TYPES: &[IType] = &[
    i("addi", 19, 0, 0, 12),
    i("slti", 19, 2, 0, 12),
    i("sltiu", 19, 3, 0, 12),
    i("xori", 19, 4, 0, 12),
    i("ori", 19, 6, 0, 12),
    i("andi", 19, 7, 0, 12),
    i("addiw", 27, 0, 0, 12),
    i("slli", 19, 1, 0, 6),
    i("srli", 19, 5, 0, 6),
    i("srai", 19, 5, 0x400, 6),
    i("slliw", 27, 1, 0, 5),
    i("srliw", 27, 5, 0, 5),
    i("sraiw", 27, 5, 0x400, 5),
    i("slli.uw", 27, 1, 0x080, 6),
    i("rori", 19, 5, 0x600, 6),
    i("roriw", 27, 5, 0x600, 5),
    i("bseti", 19, 1, 0x280, 6),
    i("bclri", 19, 1, 0x480, 6),
    i("binvi", 19, 1, 0x680, 6),
    i("bexti", 19, 5, 0x480, 6),
    i("clz", 19, 1, 0x600, 0),
    i("ctz", 19, 1, 0x601, 0),
    i("cpop", 19, 1, 0x602, 0),
    i("sext.b", 19, 1, 0x604, 0),
    i("sext.h", 19, 1, 0x605, 0),
    i("clzw", 27, 1, 0x600, 0),
    i("ctzw", 27, 1, 0x601, 0),
    i("cpopw", 27, 1, 0x602, 0),
    i("zext.h", 59, 4, 0x080, 0),
    i("rev8", 19, 5, 0x6b8, 0),
    i("orc.b", 19, 5, 0x287, 0),
    i("brev8", 19, 5, 0x687, 0),
];

/// A load or store: name, funct3 and width in bytes.
#[derive(Debug, Clone, Copy)]
pub struct MemType {
    /// Assembler name.
    pub name: &'static str,
    /// Bits 14..12.
    pub funct3: u32,
    /// Bytes accessed.
    pub width: u32,
}

const fn m(name: &'static str, funct3: u32, width: u32) -> MemType {
    MemType {
        name,
        funct3,
        width,
    }
}

/// Every load.
pub const LOADS: &[MemType] = &[
    m("lb", 0, 1),
    m("lh", 1, 2),
    m("lw", 2, 4),
    m("ld", 3, 8),
    m("lbu", 4, 1),
    m("lhu", 5, 2),
    m("lwu", 6, 4),
];

/// Every store.
pub const STORES: &[MemType] = &[m("sb", 0, 1), m("sh", 1, 2), m("sw", 2, 4), m("sd", 3, 8)];

/// Every branch with its funct3.
pub const BRANCHES: &[(&str, u32)] = &[
    ("beq", 0),
    ("bne", 1),
    ("blt", 4),
    ("bge", 5),
    ("bltu", 6),
    ("bgeu", 7),
];

/// Every atomic memory operation with its funct5 (`.w` has funct3 2, `.d` 3).
pub const AMOS: &[(&str, u32)] = &[
    ("amoswap", 1),
    ("amoadd", 0),
    ("amoxor", 4),
    ("amoand", 12),
    ("amoor", 8),
    ("amomin", 16),
    ("amomax", 20),
    ("amominu", 24),
    ("amomaxu", 28),
];

/// Every CSR instruction with its funct3; the last three take a 5-bit immediate for rs1.
pub const CSR_FORMS: &[(&str, u32)] = &[
    ("csrrw", 1),
    ("csrrs", 2),
    ("csrrc", 3),
    ("csrrwi", 5),
    ("csrrsi", 6),
    ("csrrci", 7),
];

/// The word of a register-register instruction.
pub fn encode_r(op: &RType, rd: Reg, rs1: Reg, rs2: Reg) -> u32 {
    op.funct7 << 25
        | u32::from(rs2.0) << 20
        | u32::from(rs1.0) << 15
        | op.funct3 << 12
        | u32::from(rd.0) << 7
        | op.opcode
}

/// The word of an instruction with opcode, funct3 and a whole 12-bit immediate field.
pub fn encode_imm(opcode: u32, funct3: u32, rd: Reg, rs1: Reg, imm: u32) -> u32 {
    (imm & 0xfff) << 20 | u32::from(rs1.0) << 15 | funct3 << 12 | u32::from(rd.0) << 7 | opcode
}

/// The word of a store.
pub fn encode_store(funct3: u32, rs2: Reg, rs1: Reg, imm: i32) -> u32 {
    let imm = imm as u32;
    ((imm >> 5) & 0x7f) << 25
        | u32::from(rs2.0) << 20
        | u32::from(rs1.0) << 15
        | funct3 << 12
        | (imm & 0x1f) << 7
        | 35
}

/// The word of a branch to `offset` bytes from itself.
pub fn encode_branch(funct3: u32, rs1: Reg, rs2: Reg, offset: i32) -> u32 {
    let o = offset as u32;
    ((o >> 12) & 1) << 31
        | ((o >> 5) & 0x3f) << 25
        | u32::from(rs2.0) << 20
        | u32::from(rs1.0) << 15
        | funct3 << 12
        | ((o >> 1) & 0xf) << 8
        | ((o >> 11) & 1) << 7
        | 99
}

/// The word of `jal rd, offset`.
pub fn encode_jal(rd: Reg, offset: i32) -> u32 {
    let o = offset as u32;
    ((o >> 20) & 1) << 31
        | ((o >> 1) & 0x3ff) << 21
        | ((o >> 11) & 1) << 20
        | ((o >> 12) & 0xff) << 12
        | u32::from(rd.0) << 7
        | 111
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words from the RISC-V manual and GNU as, one for each format.
    #[test]
    fn known_words() {
        let add = R_TYPES.iter().find(|o| o.name == "add").unwrap();
        assert_eq!(encode_r(add, A0, A1, A2), 0x00c5_8533);
        assert_eq!(encode_imm(19, 0, SP, SP, -16i32 as u32), 0xff01_0113);
        assert_eq!(encode_store(3, RA, SP, 8), 0x0011_3423);
        assert_eq!(encode_branch(1, A0, ZERO, -4), 0xfe05_1ee3);
        assert_eq!(encode_jal(RA, 2048), 0x0010_00ef);
        assert_eq!(encode_imm(103, 0, ZERO, RA, 0), 0x0000_8067);
    }

    /// No two rows encode to the same word.
    #[test]
    fn rows_are_distinct() {
        let mut words: Vec<u32> = R_TYPES
            .iter()
            .map(|o| encode_r(o, A0, A1, A2))
            .chain(
                I_TYPES
                    .iter()
                    .map(|o| encode_imm(o.opcode, o.funct3, A0, A1, o.high)),
            )
            .collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
