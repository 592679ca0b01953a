//! More than one stack: a function that works on another, coroutines that run in turn.

use super::StackGuest;

pub(super) fn guests() -> Vec<StackGuest> {
    vec![
        StackGuest::new("stacks_for_a_call", FOR_A_CALL, FOR_A_CALL_TREE),
        StackGuest::new("stacks_set_by_callee", BY_CALLEE, BY_CALLEE_TREE).unofficial(),
        StackGuest::new("stacks_generator", GENERATOR, GENERATOR_TREE)
            .resyncs(&["switch.out -> main.back x3", "switch.out -> deeper.back x2"]),
        StackGuest::new("stacks_coroutines", COROUTINES, COROUTINES_TREE).resyncs(&[
            "switch.out -> main.back x1",
            "switch.out -> a.one x1",
            "switch.out -> b.one x1",
        ]),
        StackGuest::new("stacks_same_code", SAME_CODE, SAME_CODE_TREE)
            .resyncs(&["switch.out -> thread.back x2", "switch.out -> main.back x1"]),
    ]
}

/// `work` recurses on another stack, which lies above the first one.
const FOR_A_CALL: &str = "
main:   enter
        li a0, 1
        mv s1, sp
        addi sp, gp, 1024
        call work
        mv sp, s1
        leave
work:   beqz a0, .end
        enter
        addi a0, a0, -1
        call work
        leave
.end:   ret
";
const FOR_A_CALL_TREE: &str = "
main x1 [2+5+3]
  work x1 [1+2+2+3]
    work x1 [2]
";

/// Callees leave another stack pointer than they found, as start-up code does.
const BY_CALLEE: &str = "
main:   enter
        call to_other
        call work
        call back
        leave
to_other: mv s1, sp
        addi sp, gp, 1024
        ret
back:   mv sp, s1
        ret
work:   enter
        call leaf
        leave
leaf:   ret
";
const BY_CALLEE_TREE: &str = "
main x1 [2+3+3]
  to_other x1 [3]
  work x1 [2+1+3]
    leaf x1 [1]
  back x1 [2]
";

/// `main` resumes a generator three times, which yields from two frames deep. It runs below who started it,
/// and goes on in the contexts in which it stopped.
const GENERATOR: &str = "
main:   enter
        la t1, generator
        sx t1, 16(gp)
        addi t1, gp, 1024
        sx t1, 24(gp)
        li s1, 3
.again: mv a0, gp
        addi a1, gp, 16
        call switch
.back:  addi s1, s1, -1
        bnez s1, .again
        leave
generator: call deeper
        j generator.more
.more:  call deeper
        j generator.more
deeper: enter
        call yield
.back:  leave
yield:  addi a0, gp, 16
        mv a1, gp
        tail switch
switch: sx ra, 0(a0)        # saves one context, loads another
        sx sp, 8(a0)
        lx ra, 0(a1)
        lx sp, 8(a1)
.out:   ret
";
const GENERATOR_TREE: &str = "
main x1 [2+5+1+3*3+3*2+3]
  switch x3 [3*5]
    generator x1 [1+1+1+1+1] tail
      deeper x1 [3+3]
        yield x1 [3]
          switch x1 [5] tail
      deeper x2 [2*3+3]
        yield x2 [2*3]
          switch x2 [2*5] tail
";

/// Two coroutines hand control to each other, then the second one to `main`.
const COROUTINES: &str = "
main:   enter
        la t1, a
        sx t1, 16(gp)
        addi t1, gp, 1024
        sx t1, 24(gp)
        la t1, b
        sx t1, 32(gp)
        addi t1, gp, 2000
        sx t1, 40(gp)
        mv a0, gp
        addi a1, gp, 16
        call switch
.back:  leave
a:      addi a0, gp, 16
        addi a1, gp, 32
        call switch
.one:   addi a0, gp, 16
        addi a1, gp, 32
        call switch
b:      addi a0, gp, 32
        addi a1, gp, 16
        call switch
.one:   addi a0, gp, 32
        mv a1, gp
        call switch
switch: sx ra, 0(a0)
        sx sp, 8(a0)
        lx ra, 0(a1)
        lx sp, 8(a1)
.out:   ret
";
const COROUTINES_TREE: &str = "
main x1 [2+5+5+3+3]
  switch x1 [5]
    a x1 [3+3] tail
      switch x1 [5]
        b x1 [3+3] tail
          switch x1 [5]
          switch x1 [5]
      switch x1 [5]
";

/// Two threads of the same code, each on its stack, suspended at the same address: the stack pointer alone
/// tells them apart. `main` starts the first, which starts the second; each waits twice, then `main` goes on.
const SAME_CODE: &str = "
main:   enter
        la t1, thread
        sx t1, 16(gp)
        addi t1, gp, 1024
        sx t1, 24(gp)
        la t1, thread
        sx t1, 32(gp)
        addi t1, gp, 2000
        sx t1, 40(gp)
        addi t1, gp, 16     # the scheduler's list: first, second, first, second, main
        sx t1, 64(gp)
        sx t1, 80(gp)
        addi t1, gp, 32
        sx t1, 72(gp)
        sx t1, 88(gp)
        sx gp, 96(gp)
        addi s1, gp, 56
        mv a0, gp
        call next
.back:  leave
thread: enter
.more:  call wait
.back:  j .more
wait:   lx a0, 0(s1)
        tail next
next:   addi s1, s1, 8
        lx a1, 0(s1)
        tail switch
switch: sx ra, 0(a0)
        sx sp, 8(a0)
        lx ra, 0(a1)
        lx sp, 8(a1)
.out:   ret
";
const SAME_CODE_TREE: &str = "
main x1 [2+5+5+3+3+1+3+3]
  next x1 [3]
    switch x1 [5] tail
      thread x1 [2+1+1+1] tail          # the first
        wait x2 [2*2]
          next x2 [2*3] tail
            switch x2 [2*5] tail
              thread x1 [2+1+1+1] tail  # the second
                wait x2 [2*2]
                  next x2 [2*3] tail
                    switch x2 [2*5] tail
";
