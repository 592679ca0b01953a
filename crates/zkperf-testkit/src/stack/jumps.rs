//! Computed jumps: tables inside a function and across functions, closures, returns by other registers
//! and to other places.

use super::StackGuest;

pub(super) fn guests() -> Vec<StackGuest> {
    vec![
        StackGuest::new("jump_table_inside", INSIDE, INSIDE_TREE),
        StackGuest::new("jump_table_across", ACROSS, ACROSS_TREE),
        StackGuest::new("jump_into_the_middle", MIDDLE, MIDDLE_TREE)
            .resyncs(&["jumper.out -> other.inner x2"]),
        StackGuest::new("jump_closures", CLOSURES, CLOSURES_TREE),
        StackGuest::new("call_into_the_middle", CALL_MIDDLE, CALL_MIDDLE_TREE).unofficial(),
        StackGuest::new(
            "return_by_other_register",
            OTHER_REGISTER,
            OTHER_REGISTER_TREE,
        )
        .unofficial(),
        StackGuest::new("return_further_on", FURTHER_ON, FURTHER_ON_TREE).unofficial(),
        StackGuest::new("return_to_nowhere", NOWHERE, NOWHERE_TREE)
            .resyncs(&["lost.out -> stranger.inner x1"]),
    ]
}

/// A switch, by a jump through a register that is no link.
const INSIDE: &str = "
main:   enter
        li a0, 0
        call switch
        li a0, 8
        call switch
        leave
switch: la a1, .table
        add a1, a1, a0
        jr a1
.table: nop
        ret
        nop
        nop
        ret
";
const INSIDE_TREE: &str = "
main x1 [2+4+3]
  switch x1 [4+2]
  switch x1 [4+3]
";

/// Handlers of a bytecode, each of which jumps to the next one's entry by itself: `push, push, add, stop`.
/// Going back to one that has run in this chain is going back to its context.
const ACROSS: &str = "
main:   enter
        la t1, op_push
        sx t1, 0(gp)
        sx t1, 8(gp)
        la t1, op_add
        sx t1, 16(gp)
        la t1, op_stop
        sx t1, 24(gp)
        mv s1, gp
        call interpret
        leave
interpret: lx t1, 0(s1)
        jr t1
op_push: addi s1, s1, 8
        lx t1, 0(s1)
        jr t1
op_add: addi s1, s1, 8
        nop
        lx t1, 0(s1)
        jr t1
op_stop: ret
";
// A handler that jumps to its own first instruction is a loop: nothing leaves the function.
const ACROSS_TREE: &str = "
main x1 [2+10+2+3]
  interpret x1 [2]
    op_push x1 [2*3] tail
      op_add x1 [4] tail
        op_stop x1 [1] tail
";

/// A jump behind the first instruction of a function that is not on the stack: it runs below the one that
/// jumped, and the stack says that it guessed.
const MIDDLE: &str = "
main:   enter
        li s1, 2
.again: call jumper
        addi s1, s1, -1
        bnez s1, .again
        leave
jumper: la a1, other.inner
.out:   jr a1
other:  nop
        nop
.inner: nop
        ret
";
const MIDDLE_TREE: &str = "
main x1 [2+1+2*3+3]
  jumper x2 [2*3]
    other x2 [2*2] resync
";

/// Calls through a table in memory, the same call site for all.
const CLOSURES: &str = "
main:   enter
        la t1, one
        sx t1, 0(gp)
        la t1, two
        sx t1, 8(gp)
        la t1, one
        sx t1, 16(gp)
        mv s1, gp
        li s2, 3
.next:  lx a1, 0(s1)
        jalr ra, a1
        addi s1, s1, 8
        addi s2, s2, -1
        bnez s2, .next
        leave
one:    ret
two:    nop
        ret
";
const CLOSURES_TREE: &str = "
main x1 [2+9+2+3*5+3]
  one x2 [2]
  two x1 [2]
";

/// A call that enters a function behind its first instruction.
const CALL_MIDDLE: &str = "
main:   enter
        call doors
        call doors.second
        leave
doors:  nop
        nop
.second: nop
        ret
";
const CALL_MIDDLE_TREE: &str = "
main x1 [2+2+3]
  doors x1 [4]
  doors x1 [2]
";

/// Returns through `t2`, which is no link register, also where the caller is the same function, so that the
/// jump does not even leave it.
const OTHER_REGISTER: &str = "
main:   enter
        li a0, 2
        call walk
        leave
walk:   beqz a0, .end
        enter
        addi a0, a0, -1
        call walk
        restore
.end:   mv t2, ra
        jr t2
";
const OTHER_REGISTER_TREE: &str = "
main x1 [2+2+3]
  walk x1 [1+2+2+2+2]
    walk x1 [1+2+2+2+2]
      walk x1 [1+2]
";

/// Returns one instruction further on than the call says (there may be data), also where the caller is the
/// same function.
const FURTHER_ON: &str = "
main:   enter
        li a0, 1
        call walk
        nop                 # passed over
        call skip
        nop                 # passed over
        leave
walk:   beqz a0, .end
        enter
        addi a0, a0, -1
        call walk
        nop                 # passed over
        restore
.end:   jr 4(ra)
skip:   jr 4(ra)
";
const FURTHER_ON_TREE: &str = "
main x1 [2+3+3]
  walk x1 [1+2+2+2+1]
    walk x1 [2]
  skip x1 [1]
";

/// A return into the middle of a function that nobody called: it runs below the one that returned, and its
/// own return ends both.
const NOWHERE: &str = "
main:   enter
        call lost
        leave
lost:   mv a1, ra
        la ra, stranger.inner
.out:   ret
stranger: nop
.inner: nop
        jr a1
";
const NOWHERE_TREE: &str = "
main x1 [2+1+3]
  lost x1 [4]
    stranger x1 [2] resync
";
