//! Decoding and encoding.

use std::collections::BTreeMap;

use zkperf_profile::thousands;

use super::{calls_text, short_name, Ground};
use crate::finding::{Class, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::implementations::last_segment;
use crate::ledger::Ledger;
use crate::origins::Origins;

pub(crate) const NAME: &str = "serialization";

/// Claims what is left of decoders and encoders and of what they call: growth, clones and large copies are other
/// rules'; a few bytes copied are its own.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    // By kind: who codes, and the bytes that it moves itself.
    let mut by_kind: BTreeMap<&'static str, (Origins, u64)> = BTreeMap::new();
    let (read, written) = (view.column("bytes_read"), view.column("bytes_written"));
    for node in ground.nodes() {
        let function = view.function(node);
        if !view.nodes[node].is(Role::Codec) || ledger.is_taken(node) {
            continue;
        }
        let taken = ledger.take(node);
        let kind = kind(&view.function(view.nodes[node].owner as usize).name);
        let moves = if kind == "encoding" { &written } else { &read };
        let moved = moves.as_ref().map_or(0, |column| column[node]);
        let calls = if function.is_own {
            view.profile.nodes[node].calls
        } else {
            0
        };
        let (origins, bytes) = by_kind.entry(kind).or_default();
        origins.add(view, node, taken, calls, 0);
        *bytes += moved;
    }
    let kinds = by_kind
        .into_iter()
        .filter(|(_, (origins, _))| origins.value() > 0);
    kinds
        .map(|(kind, (origins, bytes))| finding(ground, kind, &origins, bytes))
        .collect()
}

fn kind(name: &str) -> &'static str {
    let last = last_segment(name);
    if name.contains("rkyv") {
        "rkyv"
    } else if last.starts_with("encode")
        || last == "length"
        || name.contains("RLPEncode>")
        || name.contains("::encode::")
    {
        "encoding"
    } else {
        "decoding"
    }
}

/// `bytes` is what its own code reads (decoding) or writes (encoding).
fn finding(ground: &Ground<'_>, kind: &'static str, origins: &Origins, bytes: u64) -> Finding {
    let view = ground.view;
    let words = bytes / view.word_bytes();
    let moved = view.instructions(words.saturating_mul(2));
    let value = origins.value();
    let dearest = origins
        .sorted()
        .first()
        .map_or("", |origin| origin.owner(view));
    let remedy = match kind {
        "encoding" => {
            "do not encode again what arrived encoded: keep the bytes beside the value, and encode only what was changed"
        }
        _ => {
            "decode only what is used, where it lies: keep offsets into the input instead of a tree of values; check a \
             value's length once"
        }
    };
    Finding {
        rule: NAME,
        subject: kind.to_owned(),
        title: format!(
            "{kind}: own cost of codecs, {} first{}",
            short_name(dearest),
            calls_text(origins.calls())
        ),
        class: Class::Algorithm,
        share: Share::of(value, view.total()),
        evidence: origins.evidence(view, 4),
        remedy: remedy.to_owned(),
        places: origins.places(view, 4),
        saving: Saving::all_but(
            moved,
            value,
            view.total(),
            format!(
                "what is there already is taken as it is: at worst its {} words are copied, a load and a store each",
                thousands(words)
            ),
        ),
        risk: Level::Medium,
        risk_why: "malformed input must still be refused".to_owned(),
        confidence: Level::Medium,
        check: ground.command("annotate", &super::quoted(dearest)),
    }
}
