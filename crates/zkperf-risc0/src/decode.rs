//! RV32IM as the RISC Zero circuit decodes it (`exec_rv32im`, execute/rv32im.rs of
//! risc0-circuit-rv32im 4.0.5), and the form in which the step loop keeps it.
//!
//! What differs from the ISA manual: `jalr` takes any funct3; `ecall`, `ebreak` and `mret` go by funct3
//! and funct7 alone; there is no `fence`, no `wfi` and no CSR.

use zkperf_exec::riscv::{self, Op};

/// What an instruction does. The last group only exists in the step loop's decoded code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Not decoded yet, or stored over since.
    #[default]
    Undecoded,
    Add,
    Sub,
    Xor,
    Or,
    And,
    Sll,
    Srl,
    Sra,
    Slt,
    Sltu,
    Addi,
    Xori,
    Ori,
    Andi,
    Slli,
    Srli,
    Srai,
    Slti,
    Sltiu,
    Lui,
    Auipc,
    Mul,
    Mulh,
    Mulhsu,
    Mulhu,
    Div,
    Divu,
    Rem,
    Remu,
    Lb,
    Lh,
    Lw,
    Lbu,
    Lhu,
    Sb,
    Sh,
    Sw,
    Beq,
    Bne,
    Blt,
    Bge,
    Bltu,
    Bgeu,
    Jal,
    Jalr,
    /// `ecall` and `ebreak`: the immediate (the encoding's rs2) says which.
    Environment,
    Mret,
    /// `jal` that calls a function.
    JalCall,
    /// `jalr` that links: a call if it lands in a function.
    JalrCall,
    /// `jalr x0` through a link register.
    JalrReturn,
    /// The last word of a page is behind us.
    PageEnd,
    /// Left to the careful step.
    Careful,
}

/// An instruction. For the step loop, `imm` is what it computes with: a branch's and a `jal`'s target
/// address, `auipc`'s result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Inst {
    pub(crate) kind: Kind,
    pub(crate) rd: u8,
    pub(crate) rs1: u8,
    pub(crate) rs2: u8,
    pub(crate) imm: u32,
}

const _: () = assert!(size_of::<Inst>() == 8);

/// Decodes a word; the immediate is the encoded one. `None` if the circuit has no such instruction.
pub(crate) fn decode(word: u32) -> Option<Inst> {
    const FUNCT3: u32 = 7 << 12;
    if word & 0x7f == 0x73 {
        return decode_system(word);
    }
    let by_the_book = if word & 0x7f == 0x67 {
        word & !FUNCT3
    } else {
        word
    };
    let inst = riscv::decode::<32>(by_the_book);
    Some(Inst {
        kind: kind(inst.op)?,
        rd: inst.rd,
        rs1: inst.rs1,
        rs2: inst.rs2,
        imm: inst.imm as u32,
    })
}

fn decode_system(word: u32) -> Option<Inst> {
    let (funct3, funct7) = (word >> 12 & 7, word >> 25);
    let kind = match (funct3, funct7) {
        (0, 0x18) => Kind::Mret,
        (0, 0) => Kind::Environment,
        _ => return None,
    };
    Some(Inst {
        kind,
        imm: word >> 20 & 0x1f,
        ..Inst::default()
    })
}

fn kind(op: Op) -> Option<Kind> {
    Some(match op {
        Op::Lui => Kind::Lui,
        Op::Auipc => Kind::Auipc,
        Op::Jal => Kind::Jal,
        Op::Jalr => Kind::Jalr,
        Op::Beq => Kind::Beq,
        Op::Bne => Kind::Bne,
        Op::Blt => Kind::Blt,
        Op::Bge => Kind::Bge,
        Op::Bltu => Kind::Bltu,
        Op::Bgeu => Kind::Bgeu,
        Op::Lb => Kind::Lb,
        Op::Lh => Kind::Lh,
        Op::Lw => Kind::Lw,
        Op::Lbu => Kind::Lbu,
        Op::Lhu => Kind::Lhu,
        Op::Sb => Kind::Sb,
        Op::Sh => Kind::Sh,
        Op::Sw => Kind::Sw,
        Op::Addi => Kind::Addi,
        Op::Slti => Kind::Slti,
        Op::Sltiu => Kind::Sltiu,
        Op::Xori => Kind::Xori,
        Op::Ori => Kind::Ori,
        Op::Andi => Kind::Andi,
        Op::Slli => Kind::Slli,
        Op::Srli => Kind::Srli,
        Op::Srai => Kind::Srai,
        Op::Add => Kind::Add,
        Op::Sub => Kind::Sub,
        Op::Sll => Kind::Sll,
        Op::Slt => Kind::Slt,
        Op::Sltu => Kind::Sltu,
        Op::Xor => Kind::Xor,
        Op::Srl => Kind::Srl,
        Op::Sra => Kind::Sra,
        Op::Or => Kind::Or,
        Op::And => Kind::And,
        Op::Mul => Kind::Mul,
        Op::Mulh => Kind::Mulh,
        Op::Mulhsu => Kind::Mulhsu,
        Op::Mulhu => Kind::Mulhu,
        Op::Div => Kind::Div,
        Op::Divu => Kind::Divu,
        Op::Rem => Kind::Rem,
        Op::Remu => Kind::Remu,
        _ => return None,
    })
}

impl Kind {
    /// Bytes that a load or store of this kind moves: (loaded, stored).
    pub(crate) fn traffic(self) -> (u32, u32) {
        match self {
            Kind::Lb | Kind::Lbu => (1, 0),
            Kind::Lh | Kind::Lhu => (2, 0),
            Kind::Lw => (4, 0),
            Kind::Sb => (0, 1),
            Kind::Sh => (0, 2),
            Kind::Sw => (0, 4),
            _ => (0, 0),
        }
    }

    /// Whether it is a conditional branch.
    pub(crate) fn is_branch(self) -> bool {
        (Kind::Beq..=Kind::Bgeu).contains(&self)
    }

    /// Mnemonic.
    pub(crate) fn name(self) -> String {
        match self {
            Kind::JalCall => "jal".to_owned(),
            Kind::JalrCall | Kind::JalrReturn => "jalr".to_owned(),
            Kind::Environment => "ecall".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

/// What operations on two values give, for the step loop and the careful step alike.
pub(crate) mod alu {
    /// Signed quotient: `u32::MAX` by zero, the dividend itself on overflow.
    #[inline(always)]
    pub(crate) fn div(a: u32, b: u32) -> u32 {
        if b == 0 {
            u32::MAX
        } else {
            (a as i32).wrapping_div(b as i32) as u32
        }
    }

    /// Unsigned quotient: `u32::MAX` by zero.
    #[inline(always)]
    pub(crate) fn divu(a: u32, b: u32) -> u32 {
        a.checked_div(b).unwrap_or(u32::MAX)
    }

    /// Signed remainder: the dividend by zero, 0 on overflow.
    #[inline(always)]
    pub(crate) fn rem(a: u32, b: u32) -> u32 {
        if b == 0 {
            a
        } else {
            (a as i32).wrapping_rem(b as i32) as u32
        }
    }

    /// Unsigned remainder: the dividend by zero.
    #[inline(always)]
    pub(crate) fn remu(a: u32, b: u32) -> u32 {
        a.checked_rem(b).unwrap_or(a)
    }

    /// High word of the signed product.
    #[inline(always)]
    pub(crate) fn mulh(a: u32, b: u32) -> u32 {
        ((i64::from(a as i32) * i64::from(b as i32)) >> 32) as u32
    }

    /// High word of the product of a signed and an unsigned value.
    #[inline(always)]
    pub(crate) fn mulhsu(a: u32, b: u32) -> u32 {
        ((i64::from(a as i32) * i64::from(b)) >> 32) as u32
    }

    /// High word of the unsigned product.
    #[inline(always)]
    pub(crate) fn mulhu(a: u32, b: u32) -> u32 {
        ((u64::from(a) * u64::from(b)) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_circuit_lacks_is_no_instruction() {
        // fence, csrrw, amoadd.w, a shift with a wrong funct7, unimp, ld, wfi, c.nop
        for word in [
            0x0ff0_000f,
            0x3050_1073,
            0x0000_202f,
            0x4000_1013,
            0xc000_1073,
            0x0000_3003,
            0x1050_0073,
            0x0000_0001,
        ] {
            assert_eq!(decode(word), None, "{word:08x}");
        }
    }

    #[test]
    fn what_the_circuit_does_not_look_at_may_be_anything() {
        assert_eq!(decode(0x0000_f067).unwrap().kind, Kind::Jalr);
        assert_eq!(decode(0x0000_0ff3).unwrap().kind, Kind::Environment);
        assert_eq!(decode(0x3000_0f73).unwrap().kind, Kind::Mret);
    }
}
