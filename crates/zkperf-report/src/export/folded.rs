//! Folded stacks: a line a stack, its functions from the root separated by `;`, then its own value. What
//! `flamegraph.pl`, inferno, speedscope and many others read.

use zkperf_profile::{MeasureId, Profile};

use super::{abridged, name, paths, stack};

/// The profile as folded stacks of one measure; stacks without a value of their own are left out. Every stack
/// repeats its names, so type parameters of type parameters are `…`.
pub fn folded(profile: &Profile, measure: MeasureId) -> String {
    let column = profile.node_column(measure);
    let (paths, _) = paths(profile, &[&column]);
    // The separator must not stand in a name.
    let names: Vec<String> = (0..profile.functions.len() as u32)
        .map(|at| abridged(&name(profile, zkperf_profile::FunctionId(at))).replace(';', ":"))
        .collect();
    let mut out = String::new();
    for (at, path) in paths.iter().enumerate() {
        if path.values[0] == 0 {
            continue;
        }
        let stack = stack(&paths, at);
        let names: Vec<&str> = stack.iter().map(|f| names[f.0 as usize].as_str()).collect();
        out += &names.join(";");
        out += &format!(" {}\n", path.values[0]);
    }
    out
}
