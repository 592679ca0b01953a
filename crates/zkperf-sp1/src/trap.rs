//! What a guest did wrong, in words.

use crate::op::{code, Op};

/// What executing a [`crate::op::Code::Unimplemented`] means.
pub(crate) const UNIMPLEMENTED: &str =
    "UNIMP: SP1 implements no CSR instructions, fences, wfi, mret \
     or ebreak (a guest's panic or abort often ends in one)";

/// An access that does not fit memory.
pub(crate) fn bad_access(what: &str, width: u64, address: u64) -> String {
    if address.is_multiple_of(width) {
        format!("{what} of {width} bytes at 0x{address:x}, outside SP1's memory of 2^40 bytes")
    } else {
        format!("misaligned {what} of {width} bytes at 0x{address:x}")
    }
}

/// Whether a direct jump is taken whose own code stands in `rd`.
pub(crate) fn taken(op: Op, a: u64, b: u64) -> bool {
    match u16::from(op.rd) {
        code::Beq => a == b,
        code::Bne => a != b,
        code::Blt => (a as i64) < (b as i64),
        code::Bge => (a as i64) >= (b as i64),
        code::Bltu => a < b,
        code::Bgeu => a >= b,
        _ => true,
    }
}

/// A direct jump that is taken, to where no instruction of the program is.
pub(crate) fn jump_outside(pc: u64, op: Op) -> String {
    no_instruction(pc.wrapping_add_signed(i64::from(op.imm())))
}

/// A jump to where nothing is.
pub(crate) fn no_instruction(target: u64) -> String {
    if target.is_multiple_of(4) {
        format!("jump to 0x{target:x}, where the program has no instruction")
    } else {
        format!("jump to the misaligned address 0x{target:x}")
    }
}
