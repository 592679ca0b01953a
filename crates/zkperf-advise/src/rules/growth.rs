//! Buffers that grow: other memory is found, and what is in them copied there.

use zkperf_profile::thousands;

use super::{calls_text, Ground};
use crate::finding::{Class, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::ledger::Ledger;
use crate::origins::Origins;

pub(crate) const NAME: &str = "buffer-growth";

/// Claims what makes buffers larger with all it calls: copies, the allocator, pages of the memory that is found.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let mut origins = Origins::default();
    let mut copied = 0;
    let tops = view.outermost(Role::Grow);
    for node in ground.nodes() {
        let facts = view.nodes[node];
        if !facts.is(Role::Grow) || ledger.is_taken(node) {
            continue;
        }
        let taken = ledger.take(node);
        let function = view.function(node);
        let is_copy = function.role == Role::Copy;
        copied += match facts.is(Role::Copy) {
            true => taken,
            false => 0,
        };
        let (calls, bytes) = if is_copy { ground.asked(node) } else { (0, 0) };
        origins.add_caller(view, tops[node] as usize, taken, calls, bytes);
    }
    let value = origins.value();
    if value == 0 {
        return Vec::new();
    }
    let bytes = match origins.bytes() {
        0 => String::new(),
        bytes => format!(", {} bytes", thousands(bytes)),
    };
    vec![Finding {
        rule: NAME,
        subject: String::new(),
        title: format!("buffers are copied because they grow{}{bytes}", calls_text(origins.calls())),
        class: Class::Memory,
        share: Share::of(value, view.total()),
        evidence: origins.evidence(view, 4),
        remedy: "reserve what is needed before filling: Vec::with_capacity, reserve, collect from an iterator that knows its \
                 length; read the input into a buffer of its size"
            .to_owned(),
        places: origins.places(view, 4),
        saving: Saving::range(
            copied + (value - copied) / 2,
            value,
            view.total(),
            "no buffer grows after it was made: no copies, and of finding memory at least half, since what grows finds \
             memory twice or more"
                .to_owned(),
        ),
        risk: Level::Low,
        risk_why: "too much reserved touches more memory".to_owned(),
        confidence: Level::High,
        check: ground.command("where", "realloc --all --depth 4"),
    }]
}
