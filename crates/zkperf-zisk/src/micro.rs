//! The compact form in which instructions are executed.
//!
//! An official `ZiskInst` is about 800 bytes with its strings; the step loop reads 16. The common
//! shapes have codes of their own; every other instruction keeps its official form in a side list
//! and runs through the slow path, which follows the official definition field by field.

/// A register index that nothing reads: the target of results that are not stored.
pub(crate) const SINK: u8 = 63;
/// Registers of the machine (r0..r39), rounded up so that an index needs no bounds check.
pub(crate) const REGISTERS: usize = 64;

/// Calls `$then` with a row for each operation that is a pure function of `a` and `b` with a result
/// for a register: (name here, constant in `ZiskOp`, function in `ops_core`).
macro_rules! for_each_alu {
    ($then:ident) => {
        $then! {
            (CopyB, COPYB, op_copyb), (Minu, MINU, op_minu), (Min, MIN, op_min),
            (Maxu, MAXU, op_maxu), (Max, MAX, op_max), (Ltu, LTU, op_ltu), (Lt, LT, op_lt),
            (Eq, EQ, op_eq), (Add, ADD, op_add), (Sub, SUB, op_sub), (Leu, LEU, op_leu),
            (Le, LE, op_le), (And, AND, op_and), (Or, OR, op_or), (Xor, XOR, op_xor),
            (LtuW, LTU_W, op_ltu_w), (LtW, LT_W, op_lt_w), (EqW, EQ_W, op_eq_w),
            (AddW, ADD_W, op_add_w), (SubW, SUB_W, op_sub_w),
            (Sll, SLL, op_sll), (Srl, SRL, op_srl), (Sra, SRA, op_sra),
            (SllW, SLL_W, op_sll_w), (SrlW, SRL_W, op_srl_w), (SraW, SRA_W, op_sra_w),
            (SignExtendB, SIGNEXTEND_B, op_signextend_b),
            (SignExtendH, SIGNEXTEND_H, op_signextend_h),
            (SignExtendW, SIGNEXTEND_W, op_signextend_w),
            (Rev8, REV8, op_rev8), (Rol, ROL, op_rol), (RolW, ROL_W, op_rol_w),
            (Ror, ROR, op_ror), (RorW, ROR_W, op_ror_w), (Clz, CLZ, op_clz),
            (ClzW, CLZ_W, op_clz_w), (Ctz, CTZ, op_ctz), (CtzW, CTZ_W, op_ctz_w),
            (Cpop, CPOP, op_cpop), (OrcB, ORC_B, op_orc_b), (Bclr, BCLR, op_bclr),
            (Bext, BEXT, op_bext), (Binv, BINV, op_binv), (Bset, BSET, op_bset),
            (SllUW, SLL_U_W, op_sll_u_w), (Andn, ANDN, op_andn), (Orn, ORN, op_orn),
            (Xnor, XNOR, op_xnor), (Sh1add, SH1ADD, op_sh1add), (Sh2add, SH2ADD, op_sh2add),
            (Sh3add, SH3ADD, op_sh3add), (Unal8, UNAL8, op_unal8),
            (Mulu, MULU, op_mulu), (Muluh, MULUH, op_muluh), (Mulsuh, MULSUH, op_mulsuh),
            (Mul, MUL, op_mul), (Mulh, MULH, op_mulh), (MulW, MUL_W, op_mul_w),
            (Divu, DIVU, op_divu), (Remu, REMU, op_remu), (Div, DIV, op_div), (Rem, REM, op_rem),
            (DivuW, DIVU_W, op_divu_w), (RemuW, REMU_W, op_remu_w), (DivW, DIV_W, op_div_w),
            (RemW, REM_W, op_rem_w),
        }
    };
}
pub(crate) use for_each_alu;

macro_rules! define_code {
    ($(($name:ident, $op:ident, $function:ident)),* $(,)?) => {
        /// What a [`MicroOp`] does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Code {
            $(
                /// `rd = op(r[ra], r[rb] + imm)`, then the next instruction.
                $name,
            )*
            /// `rd = mem[r[ra] + imm]`, zero-extended; one code a width.
            Load1,
            Load2,
            Load4,
            Load8,
            /// As above, sign-extended by an opcode that costs.
            LoadSigned1,
            LoadSigned2,
            LoadSigned4,
            /// `mem[r[ra] + imm] = r[rb]`; one code a width.
            Store1,
            Store2,
            Store4,
            Store8,
            /// Jump to `target` if the comparison of `r[ra]` with `r[rb] + imm` holds.
            BranchEq,
            BranchLtu,
            BranchLt,
            /// Jump to `target` if it does not hold.
            BranchNe,
            BranchGeu,
            BranchGe,
            /// Jump to `target`, inside the same function.
            Jump,
            /// `rd = imm`, then jump to `target`, which is a call of another function.
            Call,
            /// The same, where c is the return address (auipc + jalr in one step).
            CallFused,
            /// `rd = target` (an address), jump to `(r[rb] & mask) + imm`: a call.
            CallIndirect,
            /// Jump to `(r[rb] & mask) + imm`, a return by its registers.
            Return,
            /// Jump to `(r[rb] & mask) + imm`: a computed jump or tail call.
            JumpIndirect,
            /// Everything else: `target` indexes the slow list.
            Slow,
        }

        /// Code of a pure operation, if it has one here.
        pub(crate) fn alu_code(op: u8) -> Option<Code> {
            #[allow(unused_imports)] // only an older version takes opcodes from it
            use crate::official::LaterOps;
            use crate::official::ZiskOp;
            match op {
                $(ZiskOp::$op => Some(Code::$name),)*
                _ => None,
            }
        }
    };
}
for_each_alu!(define_code);

impl Code {
    /// What the memory access of an instruction with this code is expected to cost.
    pub(crate) fn expected_memory_cost(self) -> u64 {
        use crate::cost::{expected_cost, shape};
        match self {
            Code::Load1 | Code::LoadSigned1 => expected_cost(shape::READ_1),
            Code::Load2 | Code::LoadSigned2 => expected_cost(shape::READ_2),
            Code::Load4 | Code::LoadSigned4 => expected_cost(shape::READ_4),
            Code::Load8 => expected_cost(shape::READ_8),
            Code::Store1 => expected_cost(shape::WRITE_1),
            Code::Store2 => expected_cost(shape::WRITE_2),
            Code::Store4 => expected_cost(shape::WRITE_4),
            Code::Store8 => expected_cost(shape::WRITE_8),
            _ => 0,
        }
    }

    /// Whether control never goes on to the next index. Slow instructions may.
    pub(crate) fn always_jumps(self) -> bool {
        use Code::{Call, CallFused, CallIndirect, Jump, JumpIndirect, Return};
        matches!(
            self,
            Jump | Call | CallFused | CallIndirect | Return | JumpIndirect
        )
    }
}

/// One instruction as the step loop reads it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct MicroOp {
    pub(crate) code: Code,
    pub(crate) rd: u8,
    pub(crate) ra: u8,
    pub(crate) rb: u8,
    /// Index of the instruction jumped to, or what the code says.
    pub(crate) target: u32,
    pub(crate) imm: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_micro_op_is_a_quarter_of_a_cache_line() {
        assert_eq!(std::mem::size_of::<MicroOp>(), 16);
    }
}
