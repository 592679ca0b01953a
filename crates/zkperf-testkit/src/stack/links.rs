//! Calls that do not link through `ra`, or not at all: leaf functions, millicode, outlined code, links
//! made by hand.

use super::StackGuest;

pub(super) fn guests() -> Vec<StackGuest> {
    vec![
        StackGuest::new("link_leaf", LEAF, LEAF_TREE),
        StackGuest::new("link_millicode", MILLICODE, MILLICODE_TREE).unofficial(),
        StackGuest::new("link_outlined", OUTLINED, OUTLINED_TREE).unofficial(),
        StackGuest::new("link_outlined_frame", OUTLINED_FRAME, OUTLINED_FRAME_TREE).unofficial(),
        StackGuest::new("link_other_register", OTHER, OTHER_TREE).unofficial(),
        StackGuest::new("link_inside", INSIDE, INSIDE_TREE).unofficial(),
        StackGuest::new("link_by_hand", BY_HAND, BY_HAND_TREE).unofficial(),
        StackGuest::new("link_by_hand_in_recursion", BY_HAND_DEEP, BY_HAND_DEEP_TREE).unofficial(),
        StackGuest::new("link_zero", ZERO, ZERO_TREE).unofficial(),
        StackGuest::new("link_ends_in_others_return", SHARED_END, SHARED_END_TREE),
    ]
}

/// Leaf functions without a frame, called through `ra` and `t0`, near and far, in a loop.
const LEAF: &str = "
main:   enter
        li s1, 3
.again: call by_ra
        jal t0, by_t0
        addi s1, s1, -1
        bnez s1, .again
        leave
by_ra:  nop
        ret
by_t0:  nop
        nop
        jr t0
";
const LEAF_TREE: &str = "
main x1 [2+1+3*4+3]
  by_ra x3 [3*2]
  by_t0 x3 [3*3]
";

/// `-msave-restore`: the prologue is a call through `t0` that leaves the stack pointer lower, the epilogue a
/// jump whose target raises it and returns for its caller. In recursion, so that the same addresses and
/// functions stand on the stack several times.
const MILLICODE: &str = "
main:   enter
        li a0, 2
        call walk
        leave
walk:   jal t0, __riscv_save_1
        mv s0, a0
        beqz s0, .end
        addi a0, s0, -1
        call walk
        call leaf
.end:   tail __riscv_restore_1
leaf:   ret
__riscv_save_1: addi sp, sp, -16
        sx ra, 8(sp)
        sx s0, 0(sp)
        jr t0
__riscv_restore_1: lx ra, 8(sp)
        lx s0, 0(sp)
        addi sp, sp, 16
        ret
";
const MILLICODE_TREE: &str = "
main x1 [2+2+3]
  walk x1 [1+2+3+1]
    __riscv_save_1 x1 [4]
    walk x1 [1+2+3+1]
      __riscv_save_1 x1 [4]
      walk x1 [1+2+1]
        __riscv_save_1 x1 [4]
        __riscv_restore_1 x1 [4] tail
      leaf x1 [1]
      __riscv_restore_1 x1 [4] tail
    leaf x1 [1]
    __riscv_restore_1 x1 [4] tail
";

/// The machine outliner: a sequence called through `t0`, one that calls on the way, one that ends in a tail
/// call and is jumped to, from several functions.
const OUTLINED: &str = "
main:   enter
        call one
        call two
        leave
one:    enter
        jal t0, OUTLINED_FUNCTION_0
        jal t0, OUTLINED_FUNCTION_1
        restore
        tail OUTLINED_FUNCTION_2
two:    enter
        jal t0, OUTLINED_FUNCTION_0
        restore
        tail OUTLINED_FUNCTION_2
OUTLINED_FUNCTION_0: nop
        nop
        jr t0
OUTLINED_FUNCTION_1: nop
        call helper
        jr t0
OUTLINED_FUNCTION_2: nop
        tail helper
helper: ret
";
const OUTLINED_TREE: &str = "
main x1 [2+2+3]
  one x1 [2+2+2+1]
    OUTLINED_FUNCTION_0 x1 [3]
    OUTLINED_FUNCTION_1 x1 [3]
      helper x1 [1]
    OUTLINED_FUNCTION_2 x1 [2] tail
      helper x1 [1] tail
  two x1 [2+1+2+1]
    OUTLINED_FUNCTION_0 x1 [3]
    OUTLINED_FUNCTION_2 x1 [2] tail
      helper x1 [1] tail
";

/// Outlined prologue and epilogue, so that the stack pointer is another one after each.
const OUTLINED_FRAME: &str = "
main:   enter
        li a0, 2
        call walk
        leave
walk:   jal t0, OUTLINED_FUNCTION_0
        beqz a0, .end
        addi a0, a0, -1
        call walk
.end:   jal t0, OUTLINED_FUNCTION_1
        ret
OUTLINED_FUNCTION_0: enter
        jr t0
OUTLINED_FUNCTION_1: restore
        jr t0
";
const OUTLINED_FRAME_TREE: &str = "
main x1 [2+2+3]
  walk x1 [1+3+2]
    OUTLINED_FUNCTION_0 x1 [3]
    walk x1 [1+3+2]
      OUTLINED_FUNCTION_0 x1 [3]
      walk x1 [1+1+2]
        OUTLINED_FUNCTION_0 x1 [3]
        OUTLINED_FUNCTION_1 x1 [3]
      OUTLINED_FUNCTION_1 x1 [3]
    OUTLINED_FUNCTION_1 x1 [3]
";

/// Calls through registers that are link registers by hand-written agreement only.
const OTHER: &str = "
main:   enter
        jal t2, by_t2
        la a1, by_a7
        jalr a7, a1
        leave
by_t2:  nop
        jr t2
by_a7:  nop
        nop
        jr a7
";
const OTHER_TREE: &str = "
main x1 [2+1+3+3]
  by_t2 x1 [2]
  by_a7 x1 [3]
";

/// A subroutine inside its function: no call, for there is no other function.
const INSIDE: &str = "
main:   enter
        call outer
        leave
outer:  enter
        jal t0, .part
        jal ra, .part_by_ra
        leave
.part:  nop
        jr t0
.part_by_ra: nop
        ret
";
const INSIDE_TREE: &str = "
main x1 [2+1+3]
  outer x1 [2+1+2+1+2+3]
";

/// The return address is put into `ra` and the function jumped to.
const BY_HAND: &str = "
main:   enter
        li s1, 2
.again: la ra, .back
        tail helper
.back:  addi s1, s1, -1
        bnez s1, .again
        leave
helper: nop
        ret
";
const BY_HAND_TREE: &str = "
main x1 [2+1+2*3+2*2+3]
  helper x2 [2*2] tail
";

/// The same before a frame is set up, where the caller is the same function: stack pointer and function alone
/// would say that the inner one is over.
const BY_HAND_DEEP: &str = "
main:   enter
        li a0, 1
        call walk
        leave
walk:   beqz a0, .leaf
        enter
        addi a0, a0, -1
        call walk
        leave
.leaf:  mv a1, ra
        la ra, .back
        tail helper
.back:  jr a1
helper: nop
        ret
";
const BY_HAND_DEEP_TREE: &str = "
main x1 [2+2+3]
  walk x1 [1+2+2+3]
    walk x1 [1+1+2+1+1]
      helper x1 [2] tail
";

/// No return address at all: `ra` is zero, and what was called jumps back to where it knows.
const ZERO: &str = "
main:   enter
        li ra, 0
        jal zero, helper
.back:  leave
helper: call leaf
        la a1, main.back
        jr a1
leaf:   ret
";
const ZERO_TREE: &str = "
main x1 [2+2+3]
  helper x1 [1+2+1] tail
    leaf x1 [1]
";

/// A function without an end of its own jumps to another's `ret`.
const SHARED_END: &str = "
main:   enter
        call one
        call two
        leave
one:    nop
        tail end
two:    nop
        nop
        tail end
end:    ret
";
const SHARED_END_TREE: &str = "
main x1 [2+2+3]
  one x1 [2]
    end x1 [1] tail
  two x1 [3]
    end x1 [1] tail
";
