//! Finding, growing and releasing memory.

use zkperf_profile::thousands;

use super::Ground;
use crate::finding::{Class, Evidence, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::implementations::last_segment;
use crate::ledger::Ledger;
use crate::origins::Origins;
use crate::view::View;

pub(crate) const NAME: &str = "allocation";

/// Claims what the allocator itself costs.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let mut origins = Origins::default();
    let (mut allocations, mut releases) = (0u64, 0u64);
    let (tops, below) = (view.outermost(Role::Allocate), below_entries(view));
    for node in ground.nodes() {
        if !view.nodes[node].is(Role::Allocate) || ledger.is_taken(node) {
            continue;
        }
        let taken = ledger.take(node);
        let function = view.function(node);
        let top = tops[node] as usize;
        let (calls, bytes) = if top == node {
            ground.asked(node)
        } else {
            (0, 0)
        };
        if is_entry(view, node) && !below[node] {
            let calls = view.profile.nodes[node].calls;
            match last_segment(&function.name) {
                "__rust_dealloc" | "dealloc" => releases = releases.saturating_add(calls),
                _ => allocations = allocations.saturating_add(calls),
            }
        }
        origins.add_caller(view, top, taken, calls, bytes);
    }
    let value = origins.value();
    if value == 0 {
        return Vec::new();
    }
    let (per_allocation, per_release) = view.facts.map_or((20, 3), |facts| facts.bump_instructions);
    let instructions = allocations
        .saturating_mul(per_allocation)
        .saturating_add(releases.saturating_mul(per_release));
    let bump = view.instructions(instructions);
    let saving = match value / 2 > bump && allocations > 0 {
        true => Saving::range(
            value.saturating_sub(bump.saturating_mul(2)),
            value - bump,
            view.total(),
            format!(
                "{} allocations at {per_allocation} instructions and {} releases at {per_release}, as a bump allocator \
                 takes, at the run's average of {} an instruction; up to twice that",
                thousands(allocations),
                thousands(releases),
                thousands(view.instruction_cost())
            ),
        ),
        false => Saving::unknown("the allocator is about as cheap as one that only moves a pointer; fewer calls save in proportion"),
    };
    let mut evidence = vec![Evidence {
        what: format!(
            "{} allocations, {} releases",
            thousands(allocations),
            thousands(releases)
        ),
        ..Evidence::default()
    }];
    evidence.extend(origins.evidence(view, 4));
    vec![Finding {
        rule: NAME,
        subject: String::new(),
        title: format!(
            "the allocator: {} allocations, {} releases",
            thousands(allocations),
            thousands(releases)
        ),
        class: Class::Memory,
        share: Share::of(value, view.total()),
        evidence,
        remedy: format!(
            "{}; allocate less often where it is asked most",
            view.facts.map_or("use an allocator that frees nothing", |facts| facts.allocator)
        ),
        places: origins.places(view, 4),
        saving,
        risk: Level::Medium,
        // Seen in guests/lean, attempt 004: SP1's `bump` gave 0.5 % where 2.2 to 2.7 % were expected, memcpy took the rest.
        risk_why: "an allocator that frees nothing needs memory for all that is ever allocated, and touches more of it; one that \
                   aligns buffers of bytes to nothing (SP1's bump) makes copies of them dearer, which may take most of the gain"
            .to_owned(),
        confidence: Level::Medium,
        check: ground.command("top", "--inclusive --filter 'alloc'"),
    }]
}

/// Whether a function is an entry of the global allocator, whichever name the zkVM gives it.
fn is_entry(view: &View, node: usize) -> bool {
    let name = &view.function(node).name;
    // Inlined, it has no calls of its own; what it calls then is the entry.
    view.profile.nodes[node].calls > 0
        && (name.contains("__rust_") || name.contains("GlobalAlloc>::"))
}

/// For each context whether it is below such an entry.
fn below_entries(view: &View) -> Vec<bool> {
    let mut below = vec![false; view.nodes.len()];
    for at in 1..view.nodes.len() {
        let parent = view.parent(at);
        below[at] =
            view.nodes[parent].is(Role::Allocate) && (below[parent] || is_entry(view, parent));
    }
    below
}
