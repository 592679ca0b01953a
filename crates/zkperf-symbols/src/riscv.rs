//! Decoding of the 4-byte instructions of RV32IM and RV64IM, and what their jumps mean to a call
//! stack.
//!
//! This is the ISA manual and nothing else. Where a zkVM decodes otherwise (what it leaves
//! unimplemented, which encodings it takes for another instruction), its own crate says so.

/// An operation. Immediate forms are operations of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // The names are the ISA manual's.
#[repr(u8)]
pub enum Op {
    Lui,
    Auipc,
    Jal,
    Jalr,
    Beq,
    Bne,
    Blt,
    Bge,
    Bltu,
    Bgeu,
    Lb,
    Lh,
    Lw,
    Ld,
    Lbu,
    Lhu,
    Lwu,
    Sb,
    Sh,
    Sw,
    Sd,
    Addi,
    Slti,
    Sltiu,
    Xori,
    Ori,
    Andi,
    Slli,
    Srli,
    Srai,
    Add,
    Sub,
    Sll,
    Slt,
    Sltu,
    Xor,
    Srl,
    Sra,
    Or,
    And,
    Addiw,
    Slliw,
    Srliw,
    Sraiw,
    Addw,
    Subw,
    Sllw,
    Srlw,
    Sraw,
    Mul,
    Mulh,
    Mulhsu,
    Mulhu,
    Div,
    Divu,
    Rem,
    Remu,
    Mulw,
    Divw,
    Divuw,
    Remw,
    Remuw,
    Fence,
    FenceI,
    Ecall,
    Ebreak,
    Mret,
    Wfi,
    /// Any instruction on a control and status register.
    Csr,
    /// Nothing that RV32IM or RV64IM knows.
    Illegal,
}

impl Op {
    /// Whether it is a conditional branch.
    pub fn is_branch(self) -> bool {
        (Op::Beq..=Op::Bgeu).contains(&self)
    }

    /// Whether it reads memory.
    pub fn is_load(self) -> bool {
        (Op::Lb..=Op::Lwu).contains(&self)
    }

    /// Whether it writes memory.
    pub fn is_store(self) -> bool {
        (Op::Sb..=Op::Sd).contains(&self)
    }
}

/// One decoded instruction. Fields that an operation lacks are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inst {
    /// What it does.
    pub op: Op,
    /// Destination register.
    pub rd: u8,
    /// First source register.
    pub rs1: u8,
    /// Second source register.
    pub rs2: u8,
    /// Immediate, sign-extended; a shift amount; for `Lui` and `Auipc` the value as it is added.
    pub imm: i32,
}

/// Decodes one instruction word; `XLEN` is 32 or 64.
pub const fn decode<const XLEN: u32>(word: u32) -> Inst {
    let rd = ((word >> 7) & 31) as u8;
    let rs1 = ((word >> 15) & 31) as u8;
    let rs2 = ((word >> 20) & 31) as u8;
    let funct3 = (word >> 12) & 7;
    let none = Inst {
        op: Op::Illegal,
        rd: 0,
        rs1: 0,
        rs2: 0,
        imm: 0,
    };
    let imm_i = (word as i32) >> 20;
    match word & 0x7f {
        0x37 | 0x17 => Inst {
            op: if word & 0x20 != 0 { Op::Lui } else { Op::Auipc },
            rd,
            imm: (word & 0xffff_f000) as i32,
            ..none
        },
        0x6f => Inst {
            op: Op::Jal,
            rd,
            imm: imm_j(word),
            ..none
        },
        0x67 if funct3 == 0 => Inst {
            op: Op::Jalr,
            rd,
            rs1,
            imm: imm_i,
            ..none
        },
        0x63 => Inst {
            op: match funct3 {
                0 => Op::Beq,
                1 => Op::Bne,
                4 => Op::Blt,
                5 => Op::Bge,
                6 => Op::Bltu,
                7 => Op::Bgeu,
                _ => return none,
            },
            rs1,
            rs2,
            imm: imm_b(word),
            ..none
        },
        0x03 => Inst {
            op: match (funct3, XLEN) {
                (0, _) => Op::Lb,
                (1, _) => Op::Lh,
                (2, _) => Op::Lw,
                (3, 64) => Op::Ld,
                (4, _) => Op::Lbu,
                (5, _) => Op::Lhu,
                (6, 64) => Op::Lwu,
                _ => return none,
            },
            rd,
            rs1,
            imm: imm_i,
            ..none
        },
        0x23 => Inst {
            op: match (funct3, XLEN) {
                (0, _) => Op::Sb,
                (1, _) => Op::Sh,
                (2, _) => Op::Sw,
                (3, 64) => Op::Sd,
                _ => return none,
            },
            rs1,
            rs2,
            imm: (imm_i & !31) | rd as i32,
            ..none
        },
        0x13 => {
            let (op, imm) = match immediate_op::<XLEN>(word, funct3) {
                Some(found) => found,
                None => return none,
            };
            Inst {
                op,
                rd,
                rs1,
                imm,
                ..none
            }
        }
        0x1b if XLEN == 64 => {
            let shift = rs2 as i32;
            let (op, imm) = match (funct3, word >> 25) {
                (0, _) => (Op::Addiw, imm_i),
                (1, 0) => (Op::Slliw, shift),
                (5, 0) => (Op::Srliw, shift),
                (5, 0x20) => (Op::Sraiw, shift),
                _ => return none,
            };
            Inst {
                op,
                rd,
                rs1,
                imm,
                ..none
            }
        }
        0x33 => match register_op(word >> 25, funct3) {
            Some(op) => Inst {
                op,
                rd,
                rs1,
                rs2,
                ..none
            },
            None => none,
        },
        0x3b if XLEN == 64 => match word_op(word >> 25, funct3) {
            Some(op) => Inst {
                op,
                rd,
                rs1,
                rs2,
                ..none
            },
            None => none,
        },
        0x0f => Inst {
            op: match funct3 {
                0 => Op::Fence,
                1 => Op::FenceI,
                _ => return none,
            },
            ..none
        },
        0x73 => Inst {
            op: match (word, funct3) {
                (0x0000_0073, _) => Op::Ecall,
                (0x0010_0073, _) => Op::Ebreak,
                (0x3020_0073, _) => Op::Mret,
                (0x1050_0073, _) => Op::Wfi,
                (_, 1..=3 | 5..=7) => Op::Csr,
                _ => return none,
            },
            ..none
        },
        _ => none,
    }
}

const fn imm_j(word: u32) -> i32 {
    let sign = ((word as i32) >> 31) << 20;
    sign | (word & 0x000f_f000) as i32
        | ((word >> 9) & 0x800) as i32
        | ((word >> 20) & 0x7fe) as i32
}

const fn imm_b(word: u32) -> i32 {
    let sign = ((word as i32) >> 31) << 12;
    sign | ((word << 4) & 0x800) as i32
        | ((word >> 20) & 0x7e0) as i32
        | ((word >> 7) & 0x1e) as i32
}

const fn immediate_op<const XLEN: u32>(word: u32, funct3: u32) -> Option<(Op, i32)> {
    let imm = (word as i32) >> 20;
    let shift = imm & (XLEN as i32 - 1);
    // What stands above the shift amount.
    let kind = if XLEN == 64 {
        (word >> 26) << 1
    } else {
        word >> 25
    };
    Some(match funct3 {
        0 => (Op::Addi, imm),
        1 if kind == 0 => (Op::Slli, shift),
        2 => (Op::Slti, imm),
        3 => (Op::Sltiu, imm),
        4 => (Op::Xori, imm),
        5 if kind == 0 => (Op::Srli, shift),
        5 if kind == 0x20 => (Op::Srai, shift),
        6 => (Op::Ori, imm),
        7 => (Op::Andi, imm),
        _ => return None,
    })
}

const fn register_op(funct7: u32, funct3: u32) -> Option<Op> {
    Some(match (funct7, funct3) {
        (0, 0) => Op::Add,
        (0x20, 0) => Op::Sub,
        (0, 1) => Op::Sll,
        (0, 2) => Op::Slt,
        (0, 3) => Op::Sltu,
        (0, 4) => Op::Xor,
        (0, 5) => Op::Srl,
        (0x20, 5) => Op::Sra,
        (0, 6) => Op::Or,
        (0, 7) => Op::And,
        (1, 0) => Op::Mul,
        (1, 1) => Op::Mulh,
        (1, 2) => Op::Mulhsu,
        (1, 3) => Op::Mulhu,
        (1, 4) => Op::Div,
        (1, 5) => Op::Divu,
        (1, 6) => Op::Rem,
        (1, 7) => Op::Remu,
        _ => return None,
    })
}

const fn word_op(funct7: u32, funct3: u32) -> Option<Op> {
    Some(match (funct7, funct3) {
        (0, 0) => Op::Addw,
        (0x20, 0) => Op::Subw,
        (0, 1) => Op::Sllw,
        (0, 5) => Op::Srlw,
        (0x20, 5) => Op::Sraw,
        (1, 0) => Op::Mulw,
        (1, 4) => Op::Divw,
        (1, 5) => Op::Divuw,
        (1, 6) => Op::Remw,
        (1, 7) => Op::Remuw,
        _ => return None,
    })
}

/// What a jump means to a call stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Links: a call, if it enters a function. Any register can hold the return address by agreement of
    /// hand-written code; `x1` and `x5` (millicode, outlined code) are only what branch predictors expect.
    Call,
    /// By the ISA manual's hints (unprivileged ISA, "JALR return-address stack prediction hints"): a jump
    /// through `x1` or `x5` that does not link.
    Return,
    /// Neither: within a function, a tail call if it enters another one, a return if it lands where the last
    /// call came from.
    Jump,
}

/// What a `jal` or `jalr` means to a call stack; `None` for every other instruction.
pub const fn transfer(inst: Inst) -> Option<Transfer> {
    match (inst.op, inst.rd, inst.rs1) {
        (Op::Jal, 0, _) => Some(Transfer::Jump),
        (Op::Jalr, 0, 1 | 5) => Some(Transfer::Return),
        (Op::Jalr, 0, _) => Some(Transfer::Jump),
        (Op::Jal | Op::Jalr, _, _) => Some(Transfer::Call),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inst(op: Op, rd: u8, rs1: u8, rs2: u8, imm: i32) -> Inst {
        Inst {
            op,
            rd,
            rs1,
            rs2,
            imm,
        }
    }

    /// Words as `llvm-mc` (LLVM 19, `-triple=riscv64 -mattr=+m -show-encoding`) writes them.
    #[test]
    fn every_format_decodes() {
        let cases = [
            (0x1234_5537, inst(Op::Lui, 10, 0, 0, 0x1234_5000)),
            (0xffff_f517, inst(Op::Auipc, 10, 0, 0, -4096)),
            (0xffdf_f0ef, inst(Op::Jal, 1, 0, 0, -4)),
            (0x0000_8067, inst(Op::Jalr, 0, 1, 0, 0)),
            (0xfeb5_0ee3, inst(Op::Beq, 0, 10, 11, -4)),
            (0x00b5_7463, inst(Op::Bgeu, 0, 10, 11, 8)),
            (0xff85_3503, inst(Op::Ld, 10, 10, 0, -8)),
            (0xfea5_bc23, inst(Op::Sd, 0, 11, 10, -8)),
            (0xfff5_0513, inst(Op::Addi, 10, 10, 0, -1)),
            (0x4205_5513, inst(Op::Srai, 10, 10, 0, 32)),
            (0x02b5_1513, inst(Op::Slli, 10, 10, 0, 43)),
            (0x41f5_551b, inst(Op::Sraiw, 10, 10, 0, 31)),
            (0x02c5_d533, inst(Op::Divu, 10, 11, 12, 0)),
            (0x02c5_f53b, inst(Op::Remuw, 10, 11, 12, 0)),
            (0x40c5_853b, inst(Op::Subw, 10, 11, 12, 0)),
        ];
        for (word, expected) in cases {
            assert_eq!(decode::<64>(word), expected, "{word:08x}");
        }
        for (word, op) in [
            (0x0000_0073, Op::Ecall),
            (0x0010_0073, Op::Ebreak),
            (0x3020_0073, Op::Mret),
            (0x1050_0073, Op::Wfi),
            (0xc000_2573, Op::Csr),
            (0x0ff0_000f, Op::Fence),
            (0x0000_100f, Op::FenceI),
            (0, Op::Illegal),
            (u32::MAX, Op::Illegal),
        ] {
            assert_eq!(decode::<64>(word).op, op, "{word:08x}");
        }
    }

    #[test]
    fn words_of_64_bits_are_illegal_in_32() {
        for word in [
            0xff85_3503,
            0xfea5_bc23,
            0x02b5_1513,
            0x41f5_551b,
            0x02c5_f53b,
        ] {
            assert_eq!(decode::<32>(word).op, Op::Illegal, "{word:08x}");
        }
        assert_eq!(decode::<32>(0x41f5_5513), inst(Op::Srai, 10, 10, 0, 31));
    }

    #[test]
    fn what_links_is_a_call_and_returns_follow_the_hints() {
        let jalr = |rd, rs1| transfer(inst(Op::Jalr, rd, rs1, 0, 0));
        assert_eq!(jalr(0, 1), Some(Transfer::Return));
        assert_eq!(jalr(0, 5), Some(Transfer::Return));
        assert_eq!(jalr(1, 1), Some(Transfer::Call));
        assert_eq!(jalr(1, 10), Some(Transfer::Call));
        assert_eq!(jalr(1, 5), Some(Transfer::Call));
        assert_eq!(jalr(7, 10), Some(Transfer::Call));
        assert_eq!(jalr(0, 6), Some(Transfer::Jump));
        assert_eq!(transfer(inst(Op::Jal, 0, 0, 0, 8)), Some(Transfer::Jump));
        assert_eq!(transfer(inst(Op::Jal, 5, 0, 0, 8)), Some(Transfer::Call));
        assert_eq!(transfer(inst(Op::Add, 1, 1, 1, 0)), None);
    }
}
