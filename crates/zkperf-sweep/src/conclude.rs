//! What comes of the settings that were tried: front, winners, what makes them permanent.

use crate::combine::{joint_ratio, ratio_within};
use crate::drive::Lane;
use crate::pareto;
use crate::record::Figures;
use crate::report::{Axis, Best, CellState, Permanent, Row};
use crate::setting::Setting;
use crate::target::Target;

/// Marks the settings on the front, and says how dear each is beside the baseline.
pub(crate) fn rate(rows: &mut [Row], baseline: &[u64]) {
    let points: Vec<Option<Vec<u64>>> = rows.iter().map(Row::costs).collect();
    let on = pareto::front(&points);
    for ((row, on), costs) in rows.iter_mut().zip(on).zip(&points) {
        row.front = on;
        row.ratio = costs.as_ref().map(|costs| joint_ratio(costs, baseline));
    }
}

/// The cheapest setting for each zkVM, whatever it is on others, and of several for all of them.
pub(crate) fn best(rows: &[Row], lanes: &[Lane], baseline: &[u64]) -> Vec<Best> {
    let count = lanes.len();
    let alone = (0..count).map(|at| (Some(at), at..at + 1));
    let all = (count > 1).then_some((None, 0..count));
    let find = |(lane, range): (Option<usize>, std::ops::Range<usize>)| {
        let ratio = |row: &Row| ratio_within(&row.costs_alone(), baseline, range.clone());
        let rated = rows.iter().filter_map(|row| Some((row, ratio(row)?)));
        // Of equals the first, which is the baseline or sets the least.
        let (row, ratio) = rated.min_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let cells = row.cells.get(range.clone())?.iter().zip(&lanes[range]);
        Some(Best {
            zkvm: lane.map(|at| lanes[at].target.zkvm.clone()),
            setting: row.name.clone(),
            ratio,
            permanent: cells
                .filter(|(cell, _)| !cell.built.is_baseline())
                .map(|(cell, lane)| permanent(&cell.built, &lane.target))
                .collect(),
        })
    };
    alone.chain(all).filter_map(find).collect()
}

fn permanent(built: &Setting, target: &Target) -> Permanent {
    let line = |(key, value): (&str, String)| format!("{key} = {value}");
    Permanent {
        zkvm: target.zkvm.clone(),
        profile_release: built.cargo_profile().into_iter().map(line).collect(),
        profile_place: target.profile_place.clone(),
        rustflags: built.rustflags(),
        flags_place: target.flags_place.clone(),
    }
}

/// zkVMs whose ELF never changed although something was set.
pub(crate) fn ignored(rows: &[Row], lanes: &[Lane]) -> Vec<String> {
    let is_ignored = |at: usize| {
        let cells = || rows.iter().filter_map(|row| row.cells.get(at));
        let baseline = cells().next().and_then(|cell| cell.elf_sha256.as_ref());
        let is_set = |cell: &&crate::report::Cell| {
            !cell.built.is_baseline() && cell.state != CellState::Pending
        };
        let elves = || cells().filter(is_set).map(|cell| cell.elf_sha256.as_ref());
        elves().next().is_some() && elves().all(|elf| elf == baseline)
    };
    let named = lanes.iter().enumerate();
    let ignored = named.filter(|(at, _)| is_ignored(*at));
    ignored.map(|(_, lane)| lane.target.zkvm.clone()).collect()
}

/// What is compared.
pub(crate) fn axes(lanes: &[Lane], baseline: &[u64]) -> Vec<Axis> {
    let axis = |(lane, cost): (&Lane, &u64)| {
        let first = lane.baseline.first();
        let of = |text: fn(&Figures) -> &String| first.map(text).cloned().unwrap_or_default();
        Axis {
            zkvm: lane.target.zkvm.clone(),
            engine: lane.engine.clone(),
            measure: of(|figures| &figures.measure),
            unit: of(|figures| &figures.unit),
            baseline: *cost,
            inputs: lane.inputs.clone(),
        }
    };
    lanes.iter().zip(baseline).map(axis).collect()
}
