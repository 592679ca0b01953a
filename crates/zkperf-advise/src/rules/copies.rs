//! memcpy, memmove, memset and memcmp, by who calls them.

use zkperf_profile::thousands;

use super::{calls_text, short_name, Ground, REFERENCE_INSTRUCTIONS};
use crate::finding::{Class, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::ledger::Ledger;
use crate::origins::{Origin, Origins};

pub(crate) const NAME: &str = "memory-copies";

/// Subject of what many small origins cost together.
pub(crate) const OTHERS: &str = "others";

/// Share of the run from which an origin is a finding of its own: 1 in so many.
const WORTH_ITS_OWN: u64 = 100;

/// Bytes up to which copying is a few loads and stores.
const SMALL: u64 = 64;

/// How many such findings there are at most.
const MOST: usize = 3;

/// Claims memory functions' own cost; pages that they touch are another rule's.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let roles = [Role::Copy, Role::Fill, Role::Compare];
    let mut origins = Origins::default();
    for node in ground.nodes() {
        let facts = view.nodes[node];
        let function = view.function(node);
        if !roles.iter().any(|role| facts.is(*role)) || ledger.is_taken(node) {
            continue;
        }
        if (facts.is(Role::Codec) || facts.is(Role::Input)) && is_small(ground, node) {
            continue;
        }
        let taken = ledger.take(node);
        let asked = roles.contains(&function.role);
        let (calls, bytes) = if asked { ground.asked(node) } else { (0, 0) };
        origins.add(view, node, taken, calls, bytes);
    }
    let sorted = origins.sorted();
    let large = |origin: &&Origin| origin.value >= view.total() / WORTH_ITS_OWN;
    let own: Vec<&Origin> = sorted.iter().take(MOST).take_while(large).collect();
    let mut findings: Vec<Finding> = own.iter().map(|origin| of_origin(ground, origin)).collect();
    let rest = &sorted[own.len()..];
    findings.extend(of_rest(ground, rest, origins.calls()));
    findings
}

/// Whether all that a context copies are a few words: field by field, as codecs do, or byte by byte as
/// they are read, which is for those to answer.
fn is_small(ground: &Ground<'_>, node: usize) -> bool {
    let size = ground.view.size_of(node, ground.size_label);
    size.is_some_and(|bytes| bytes <= SMALL)
}

/// What the copies from one place would save: values handed over by reference, small ones moved word by word.
fn saving(ground: &Ground<'_>, origin: &Origin, each: u64) -> Saving {
    let view = ground.view;
    if each == 0 || !matches!(called(ground, origin), "memcpy" | "memmove") {
        return Saving::at_most(
            origin.value,
            view.total(),
            "none of these copies is made; what takes their place is not counted",
        );
    }
    let (instructions, instead) = match each {
        0..=SMALL => (
            2 * each.div_ceil(view.word_bytes()),
            "a load and a store a word",
        ),
        _ => (REFERENCE_INSTRUCTIONS, "a reference"),
    };
    Saving::all_but(
        view.instructions(instructions.saturating_mul(origin.calls)),
        origin.value,
        view.total(),
        format!(
            "none of {} copies is made; at worst each becomes {instead}, {instructions} instructions",
            thousands(origin.calls)
        ),
    )
}

fn of_origin(ground: &Ground<'_>, origin: &Origin) -> Finding {
    let view = ground.view;
    let name = short_name(origin.owner(view));
    let each = origin.bytes.checked_div(origin.calls).unwrap_or(0);
    let size = match each {
        0 => String::new(),
        each => format!(" of {} bytes on the average", thousands(each)),
    };
    Finding {
        rule: NAME,
        subject: name.clone(),
        title: format!(
            "{} copies or fills{size} from {name}",
            thousands(origin.calls)
        ),
        class: Class::Memory,
        share: Share::of(origin.value, view.total()),
        evidence: vec![origin.evidence(view)],
        remedy: remedy(each),
        places: origin.place(view).into_iter().collect(),
        saving: saving(ground, origin, each),
        risk: Level::Low,
        risk_why: "a value's layout changes, not what is computed".to_owned(),
        confidence: Level::High,
        check: ground.command("where", &format!("{} --depth 4", called(ground, origin))),
    }
}

/// What a small or a large copy usually is.
fn remedy(each: u64) -> String {
    match each {
        0..=SMALL => {
            "small copies cost mostly the call: build the value in its place (no array made by a closure and then moved), \
             keep it behind a reference, or copy words by assignment so that the compiler inlines it"
        }
        65..=1023 => "values this large are moved by copying: box them, pass them by reference, build them where they stay",
        _ => "copies of whole buffers: read from where the bytes are (slices, Bytes), and hand over the buffer",
    }
    .to_owned()
}

fn called(ground: &Ground<'_>, origin: &Origin) -> &'static str {
    match crate::implementations::last_segment(origin.called(ground.view)) {
        "memset" => "memset",
        "memcmp" => "memcmp",
        "memmove" => "memmove",
        _ => "memcpy",
    }
}

fn of_rest(ground: &Ground<'_>, rest: &[Origin], all_calls: u64) -> Option<Finding> {
    let view = ground.view;
    let value: u64 = rest.iter().map(|origin| origin.value).sum();
    let calls: u64 = rest
        .iter()
        .fold(0, |sum: u64, origin| sum.saturating_add(origin.calls));
    (value > 0).then(|| Finding {
        rule: NAME,
        subject: OTHERS.to_owned(),
        title: format!(
            "copies, fills and comparisons of memory from {} {}places{}",
            thousands(rest.len() as u64),
            if calls < all_calls { "other " } else { "" },
            calls_text(calls)
        ),
        class: Class::Memory,
        share: Share::of(value, view.total()),
        evidence: rest
            .iter()
            .take(4)
            .map(|origin| origin.evidence(view))
            .collect(),
        remedy: "look at the largest of them".to_owned(),
        places: rest
            .iter()
            .take(4)
            .filter_map(|origin| origin.place(view))
            .collect(),
        saving: Saving::unknown("many small causes"),
        risk: Level::Low,
        risk_why: "a value's layout changes, not what is computed".to_owned(),
        confidence: Level::Medium,
        check: ground.command("where", "memcpy --depth 3 -n 30"),
    })
}
