//! Functions by what people type.

use regex::RegexBuilder;
use zkperf_profile::{Completeness, FunctionId, MeasureId, Origin, Profile};

use crate::error::ReportError;
use crate::names::without_hash;

/// How many candidates an error lists.
const LISTED: usize = 20;
/// How many look-alikes an error lists.
const CLOSEST: usize = 5;

/// The functions that `pattern` means, dearest first by inclusive value of `measure`.
///
/// The first of these that finds anything decides: the exact name (with or without hash), symbol or
/// address (`0x80001234`); a part of the name, in upper or lower case; a regular expression. Several
/// functions are an error unless `all` are wanted; they are then taken as one.
///
/// # Errors
/// [`ReportError::Imported`], [`ReportError::Ambiguous`] with the candidates, or [`ReportError::UnknownFunction`] with names
/// that look alike.
pub fn find_functions(
    profile: &Profile,
    pattern: &str,
    measure: MeasureId,
    all: bool,
) -> Result<Vec<FunctionId>, ReportError> {
    if matches!(profile.completeness, Completeness::Imported { .. }) {
        let pattern = pattern.to_owned();
        return Err(ReportError::Imported { pattern });
    }
    let mut found = exact(profile, pattern);
    if found.is_empty() && !pattern.is_empty() {
        let wanted = pattern.to_lowercase();
        found = matching(profile, |name| name.to_lowercase().contains(&wanted));
    }
    if found.is_empty() && !pattern.is_empty() {
        if let Ok(regex) = RegexBuilder::new(pattern).case_insensitive(true).build() {
            found = matching(profile, |name| regex.is_match(name));
        }
    }
    if found.is_empty() {
        let pattern = pattern.to_owned();
        let closest = closest(profile, &pattern);
        return Err(ReportError::UnknownFunction { pattern, closest });
    }
    if found.len() > 1 {
        let inclusive = profile.inclusive_by_function(measure);
        found.sort_by_key(|f| (std::cmp::Reverse(inclusive[f.0 as usize]), *f));
    }
    if found.len() > 1 && !all && !is_one_function(profile, &found) {
        let name = |f: &FunctionId| {
            let function = &profile.functions[f.0 as usize];
            let same = |other: &&FunctionId| profile.function_name(**other) == function.name;
            match function.address {
                // The address is the only full name that such functions have.
                Some(address) if found.iter().filter(same).count() > 1 => {
                    format!("{} (0x{address:x})", function.name)
                }
                _ => function.name.clone(),
            }
        };
        return Err(ReportError::Ambiguous {
            pattern: pattern.to_owned(),
            count: found.len(),
            candidates: found.iter().take(LISTED).map(name).collect(),
        });
    }
    Ok(found)
}

/// Whether all are one function of the source: compiled once, and inlined elsewhere.
fn is_one_function(profile: &Profile, found: &[FunctionId]) -> bool {
    let function = |id: &FunctionId| &profile.functions[id.0 as usize];
    let name = without_hash(&function(&found[0]).name);
    let compiled = |id: &&FunctionId| function(id).origin != Origin::Inlined;
    found.iter().filter(compiled).count() <= 1
        && found
            .iter()
            .all(|id| without_hash(&function(id).name) == name)
}

fn exact(profile: &Profile, pattern: &str) -> Vec<FunctionId> {
    let address = pattern
        .strip_prefix("0x")
        .and_then(|hex| u64::from_str_radix(hex, 16).ok());
    let is = |test: &dyn Fn(&zkperf_profile::Function) -> bool| -> Vec<FunctionId> {
        let functions = profile.functions.iter().enumerate();
        functions
            .filter(|(_, f)| test(f))
            .map(|(at, _)| FunctionId(at as u32))
            .collect()
    };
    // In full before without hash: the candidates of an error must be answers to it.
    let found = is(&|f| f.name == pattern || (!f.symbol.is_empty() && f.symbol == pattern));
    if !found.is_empty() {
        return found;
    }
    is(&|f| without_hash(&f.name) == pattern || (address.is_some() && f.address == address))
}

fn matching(profile: &Profile, test: impl Fn(&str) -> bool) -> Vec<FunctionId> {
    let functions = profile.functions.iter().enumerate();
    functions
        .filter(|(_, f)| test(&f.name))
        .map(|(at, _)| FunctionId(at as u32))
        .collect()
}

/// Names that look like what was typed: as a whole, or in their last segment or two.
fn closest(profile: &Profile, pattern: &str) -> Vec<String> {
    let wanted = pattern.to_lowercase();
    let likeness = |name: &str| {
        let name = without_hash(name).to_lowercase();
        let mut ends = name.rmatch_indices("::").map(|(at, _)| &name[at + 2..]);
        [Some(&*name), ends.next(), ends.next()]
            .into_iter()
            .flatten()
            .map(|end| strsim::normalized_damerau_levenshtein(end, &wanted))
            .fold(0.0, f64::max)
    };
    let mut names: Vec<(f64, &str)> = profile
        .functions
        .iter()
        .map(|f| (likeness(&f.name), f.name.as_str()))
        .filter(|&(likeness, _)| likeness >= 0.4)
        .collect();
    names.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    names.dedup();
    names
        .into_iter()
        .take(CLOSEST)
        .map(|(_, name)| name.to_owned())
        .collect()
}
