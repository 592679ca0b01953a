//! Unwinds: `longjmp` over one frame and over many, into the middle of callers, in recursion, and what is
//! called again after it; returns that end several frames.

use super::StackGuest;

pub(super) fn guests() -> Vec<StackGuest> {
    vec![
        StackGuest::new("unwind_one_frame", ONE, ONE_TREE).unofficial(),
        StackGuest::new("unwind_many_frames", MANY, MANY_TREE)
            .resyncs(&["longjmp.out -> main.again x3"]),
        StackGuest::new("unwind_in_recursion", RECURSION, RECURSION_TREE)
            .resyncs(&["longjmp.out -> walk.again x1"]),
        StackGuest::new("unwind_by_jump", BY_JUMP, BY_JUMP_TREE)
            .resyncs(&["raise.out -> catch.handler x1"]),
        StackGuest::new("unwind_moved_stack", MOVED, MOVED_TREE)
            .resyncs(&["raise.out -> catch.handler x1"]),
        StackGuest::new("unwind_several_returns", SEVERAL, SEVERAL_TREE)
            .resyncs(&["c.out -> main.back x2"]),
        StackGuest::new("unwind_same_address", SAME_ADDRESS, SAME_ADDRESS_TREE)
            .resyncs(&["walk.out -> walk.back x1"]),
    ]
}

/// `longjmp` called by the function that called `setjmp`: its own frame is the only one that goes.
const ONE: &str = "
main:   enter
        call setjmp
.again: bnez a0, .done
        call longjmp
        nop                 # passed over
.done:  leave
setjmp: sx ra, 0(gp)
        sx sp, 8(gp)
        li a0, 0
        ret
longjmp: lx ra, 0(gp)
        lx sp, 8(gp)
        li a0, 1
        ret
";
const ONE_TREE: &str = "
main x1 [2+1+2+1+3]
  setjmp x1 [4]
  longjmp x1 [4]
";

/// Over three frames, three times through the same functions, which are entered again after it.
const MANY: &str = "
main:   enter
        li s1, 4
        call setjmp
.again: addi s1, s1, -1
        beqz s1, .done
        call a
        nop                 # passed over
.done:  call a.short
        leave
a:      enter
        call b
        nop                 # passed over
.short: ret
b:      enter
        call longjmp
        nop                 # passed over
setjmp: sx ra, 0(gp)
        sx sp, 8(gp)
        ret
longjmp: lx ra, 0(gp)
        lx sp, 8(gp)
.out:   ret
";
const MANY_TREE: &str = "
main x1 [2+2+4*2+3+1+3]
  setjmp x1 [3]
  a x3 [3*3]
    b x3 [3*3]
      longjmp x3 [3*3]
  a x1 [1]
";

/// `walk` sets the jump at its second level and takes it at its fourth; then both levels return.
const RECURSION: &str = "
main:   enter
        li a0, 3
        li s1, 2
        call walk
        leave
walk:   enter
        beqz a0, .throw
        bne a0, s1, .down
        sx a0, 16(gp)
        call setjmp
.again: bnez a1, .end
        lx a0, 16(gp)
.down:  addi a0, a0, -1
        call walk
.end:   leave
.throw: call longjmp
        nop                 # passed over
setjmp: sx ra, 0(gp)
        sx sp, 8(gp)
        li a1, 0
        ret
longjmp: lx ra, 0(gp)
        lx sp, 8(gp)
        li a1, 1
.out:   ret
";
// Depths 3 (plain), 2 (sets), 1 (plain), 0 (throws).
const RECURSION_TREE: &str = "
main x1 [2+3+3]
  walk x1 [2+2+2+3]
    walk x1 [2+2+2+2+2+1+3]
      setjmp x1 [4]
      walk x1 [2+2+2]
        walk x1 [2+1+1]
          longjmp x1 [4]
";

/// An exception: three frames deep, the handler of a caller is jumped to, at none of its call sites.
const BY_JUMP: &str = "
main:   enter
        call catch
        leave
catch:  enter
        sx sp, 8(gp)
        call a
        leave               # passed over
.handler: call clean_up
        leave
a:      enter
        call b
        leave               # passed over
b:      enter
        call raise
        leave               # passed over
raise:  lx sp, 8(gp)
        la a1, catch.handler
.out:   jr a1
clean_up: ret
";
const BY_JUMP_TREE: &str = "
main x1 [2+1+3]
  catch x1 [2+2+1+3]
    a x1 [3]
      b x1 [3]
        raise x1 [4]
    clean_up x1 [1]
";

/// The same with room taken on the stack for the call only, so that the handler's stack pointer is not the
/// call's.
const MOVED: &str = "
main:   enter
        call catch
        leave
catch:  enter
        sx sp, 8(gp)
        addi sp, sp, -32
        call a
        nop                 # passed over
.handler: call clean_up
        leave
a:      enter
        call raise
        leave               # passed over
raise:  lx sp, 8(gp)
        la a1, catch.handler
.out:   jr a1
clean_up: ret
";
const MOVED_TREE: &str = "
main x1 [2+1+3]
  catch x1 [2+3+1+3]
    a x1 [3]
      raise x1 [4]
    clean_up x1 [1]
";

/// c ends its own frame, b's and a's, and returns to main for all of them; twice.
const SEVERAL: &str = "
main:   enter
        li s1, 2
.again: call a
.back:  addi s1, s1, -1
        bnez s1, .again
        leave
a:      enter
        call b
        leave               # passed over
b:      enter
        call c
        leave               # passed over
c:      addi sp, sp, 16
        lx ra, 8(sp)
        addi sp, sp, 16
.out:   ret
";
const SEVERAL_TREE: &str = "
main x1 [2+1+2*3+3]
  a x2 [2*3]
    b x2 [2*3]
      c x2 [2*4]
";

/// The innermost of four levels returns for two: all frames have the same return address, only the stack
/// pointer says how many end.
const SAME_ADDRESS: &str = "
main:   enter
        li a0, 3
        call walk
        leave
walk:   beqz a0, .end
        enter
        addi a0, a0, -1
        call walk
.back:  nop
        leave
.end:   addi sp, sp, 16
.out:   ret
";
// Depth 1 ends without its last part.
const SAME_ADDRESS_TREE: &str = "
main x1 [2+2+3]
  walk x1 [1+2+2+1+3]
    walk x1 [1+2+2+1+3]
      walk x1 [1+2+2]
        walk x1 [1+2]
";
