//! What releases memory, shared out among what allocated it.
//!
//! Who allocated what is released is not recorded. So the cost of releasing is shared out as the allocator's cost of finding
//! memory is: what clones and text had allocated is released again, too, and goes with them.

use super::Ground;
use crate::function::Role;
use crate::ledger::Ledger;
use crate::origins::Origins;
use crate::view::View;

/// What the allocator spends on finding memory, in node units of the proving cost.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Found {
    /// For text.
    pub text: u64,
    /// For everything.
    pub all: u64,
}

/// Whether a context finds memory, as against releasing it.
pub(crate) fn finds(view: &View, node: usize) -> bool {
    let facts = view.nodes[node];
    let moves = [Role::Free, Role::Copy, Role::Fill];
    facts.is(Role::Allocate) && !moves.iter().any(|role| facts.is(*role))
}

/// Sums over the run.
pub(crate) fn found(view: &View) -> Found {
    let cost = view.profile.node_column(view.cost);
    let mut found = Found::default();
    for node in (0..view.nodes.len()).filter(|&node| finds(view, node)) {
        found.all += cost[node];
        if view.nodes[node].is(Role::Format) {
            found.text += cost[node];
        }
    }
    found
}

/// Takes `part` of `whole` of what is left of all releases, on behalf of the code that releases.
pub(crate) fn take(
    ground: &Ground<'_>,
    ledger: &mut Ledger,
    (part, whole): (u64, u64),
    origins: &mut Origins,
) {
    let view = ground.view;
    if part == 0 || whole == 0 {
        return;
    }
    for node in ground.nodes() {
        if view.nodes[node].is_release() {
            let taken = ledger.take_share(node, part, whole);
            if taken > 0 {
                origins.add(view, node, taken, 0, 0);
            }
        }
    }
}
