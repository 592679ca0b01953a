//! Questions to the call tree: inclusive cost, cost by function, callers and callees.
//!
//! *Self* is what a function's own instructions cost. *Inclusive* adds everything it called. With
//! recursion, adding up the inclusive values of all of a function's nodes would count the inner
//! calls several times; the sums by function here count only **outermost** nodes: those without the
//! same function among their ancestors.

use std::collections::BTreeMap;

use crate::model::{FunctionId, MeasureId};
use crate::profile::Profile;

/// One line of a callers or callees list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The function at the other end. `None` in a callers list: entered from nowhere (the root).
    pub function: Option<FunctionId>,
    /// Exact number of calls along this edge, recursive ones included.
    pub calls: u64,
    /// Cost along this edge in node units; see [`Callers`] and [`Callees`] for what it adds up to.
    pub value: u64,
}

/// Who calls a function, and what it cost on their behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callers {
    /// The function's inclusive value, recursion counted once.
    pub inclusive: u64,
    /// The function's self value.
    pub self_value: u64,
    /// How often it was entered.
    pub calls: u64,
    /// The callers, dearest first. Their values add up to `inclusive`, their calls to `calls`. A
    /// call from within the function's own recursion adds calls but no value, since the outermost
    /// call already carries it.
    pub edges: Vec<Edge>,
}

/// Whom a function calls, and what that cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callees {
    /// The function's inclusive value, recursion counted once.
    pub inclusive: u64,
    /// The function's self value.
    pub self_value: u64,
    /// How often it was entered.
    pub calls: u64,
    /// The callees, dearest first. Their values and `self_value` add up to `inclusive`. What a
    /// callee spends after coming back into the function (recursion) counts for the function, not
    /// for the callee; a direct recursive call thus adds calls but no value.
    pub edges: Vec<Edge>,
}

impl Profile {
    /// Inclusive value of every node: its own and all its descendants', in node units.
    pub fn inclusive(&self, measure: MeasureId) -> Vec<u64> {
        let mut values = self.node_column(measure).into_owned();
        // A parent stands before its children, so backwards every child is complete when it is
        // added. The sum at the root fits 64 bits, as the check saw.
        for index in (1..values.len()).rev() {
            values[self.nodes[index].parent.0 as usize] += values[index];
        }
        values
    }

    /// Self value by function, indexed by [`FunctionId`].
    pub fn self_by_function(&self, measure: MeasureId) -> Vec<u64> {
        let mut values = vec![0; self.functions.len()];
        for (node, value) in self.nodes.iter().zip(self.node_column(measure).iter()) {
            values[node.function.0 as usize] += value;
        }
        values
    }

    /// Inclusive value by function, indexed by [`FunctionId`]; recursion counts once.
    pub fn inclusive_by_function(&self, measure: MeasureId) -> Vec<u64> {
        let inclusive = self.inclusive(measure);
        let outermost = self.outermost();
        let mut values = vec![0; self.functions.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            if outermost[index] {
                values[node.function.0 as usize] += inclusive[index];
            }
        }
        values
    }

    /// How often each function was entered, indexed by [`FunctionId`].
    pub fn calls_by_function(&self) -> Vec<u64> {
        let mut calls = vec![0; self.functions.len()];
        for node in &self.nodes {
            calls[node.function.0 as usize] += node.calls;
        }
        calls
    }

    /// For each node, whether none of its ancestors runs the same function.
    pub fn outermost(&self) -> Vec<bool> {
        let each: Vec<usize> = (0..self.functions.len()).collect();
        self.outermost_of(&each)
    }

    /// For each node, whether none of its ancestors runs a function of the same group.
    pub(crate) fn outermost_of(&self, group_of: &[usize]) -> Vec<bool> {
        let group = |node: usize| group_of[self.nodes[node].function.0 as usize];
        let groups = group_of.iter().max().map_or(0, |most| most + 1);
        let count = self.nodes.len();
        // Children of every node as slices of one list: `first[n]..first[n + 1]`.
        let mut first = vec![0u32; count + 1];
        for node in &self.nodes[1..] {
            first[node.parent.0 as usize + 1] += 1;
        }
        for index in 0..count {
            first[index + 1] += first[index];
        }
        let mut next = first.clone();
        let mut children = vec![0u32; count - 1];
        for (index, node) in self.nodes.iter().enumerate().skip(1) {
            let slot = &mut next[node.parent.0 as usize];
            children[*slot as usize] = index as u32;
            *slot += 1;
        }
        // Depth first with a stack of our own: a hostile tree can be as deep as it has nodes.
        let mut outermost = vec![false; count];
        let mut open = vec![0u32; groups];
        let mut cursor = first[..count].to_vec();
        let mut stack = vec![0usize];
        outermost[0] = true;
        open[group(0)] = 1;
        while let Some(&node) = stack.last() {
            if cursor[node] < first[node + 1] {
                let child = children[cursor[node] as usize] as usize;
                cursor[node] += 1;
                let running = &mut open[group(child)];
                outermost[child] = *running == 0;
                *running += 1;
                stack.push(child);
            } else {
                open[group(node)] -= 1;
                stack.pop();
            }
        }
        outermost
    }

    /// Who calls any of `functions`, taken together as one function.
    ///
    /// Several ids make sense where one source function was compiled several times.
    pub fn callers(&self, functions: &[FunctionId], measure: MeasureId) -> Callers {
        let sums = self.walk(functions, measure, |place| Step {
            // On whose behalf a node runs: that of the caller of the outermost member above it.
            share: match place.above {
                Share::Outside if place.is_member => Share::Edge(place.caller),
                above => above,
            },
            entered: place.is_member.then_some(place.caller),
        });
        Callers {
            inclusive: sums.inclusive,
            self_value: sums.self_value,
            calls: sums.calls,
            edges: sorted(sums.edges),
        }
    }

    /// Whom any of `functions`, taken together as one function, call.
    pub fn callees(&self, functions: &[FunctionId], measure: MeasureId) -> Callees {
        let sums = self.walk(functions, measure, |place| {
            let callee = Some(place.function);
            Step {
                // For which callee a node counts: the child of the nearest member above it.
                share: match place.above {
                    _ if place.is_member => Share::Own,
                    _ if place.caller_is_member => Share::Edge(callee),
                    above => above,
                },
                entered: place.caller_is_member.then_some(callee),
            }
        });
        Callees {
            inclusive: sums.inclusive,
            self_value: sums.self_value,
            calls: sums.calls,
            edges: sorted(sums.edges),
        }
    }

    /// Goes through the tree, parents first, and adds up what `rule` makes of each node.
    fn walk(
        &self,
        functions: &[FunctionId],
        measure: MeasureId,
        rule: impl Fn(&Place) -> Step,
    ) -> Sums {
        let member = self.members(functions);
        let mut sums = Sums::default();
        let mut shares: Vec<Share> = Vec::with_capacity(self.nodes.len());
        let values = self.node_column(measure);
        for (index, (node, &value)) in self.nodes.iter().zip(values.iter()).enumerate() {
            let parent = node.parent.0 as usize;
            let caller = (index > 0).then(|| self.nodes[parent].function);
            let is_member = member[node.function.0 as usize];
            let step = rule(&Place {
                function: node.function,
                is_member,
                caller,
                caller_is_member: caller.is_some_and(|caller| member[caller.0 as usize]),
                above: if index > 0 {
                    shares[parent]
                } else {
                    Share::Outside
                },
            });
            shares.push(step.share);
            if is_member {
                sums.calls += node.calls;
                sums.self_value += value;
            }
            if let Some(edge) = step.entered {
                sums.edges.entry(edge).or_default().0 += node.calls;
            }
            if let Share::Edge(edge) = step.share {
                sums.edges.entry(edge).or_default().1 += value;
            }
            if step.share != Share::Outside {
                sums.inclusive += value;
            }
        }
        sums
    }

    fn members(&self, functions: &[FunctionId]) -> Vec<bool> {
        let mut member = vec![false; self.functions.len()];
        for function in functions {
            member[function.0 as usize] = true;
        }
        member
    }
}

/// A node as [`Profile::walk`] meets it.
struct Place {
    function: FunctionId,
    /// Whether it runs one of the functions asked about.
    is_member: bool,
    /// The parent's function; `None` at the root.
    caller: Option<FunctionId>,
    caller_is_member: bool,
    /// The parent's share.
    above: Share,
}

/// What becomes of a node.
struct Step {
    share: Share,
    /// The edge that was gone along to enter the node, if it is one that was asked about.
    entered: Option<Option<FunctionId>>,
}

/// Whose a node's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// Not the functions' that were asked about.
    Outside,
    /// Their own.
    Own,
    /// Theirs, along this edge.
    Edge(Option<FunctionId>),
}

#[derive(Default)]
struct Sums {
    /// Calls and value by the function at the other end.
    edges: BTreeMap<Option<FunctionId>, (u64, u64)>,
    inclusive: u64,
    self_value: u64,
    calls: u64,
}

/// Dearest first, then most called, then by id: the same profile always prints the same list.
fn sorted(edges: BTreeMap<Option<FunctionId>, (u64, u64)>) -> Vec<Edge> {
    let mut edges: Vec<Edge> = edges
        .into_iter()
        .map(|(function, (calls, value))| Edge {
            function,
            calls,
            value,
        })
        .collect();
    edges.sort_by(|a, b| (b.value, b.calls, a.function).cmp(&(a.value, a.calls, b.function)));
    edges
}
