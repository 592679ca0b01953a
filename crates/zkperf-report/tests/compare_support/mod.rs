//! Pairs of profiles to compare.

use zkperf_profile::{example, MeasureId, Node, Partition, Profile, ProfileData};
use zkperf_report::{By, CompareOptions, Form, LabelParts, Pair, Prepared};

/// Divisions that every pair of examples has in the measure that was asked for.
pub const DIVIDED: [&str; 6] = ["function", "crate", "module", "file", "line", "phase"];

/// The example of another ELF, changed.
pub fn profile(elf: &str, change: impl FnOnce(&mut ProfileData)) -> Profile {
    let mut data = example::small();
    data.run.elf.sha256 = elf.repeat(32);
    change(&mut data);
    Profile::new(data).expect("it closes")
}

/// Adds to the opcodes of `main` itself.
pub fn dearer(data: &mut ProfileData, opcodes: i64) {
    let add = |value: &mut u64| *value = value.checked_add_signed(opcodes).unwrap();
    add(&mut data.node_values[1][2]);
    let pc = data.pcs.iter().position(|pc| pc.address == Some(0x2004));
    add(&mut data.pc_values[1][pc.unwrap()]);
    add(&mut data.measures[1].total);
    add(&mut data.measures[4].total);
}

/// The example with other steps and opcodes at some nodes, and with other names.
pub fn varied(
    elf: &str,
    values: &[(usize, u64)],
    mut rename: impl FnMut(&str) -> String,
) -> Profile {
    profile(elf, |data| {
        for function in &mut data.functions {
            function.name = rename(&function.name);
        }
        for &(node, value) in values {
            // The root and the base have no code.
            if ![0, 8].contains(&node) {
                data.node_values[0][node] = value;
                data.node_values[1][node] = value.wrapping_mul(31) % 1_000_003;
            }
        }
        let owned = data.clone();
        for (column, values) in data.pc_values.iter_mut().enumerate() {
            for (at, pc) in owned.pcs.iter().enumerate() {
                let nodes = owned.nodes.iter().zip(&owned.node_values[column]);
                let of_function = nodes.filter(|(node, _)| node.function == pc.function);
                let sum: u64 = of_function.map(|(_, value)| value).sum();
                let first = owned
                    .pcs
                    .iter()
                    .position(|other| other.function == pc.function);
                let last = owned
                    .pcs
                    .iter()
                    .rposition(|other| other.function == pc.function);
                values[at] = match (first == last, first == Some(at)) {
                    (true, _) => sum,
                    (false, true) => sum / 3,
                    (false, false) => sum - sum / 3,
                };
            }
            data.measures[column].total = owned.node_values[column].iter().sum();
        }
        data.measures[3].total = 62 * data.measures[0].total;
        data.measures[4].total = (1..4).map(|at| data.measures[at].total).sum();
        data.unattributed.clear();
    })
}

/// Divides by the example's label.
fn divide(profile: &Profile, form: Form, measure: MeasureId) -> Vec<LabelParts> {
    if form == Form::Opened {
        return Vec::new();
    }
    let own = |node: &Node| profile.label_of(node, "phase").map(str::to_owned);
    let partition = Partition::of(profile, own);
    let (totals, outside) = partition.totals(profile, measure);
    let parts = partition.values.iter().zip(totals);
    vec![LabelParts {
        by: By {
            key: "phase".into(),
            nouns: ("phase", "phases"),
            about: "",
            counted: None,
            outside: Some("(in no phase)".into()),
        },
        parts: parts
            .map(|(name, value)| (name.clone(), value, 0))
            .collect(),
        outside,
    }]
}

pub fn pair_in(before: &Profile, after: &Profile, measure: Option<&str>) -> Pair {
    let prepare = |profile: &Profile| Prepared::new(profile.clone(), measure, &divide).unwrap();
    Pair::of(
        &prepare(before),
        &prepare(after),
        ["a.zkp".into(), "b.zkp".into()],
    )
}

pub fn pair(before: &Profile, after: &Profile, files: [&str; 2]) -> Pair {
    let prepare = |profile: &Profile| Prepared::new(profile.clone(), None, &divide).unwrap();
    Pair::of(&prepare(before), &prepare(after), files.map(str::to_owned))
}

pub fn pair_of(before: &Profile, after: &Profile) -> Pair {
    pair_in(before, after, None)
}

pub fn options(limit: Option<usize>) -> CompareOptions {
    CompareOptions {
        limit,
        ..Default::default()
    }
}
