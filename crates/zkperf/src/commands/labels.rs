//! `zkperf top --by phase|tx|evm-opcode|evm-precompile|contract`.

use super::views::limit;
use crate::cli::{Global, TopArgs};
use crate::{exit, report};
use anyhow::{Context, Result};
use std::borrow::Cow;
use std::cmp::Reverse;
use zkperf_labels::{apportioned, opcodes_of_nodes, partition, Counted, Dimension, LabelError};
use zkperf_profile::{MeasureId, Partition, Profile, Row, Table};
use zkperf_report::{By, Division, Form, LabelParts, MeasureInfo, PartsOptions, ReportError};

/// All that divides a run, as tables: for each part its proving cost and what else is counted. Nothing for guests
/// that no labels are known of.
pub fn tables(profile: &Profile) -> Vec<Table> {
    let dimensions = Dimension::ALL.into_iter();
    dimensions
        .filter_map(|dimension| table(profile, dimension))
        .collect()
}

fn table(profile: &Profile, dimension: Dimension) -> Option<Table> {
    let cost = profile.proving_cost()?;
    let framed = framed(profile, dimension).ok()?;
    let divided = Divided::of(&framed, dimension).ok()?;
    let (costs, outside) = divided.parts.totals(&framed, cost);
    let counts = divided.parts.sums(&divided.counts);
    let info = MeasureInfo::of(profile, cost);
    let row = |label: &str, cost: u64, count: u64| Row {
        label: label.to_owned(),
        values: match divided.counted {
            Some(_) => vec![cost, count],
            None => vec![cost],
        },
    };
    let parts = divided.parts.values.iter().enumerate();
    let mut rows: Vec<Row> = parts
        .map(|(at, name)| row(name, costs[at], counts[at]))
        .collect();
    rows.sort_by_key(|row| Reverse(row.values[0]));
    rows.push(row(&format!("(in no {})", dimension.nouns().0), outside, 0));
    Some(Table {
        name: format!("by {}", dimension.nouns().0),
        columns: std::iter::once(info.node_unit)
            .chain(divided.counted.map(str::to_owned))
            .collect(),
        rows,
    })
}

/// A run divided, and what is counted of each node beside cost.
struct Divided {
    parts: Partition,
    counted: Option<&'static str>,
    counts: Vec<u64>,
}

impl Divided {
    fn of(profile: &Profile, dimension: Dimension) -> Result<Self, LabelError> {
        let parts = partition(profile, dimension)?;
        let (counted, counts) = match dimension.counted() {
            Counted::Nothing => (None, vec![0; profile.nodes.len()]),
            Counted::Entries(name) => (Some(name), parts.entries(profile)),
            Counted::Opcodes => (Some("EVM opcodes"), opcodes_of_nodes(profile)),
        };
        Ok(Self {
            parts,
            counted,
            counts,
        })
    }
}

/// The profile with the frames that a dimension goes by.
fn framed(profile: &Profile, dimension: Dimension) -> Result<Cow<'_, Profile>, ReportError> {
    if !wants_inlined(profile, dimension) {
        return Ok(Cow::Borrowed(profile));
    }
    // These dimensions go by names; contexts that labels tell apart would only multiply.
    let opened = zkperf_report::open(profile.clone().without_labels(), true)?;
    Ok(Cow::Owned(opened.profile))
}

fn wants_inlined(profile: &Profile, dimension: Dimension) -> bool {
    dimension.wants_inlined_frames() && profile.source.is_known()
}

/// What of the parts is not to be seen because the profile does not have it.
fn notes(profile: &Profile, dimension: Dimension) -> Vec<String> {
    if !dimension.wants_inlined_frames() {
        return Vec::new();
    }
    if !profile.source.is_known() {
        let why = zkperf_report::no_lines(profile);
        let (_, many) = dimension.nouns();
        return vec![format!(
            "Not all {many} are seen: those that begin in inlined code count for what is around them: {why}."
        )];
    }
    let each = profile.source.notes.iter();
    each.map(|note| format!("Of the ELF: {note}.")).collect()
}

/// What labels divide a run into, for a comparison: each dimension in the form of the profile that it goes by.
pub fn divide(profile: &Profile, form: Form, measure: MeasureId) -> Vec<LabelParts> {
    let dimensions = Dimension::ALL.into_iter();
    let wanted = dimensions.filter(|dimension| match form {
        Form::Opened => dimension.wants_inlined_frames(),
        Form::Made => !dimension.wants_inlined_frames(),
    });
    let parts = wanted.filter_map(|dimension| {
        let divided = Divided::of(profile, dimension).ok()?;
        let (costs, outside) = divided.parts.totals(profile, measure);
        let counts = divided.parts.sums(&divided.counts);
        let names = divided.parts.values.into_iter();
        Some(LabelParts {
            by: By {
                key: dimension.key().to_owned(),
                nouns: dimension.nouns(),
                about: dimension.about(),
                counted: divided.counted,
                outside: Some(format!("(in no {})", dimension.nouns().0)),
            },
            parts: names
                .zip(costs)
                .zip(counts)
                .map(|((name, cost), count)| (name, cost, count))
                .collect(),
            outside,
        })
    });
    parts.collect()
}

/// Lists the parts of a run.
///
/// # Errors
/// A profile that cannot be read, or has nothing of that kind; an unknown measure; a bad expression.
pub fn top(global: &Global, args: &TopArgs, dimension: Dimension) -> Result<()> {
    if args.inclusive {
        return Err(exit::usage(format!(
            "--by {} counts what a part costs with everything below it; leave out --inclusive",
            dimension.key()
        )));
    }
    let profile = Profile::load(&args.profile)?;
    let framed = framed(&profile, dimension)?;
    let divided = Divided::of(&framed, dimension).with_context(|| {
        format!(
            "cannot divide {} by {}",
            args.profile.display(),
            dimension.key()
        )
    })?;
    let by = Division {
        key: dimension.key().to_owned(),
        nouns: dimension.nouns(),
        about: dimension.about(),
        counted: divided.counted,
    };
    let options = PartsOptions {
        measure: args.measure.clone(),
        filter: args.filter.clone(),
        limit: limit(args.limit),
        notes: notes(&profile, dimension),
    };
    let inexact = match wants_inlined(&profile, dimension) {
        true => apportioned(&framed, dimension),
        false => 0,
    };
    let view = zkperf_report::parts(
        &framed,
        &divided.parts,
        by,
        (&divided.counts, inexact),
        &options,
    )?;
    report::view(global, &view, |style| view.render(style))
}
