//! What a circuit would save: what portable code cost, less what the same work costs through the circuit.

use zkperf_profile::thousands;

use crate::finding::Saving;
use crate::operation::Operation;
use crate::usage::Usage;
use crate::view::View;

/// Words that Keccak-256 takes in for each permutation: its rate is 136 bytes.
const KECCAK_RATE_BYTES: u64 = 136;

/// Instructions to take in a word: load it, load the state's, xor, store; and the loop's share.
pub(crate) const ABSORB_INSTRUCTIONS: u64 = 6;

/// What the portable code of an operation would save on the zkVM's circuit.
pub(crate) fn accelerating(view: &View, operation: Operation, usage: &Usage) -> Saving {
    let Some(available) = view.facts.and_then(|facts| facts.available(operation)) else {
        return Saving::unknown("this version of the zkVM has no circuit for it");
    };
    let Some(price) = available.price else {
        return Saving::unknown(
            "no guest that does it on this zkVM's circuits was measured yet; the whole share is the bound",
        );
    };
    let units = match operation {
        Operation::Jumpdests => usage.bytes_read,
        _ => usage.units.max(usage.blocks),
    };
    if units == 0 {
        return Saving::unknown(
            "the units of work cannot be counted: the function that does one of them was inlined",
        );
    }
    let total = view.total();
    let (least, most) = match operation {
        // Padding and taking in the input stay in software: at best word by word, at worst as the portable code does it.
        Operation::Keccak256 => {
            let words = KECCAK_RATE_BYTES / view.word_bytes();
            let absorb = view.instructions(words * ABSORB_INSTRUCTIONS);
            let around = usage.portable - usage.units_cost.min(usage.portable);
            (
                units.saturating_mul(price.low.saturating_add(absorb)),
                units.saturating_mul(price.high).saturating_add(around),
            )
        }
        _ => (
            units.saturating_mul(price.low),
            units.saturating_mul(price.high),
        ),
    };
    let method = format!(
        "{} x {} at {} to {}: {}",
        thousands(units),
        price.unit,
        thousands(price.low),
        thousands(price.high),
        price.source
    );
    Saving::range(
        usage.portable.saturating_sub(most),
        usage.portable.saturating_sub(least),
        total,
        method,
    )
}

/// What word-wise absorption of blocks would save of the glue round a hash's circuit.
pub(crate) fn absorbing_by_words(view: &View, permutations: u64, glue: u64) -> Saving {
    let words = KECCAK_RATE_BYTES / view.word_bytes();
    let each = view.instructions(words * ABSORB_INSTRUCTIONS);
    // At worst, unaligned input is first copied to an aligned buffer, and calls and padding stay as they are.
    let most = permutations.saturating_mul(each.saturating_mul(2));
    let least = permutations.saturating_mul(each);
    if glue <= most {
        return Saving::unknown("the glue is already near what taking in whole words costs");
    }
    let method = format!(
        "{} blocks of {words} words taken in by {ABSORB_INSTRUCTIONS} instructions a word at the run's average of {} an \
         instruction; twice that if input is copied to an aligned buffer first",
        thousands(permutations),
        thousands(view.instruction_cost()),
    );
    Saving::range(glue - most, glue - least, view.total(), method)
}
