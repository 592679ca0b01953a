//! Why a question to a profile has no answer.

use zkperf_profile::thousands;

/// A question that names something the profile does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// No measure of that name.
    #[error("no measure named {name:?}; this profile has: {}", known.join(", "))]
    UnknownMeasure {
        /// What was asked for.
        name: String,
        /// The measures there are.
        known: Vec<String>,
    },
    /// The profile has no proving-cost measure to fall back to.
    #[error("this imported profile names no proving cost; choose a measure: {}", known.join(", "))]
    NoProvingCost {
        /// The measures there are.
        known: Vec<String>,
    },
    /// The profile knows no source lines.
    #[error("this profile has no source lines: {}", no_lines_text(notes))]
    NoLines {
        /// What is missing and what helps.
        notes: Vec<String>,
    },
    /// Inlined code as contexts of its own would not fit.
    #[error(
        "with inlined code as contexts of its own, the call tree can have more than {} contexts; look at functions of the \
         ELF only: leave out --inlined, give --physical, or --asm for annotate", thousands(*limit as u64)
    )]
    TooManyFrames {
        /// How many there may be.
        limit: usize,
    },
    /// Stacks that are too long to be written out one by one.
    #[error(
        "written out one by one, the stacks of this profile take {} bytes, and zkperf writes {} at most; choose \
         callgrind or firefox, which share what stacks have in common", thousands(*bytes), thousands(*limit)
    )]
    StacksTooLong {
        /// What they take.
        bytes: u64,
        /// What they may take.
        limit: u64,
    },
    /// Two profiles of which no difference can be drawn.
    #[error("no difference of these two profiles can be drawn: {reason}")]
    NotComparable {
        /// Why.
        reason: String,
    },
    /// A filter that is not a regular expression.
    #[error("{pattern:?} is not a regular expression: {reason}; put a backslash before ( ) [ ] {{ }} . * + ? | ^ $ to mean them literally")]
    Pattern {
        /// What was asked for.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An imported profile has no functions of its own.
    #[error("the profile was imported from another tool's report and has no call tree, so no function {pattern:?} to look at; profile the guest with zkperf profile")]
    Imported {
        /// What was asked for.
        pattern: String,
    },
    /// No function of that name.
    #[error("no function matches {pattern:?}{}", closest_text(closest))]
    UnknownFunction {
        /// What was asked for.
        pattern: String,
        /// Full names that look alike, closest first.
        closest: Vec<String>,
    },
    /// More than one function of that name.
    #[error("{pattern:?} matches {count} functions; name one of them in full, or take them all as one (--all):{}", list(candidates, *count))]
    Ambiguous {
        /// What was asked for.
        pattern: String,
        /// How many there are.
        count: usize,
        /// Full names, dearest first; at most twenty.
        candidates: Vec<String>,
    },
}

fn no_lines_text(notes: &[String]) -> String {
    match notes {
        [] => "it was made by an older zkperf, or imported; make it again with `zkperf profile`"
            .to_owned(),
        _ => notes.join("; "),
    }
}

fn closest_text(closest: &[String]) -> String {
    match closest {
        [] => "; list the functions with top".to_owned(),
        _ => format!("; closest:{}", list(closest, closest.len())),
    }
}

fn list(names: &[String], count: usize) -> String {
    let mut text: String = names
        .iter()
        .map(|name| format!("\n  {}", crate::names::candidate(name)))
        .collect();
    if count > names.len() {
        text += &format!("\n  and {} more", count - names.len());
    }
    text
}
