//! The compact form of an instruction, which the step loop runs.

/// Registers that the loop addresses: x0 to x31, and one that swallows writes to x0.
pub(crate) const REGISTERS: usize = 33;
/// The stack pointer.
pub(crate) const SP: u8 = 2;
/// Stands for x0 as destination.
pub(crate) const SINK: u8 = 32;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident)*) => {
        /// What an instruction does. The names are the ISA manual's where it has one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u16)]
        pub(crate) enum Code {
            $($(#[$doc])* $name,)*
        }

        /// The codes as numbers that patterns can name; those of sequences follow ([`crate::fuse`]).
        #[allow(non_upper_case_globals, dead_code)]
        pub(crate) mod code {
            $(pub(crate) const $name: u16 = super::Code::$name as u16;)*
        }
    };
}

codes! {
    Lui Auipc Jal Jalr Beq Bne Blt Bge Bltu Bgeu Lb Lh Lw Ld Lbu Lhu Lwu Sb Sh Sw Sd
    Addi Slti Sltiu Xori Ori Andi Slli Srli Srai Add Sub Sll Slt Sltu Xor Srl Sra Or And
    Addiw Slliw Srliw Sraiw Addw Subw Sllw Srlw Sraw
    Mul Mulh Mulhsu Mulhu Div Divu Rem Remu Mulw Divw Divuw Remw Remuw
    /// A branch out of its function.
    LeavingBranch
    Ecall
    /// Executing it ends the run: CSR instructions, fences, `wfi`, `mret`, `ebreak`.
    Unimplemented
    /// A direct jump or branch whose target is no instruction of the program.
    JumpOutside
    /// Past the last instruction.
    Outside
    /// Only while profiling: an instruction not yet executed in this chunk.
    FirstVisit
    /// Only while profiling: the first instruction of a function that can be reached by running on
    /// from the function before.
    Boundary
}

/// One instruction, 8 bytes.
///
/// `Jal` and branches hold the distance in instructions as immediate, `Lui` and `Auipc` theirs
/// without its twelve zeros. `rs1` of `Jal` and `rs2` of `Jalr` say what they mean to the call stack
/// ([`kind`]); `rd` of a branch that is not quick is its own code.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Op {
    /// What the loop dispatches on: a [`Code`], or a sequence of them.
    pub(crate) code: u16,
    pub(crate) rd: u8,
    pub(crate) rs1: u8,
    /// `rs2` below, the immediate above it: every one of them has 24 bits at most.
    tail: i32,
}

impl Op {
    /// An instruction whose code is still to be set. `rd` is below [`REGISTERS`], the others are below
    /// 32.
    pub(crate) fn new(rd: u8, rs1: u8, rs2: u8, imm: i32) -> Self {
        debug_assert!(i32::from(rs2) < 32 && imm << 8 >> 8 == imm);
        Self {
            code: code::Outside,
            rd,
            rs1,
            tail: imm << 8 | i32::from(rs2),
        }
    }

    #[inline(always)]
    pub(crate) fn rs2(self) -> u8 {
        self.tail as u8
    }

    #[inline(always)]
    pub(crate) fn imm(self) -> i32 {
        self.tail >> 8
    }
}

/// What a jump means to the call stack.
pub(crate) mod kind {
    pub(crate) const WITHIN: u8 = 0;
    pub(crate) const LEAVE: u8 = 1;
    pub(crate) const CALL: u8 = 2;
    pub(crate) const RETURN: u8 = 3;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_is_small_and_keeps_its_fields() {
        assert_eq!(size_of::<Op>(), 8);
        let op = Op::new(SINK, 31, 30, -(1 << 20));
        assert_eq!((op.rd, op.rs1, op.rs2()), (32, 31, 30));
        assert_eq!(op.imm(), -(1 << 20));
    }
}
