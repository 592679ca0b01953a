//! The shadow call stack on event sequences as engines report them.

use zkperf_exec::{stored_measure, CallTree, ContextNode, Landing, Layout, Limits};
use zkperf_profile::{Entry, Function, Measure, Origin};

/// One counter; every event happens one unit after the last.
struct Run {
    tree: CallTree<1>,
    now: [u64; 1],
}

impl Run {
    fn new() -> Self {
        Self {
            tree: CallTree::new(0, 100),
            now: [0],
        }
    }

    fn tick(&mut self) -> [u64; 1] {
        self.now[0] += 1;
        self.now
    }

    fn call(&mut self, site: u32, function: u32, stack_pointer: u64) {
        let now = self.tick();
        let return_address = 1000 + u64::from(site);
        self.tree
            .call(site, function, return_address, stack_pointer, &now);
    }

    fn ret(&mut self, to_site: u32, function: u32, stack_pointer: u64) {
        let now = self.tick();
        let to = Landing {
            address: 1000 + u64::from(to_site),
            function,
            at_entry: false,
        };
        self.tree.ret(99, to, stack_pointer, &now);
    }

    fn leave(&mut self, site: u32, function: u32, at_entry: bool, stack_pointer: u64) {
        let address = u64::from(function);
        self.jump(site, address, function, at_entry, stack_pointer);
    }

    fn jump(&mut self, site: u32, address: u64, function: u32, at_entry: bool, sp: u64) {
        let now = self.tick();
        let to = Landing {
            address,
            function,
            at_entry,
        };
        self.tree.leave(site, to, sp, &now);
        assert_eq!(self.tree.current_function(), function);
    }

    /// A return to any address.
    fn ret_to(&mut self, address: u64, function: u32, stack_pointer: u64) {
        let now = self.tick();
        let to = Landing {
            address,
            function,
            at_entry: false,
        };
        self.tree.ret(99, to, stack_pointer, &now);
        assert_eq!(self.tree.current_function(), function);
    }

    /// (function, parent's function, calls, self value) of every node but the root.
    fn nodes(&mut self) -> Vec<(u32, u32, u64, u64)> {
        let now = self.tick();
        self.tree.charge(&now);
        let nodes = self.tree.nodes();
        let sum: u64 = self.tree.values().iter().map(|value| value[0]).sum();
        assert_eq!(sum, self.now[0], "every unit is charged exactly once");
        let row = |(node, value): (&ContextNode, &[u64; 1])| {
            let parent = nodes[node.parent as usize].function;
            (node.function, parent, node.calls, value[0])
        };
        let all = nodes.iter().zip(self.tree.values());
        all.skip(1).map(row).collect()
    }

    fn resyncs(&self) -> u64 {
        self.tree.resyncs().iter().map(|(_, count)| count).sum()
    }
}

#[test]
fn calls_nest_and_return() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.call(2, 2, 90);
    run.ret(2, 1, 90);
    run.call(2, 2, 90);
    run.ret(2, 1, 90);
    run.ret(1, 0, 100);
    assert_eq!(run.tree.current(), 0);
    assert_eq!(run.nodes(), [(1, 0, 1, 3), (2, 1, 2, 2)]);
    assert_eq!(run.resyncs(), 0);
}

#[test]
fn recursion_is_kept() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.call(2, 1, 90);
    run.call(2, 1, 80);
    // Two return to the same address; the stack pointer tells them apart.
    run.ret(2, 1, 80);
    run.ret(2, 1, 90);
    run.ret(1, 0, 100);
    assert_eq!(run.nodes(), [(1, 0, 1, 2), (1, 1, 1, 2), (1, 1, 1, 1)]);
    assert_eq!(run.resyncs(), 0);
}

#[test]
fn a_tail_call_is_a_child_and_one_return_ends_both() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.leave(3, 2, true, 100);
    run.ret(1, 0, 100);
    assert_eq!(run.tree.current(), 0);
    assert_eq!(run.nodes(), [(1, 0, 1, 1), (2, 1, 1, 1)]);
    assert_eq!(run.tree.nodes()[2].entry, Entry::Tail);
    assert_eq!(run.resyncs(), 0);
}

#[test]
fn mutual_tail_recursion_does_not_grow_the_tree() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    for _ in 0..1000 {
        run.leave(3, 2, true, 100);
        run.leave(4, 1, true, 100);
    }
    run.ret(1, 0, 100);
    assert_eq!(run.nodes().len(), 2);
    assert_eq!(run.tree.current(), 0);
}

#[test]
fn a_jump_out_of_several_frames_is_counted_once() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.call(2, 2, 90);
    run.call(3, 3, 80);
    // longjmp: back into the middle of function 1, with its stack pointer.
    run.leave(4, 1, false, 90);
    assert_eq!(run.tree.current_function(), 1);
    run.ret(1, 0, 100);
    assert_eq!(run.tree.current(), 0);
    assert_eq!(run.resyncs(), 1);
}

#[test]
fn a_return_past_frames_unwinds_to_the_one_that_fits() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.call(2, 2, 90);
    run.call(3, 3, 80);
    run.ret(1, 0, 100);
    assert_eq!(run.tree.current(), 0);
    assert_eq!(run.resyncs(), 1);
}

#[test]
fn a_return_to_nowhere_goes_on_where_it_lands() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.ret(50, 7, 100);
    assert_eq!(run.tree.current_function(), 7);
    assert_eq!(run.resyncs(), 1);
    // The frame of the first call still stands.
    run.ret(1, 0, 100);
    assert_eq!(run.tree.current(), 0);
    run.nodes();
}

#[test]
fn a_jump_to_the_return_address_is_a_return_even_in_recursion() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.call(2, 1, 90);
    run.jump(3, 1002, 1, false, 90);
    run.ret(1, 0, 100);
    assert_eq!(run.nodes(), [(1, 0, 1, 2), (1, 1, 1, 1)]);
    assert_eq!(run.resyncs(), 0);
}

#[test]
fn a_return_to_another_instruction_of_the_caller_ends_one_frame() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.call(2, 1, 90);
    run.ret_to(1006, 1, 90);
    run.ret_to(1005, 0, 100);
    assert_eq!(run.tree.current(), 0);
    assert_eq!(run.nodes(), [(1, 0, 1, 2), (1, 1, 1, 1)]);
    assert_eq!(run.resyncs(), 0);
}

#[test]
fn a_return_with_another_stack_pointer_ends_the_top_frame() {
    for moved in [80, 120] {
        let mut run = Run::new();
        run.call(1, 1, 100);
        run.ret_to(1001, 0, moved);
        assert_eq!(run.tree.current(), 0);
        assert_eq!(run.resyncs(), 0);
    }
}

#[test]
fn going_back_into_a_tail_caller_is_no_new_entry() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.leave(2, 2, true, 100);
    run.jump(3, 1500, 1, false, 100);
    run.ret(1, 0, 100);
    assert_eq!(run.nodes(), [(1, 0, 1, 2), (2, 1, 1, 1)]);
    assert_eq!(run.resyncs(), 0);
}

#[test]
fn a_call_that_ends_its_function_returns_into_the_next() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.call(2, 2, 90);
    let now = run.tick();
    let to = Landing {
        address: 1002,
        function: 3,
        at_entry: true,
    };
    run.tree.ret(99, to, 90, &now);
    assert_eq!(run.tree.current_function(), 3);
    run.ret(1, 0, 100);
    assert_eq!(run.nodes(), [(1, 0, 1, 1), (2, 1, 1, 1), (3, 1, 1, 1)]);
    assert_eq!(run.resyncs(), 0);
}

#[test]
fn an_unwind_finds_a_caller_that_has_moved_its_stack_pointer() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.call(2, 2, 90);
    run.call(3, 3, 80);
    run.jump(4, 1500, 1, false, 95);
    run.ret(1, 0, 100);
    assert_eq!(run.tree.current(), 0);
    assert_eq!(run.resyncs(), 1);
}

#[test]
fn the_stack_pointer_says_how_many_frames_of_recursion_end() {
    let mut run = Run::new();
    run.call(1, 1, 100);
    for stack_pointer in [90, 80, 70] {
        run.call(2, 1, stack_pointer);
    }
    run.ret_to(1002, 1, 80);
    assert_eq!(run.tree.nodes()[run.tree.current() as usize].parent, 1);
    assert_eq!(run.resyncs(), 1);
}

/// Starts function 5 on a stack of its own (at 1000), which calls 6, and switches back to function 1.
fn coroutine() -> Run {
    let mut run = Run::new();
    run.call(1, 1, 100);
    run.call(2, 4, 90);
    run.leave(3, 5, true, 1000);
    run.call(5, 6, 990);
    run.ret_to(1002, 1, 90);
    run
}

#[test]
fn a_coroutine_goes_on_in_the_contexts_in_which_it_stopped() {
    let mut run = coroutine();
    let before = run.tree.nodes().len();
    for _ in 0..1000 {
        run.call(2, 4, 90);
        run.ret_to(1005, 5, 990);
        run.call(5, 6, 990);
        run.ret_to(1002, 1, 90);
    }
    run.ret(1, 0, 100);
    assert_eq!(run.tree.current(), 0);
    assert_eq!(run.tree.nodes().len(), before);
    assert_eq!(run.resyncs(), 2001);
}

#[test]
fn stacks_that_nobody_comes_back_to_are_forgotten() {
    let mut run = coroutine();
    for site in 10..90 {
        run.call(2, 2, 90);
        run.call(site, 3, 80);
        run.ret_to(1002, 1, 90);
    }
    // 80 others came after it: where 5 goes on, its context is a guess.
    run.call(2, 4, 90);
    run.ret_to(1005, 5, 990);
    let node = run.tree.nodes()[run.tree.current() as usize];
    assert_eq!(node.entry, Entry::Resync);
    // One place again and again is one stack.
    let mut run = coroutine();
    for _ in 0..1000 {
        run.call(2, 2, 90);
        run.call(10, 3, 80);
        run.ret_to(1002, 1, 90);
    }
    run.call(2, 4, 90);
    run.ret_to(1005, 5, 990);
    let node = run.tree.nodes()[run.tree.current() as usize];
    assert_eq!(node.entry, Entry::Tail);
}

#[test]
fn recursion_without_end_is_folded_and_its_frames_forgotten() {
    let mut run = Run::new();
    let limits = Limits {
        nodes: 1000,
        frames: 3000,
    };
    run.tree = CallTree::limited(0, 100, limits);
    let calls: u64 = 10_000;
    for _ in 0..calls {
        run.call(1, 1, 100);
    }
    // The innermost frames still stand.
    run.ret(1, 1, 100);
    assert_eq!(run.resyncs(), 0);
    let folded: Vec<u32> = run.tree.folded_nodes().collect();
    assert_eq!(folded, [1000]);
    let nodes = run.nodes();
    assert_eq!(nodes.len(), 1000);
    let entered: u64 = nodes.iter().map(|node| node.2).sum();
    assert_eq!(entered, calls);
    let assembled = layout().assemble(&run.tree, [], u64::from);
    let shares = assembled.unattributed(&[cost()]);
    // All but the root and its 999 descendants, which stand for one unit each; the first ran before any.
    assert_eq!(shares.len(), 1);
    assert_eq!(shares[0].value, run.now[0] - 1000);
    assert!(shares[0].reason.contains("folded"), "{}", shares[0].reason);
}

/// One column, two functions.
fn layout() -> Layout<'static> {
    let function = || Function {
        name: "f".into(),
        symbol: String::new(),
        address: None,
        bytes: 0,
        origin: Origin::Guest,
    };
    let functions: &'static [Function] = vec![function(), function()].leak();
    Layout {
        columns: &[Some(0)],
        functions,
        pseudo_costs: Vec::new(),
    }
}

fn cost() -> Measure {
    Measure {
        proving_cost: true,
        ..stored_measure("cost", "cost", "", 0)
    }
}
