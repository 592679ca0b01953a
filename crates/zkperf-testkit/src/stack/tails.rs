//! Tail calls: chains, to functions with a frame, in circles; functions that run on into the next; parts
//! of a function that stand elsewhere.

use super::StackGuest;

pub(super) fn guests() -> Vec<StackGuest> {
    vec![
        StackGuest::new("tail_chain", CHAIN, CHAIN_TREE),
        StackGuest::new("tail_circle", CIRCLE, CIRCLE_TREE),
        // ziskemu does not notice that one function runs on into another, or that a branch leads there.
        StackGuest::new("tail_fall_through", FALL_THROUGH, FALL_THROUGH_TREE).unofficial(),
        StackGuest::new("tail_kinds", KINDS, KINDS_TREE).unofficial(),
        StackGuest::new("tail_cold_part", COLD, COLD_TREE).unofficial(),
        StackGuest::new("tail_cold_part_in_recursion", COLD_DEEP, COLD_DEEP_TREE).unofficial(),
        StackGuest::new("tail_by_return", BY_RETURN, BY_RETURN_TREE).unofficial(),
        StackGuest::new("call_ends_function", CALL_ENDS, CALL_ENDS_TREE).unofficial(),
    ]
}

/// a jumps to b, which has a frame, calls a helper and jumps to c; c is called as well.
const CHAIN: &str = "
main:   enter
        call a
        call c
        call a
        leave
a:      nop
        tail b
b:      enter
        call helper
        restore
        tail c
c:      nop
        nop
        ret
helper: ret
";
const CHAIN_TREE: &str = "
main x1 [2+3+3]
  a x1 [2]
    b x1 [2+1+2+1] tail
      helper x1 [1]
      c x1 [3] tail
  c x1 [3]
  a x1 [2]
    b x1 [2+1+2+1] tail
      helper x1 [1]
      c x1 [3] tail
";

/// Near, far, by a register, and taken by a branch.
const KINDS: &str = "
main:   enter
        call near
        call far_away
        call by_register
        li a0, 1
        call by_branch
        li a0, 0
        call by_branch
        leave
near:   tail end
far_away: fartail end
by_register: la a1, end
        jr a1
by_branch: bnez a0, end
        ret
end:    nop
        ret
";
const KINDS_TREE: &str = "
main x1 [2+7+3]
  near x1 [1]
    end x1 [2] tail
  far_away x1 [2]
    end x1 [2] tail
  by_register x1 [3]
    end x1 [2] tail
  by_branch x1 [1]
    end x1 [2] tail
  by_branch x1 [2]
";

/// Two functions jump to each other's first instruction: contexts are used again, each jump counts.
const CIRCLE: &str = "
main:   enter
        li a0, 4
        call ping
        leave
ping:   beqz a0, .end
        tail pong
.end:   ret
pong:   addi a0, a0, -1
        tail ping
";
const CIRCLE_TREE: &str = "
main x1 [2+2+3]
  ping x5 [4*2+2]
    pong x4 [4*2] tail
";

/// `first` has no end of its own.
const FALL_THROUGH: &str = "
main:   enter
        call first
        call second
        leave
first:  nop
second: nop
        ret
";
const FALL_THROUGH_TREE: &str = "
main x1 [2+2+3]
  first x1 [1]
    second x1 [2] tail
  second x1 [2]
";

/// The compiler has put what rarely runs elsewhere; it jumps back into the middle.
const COLD: &str = "
main:   enter
        li a0, 0
        call work
        li a0, 1
        call work
        leave
work:   enter
        bnez a0, work_cold
.on:    nop
        leave
work_cold: call report
        j work.on
report: ret
";
const COLD_TREE: &str = "
main x1 [2+4+3]
  work x1 [2+1+1+3]
  work x1 [2+1+1+3]
    work_cold x1 [2] tail
      report x1 [1]
";

/// The same where the caller is the same function, and before a frame is set up: stack pointer and
/// function alone would say that the inner one is over.
const COLD_DEEP: &str = "
main:   enter
        li a0, 1
        call work
        leave
work:   beqz a0, work_cold
.on:    beqz a0, .end
        enter
        addi a0, a0, -1
        call work
        leave
.end:   ret
work_cold: nop
        j work.on
";
const COLD_DEEP_TREE: &str = "
main x1 [2+2+3]
  work x1 [2+2+2+3]
    work x1 [1+2]
      work_cold x1 [2] tail
";

/// A function puts another one's address where its return address was, and returns there.
const BY_RETURN: &str = "
main:   enter
        call push
        leave
push:   mv a1, ra
        la ra, target
        ret
target: nop
        jr a1
";
const BY_RETURN_TREE: &str = "
main x1 [2+1+3]
  push x1 [4]
    target x1 [2] tail
";

/// The last instruction of `work` is a call, so that its return address is the next function's first
/// instruction.
const CALL_ENDS: &str = "
main:   enter
        call work
        leave
work:   enter
        call helper
rest:   nop
        leave
helper: ret
";
const CALL_ENDS_TREE: &str = "
main x1 [2+1+3]
  work x1 [2+1]
    helper x1 [1]
    rest x1 [1+3] tail
";
