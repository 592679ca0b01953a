//! The call tree, from the root down, as far as it matters.

use std::collections::HashMap;

use serde::Serialize;
use zkperf_profile::{thousands, FunctionId, Origin, Profile};

use crate::about::{choose_measure, FunctionInfo, MeasureInfo, RunInfo, UnattributedInfo};
use crate::error::ReportError;
use crate::grid::Grid;
use crate::listed::own_cells;
use crate::names::elide;
use crate::style::{counted, percent, Style};

/// What to show.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeOptions {
    /// Name of the measure; the proving cost if none is given.
    pub measure: Option<String>,
    /// Contexts below this share of the run, in per cent, are summed up.
    pub min_percent: f64,
    /// How deep at most; all if not given.
    pub depth: Option<usize>,
}

/// The call tree: `zkperf-tree/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tree {
    /// `zkperf-tree/1`.
    pub schema: &'static str,
    /// Which run.
    pub run: RunInfo,
    /// What is counted.
    pub measure: MeasureInfo,
    /// Contexts below this share of the run, in per cent, are summed up.
    pub min_percent: f64,
    /// How deep at most.
    pub depth: Option<usize>,
    /// Depth first, dearest callee first. The `self_value`s and `pruned.value`s add up to `measure.sum`.
    pub rows: Vec<TreeRow>,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
}

/// A calling context. Calls of one function from several places of its caller are one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TreeRow {
    /// How far below the root.
    pub depth: usize,
    /// The function.
    pub function: FunctionInfo,
    /// With everything it calls in this context.
    pub inclusive: u64,
    /// The same in `measure.unit`, rounded.
    pub inclusive_in_unit: f64,
    /// The same in per cent of the run.
    pub inclusive_percent: f64,
    /// Its own instructions in this context.
    pub self_value: u64,
    /// The same in `measure.unit`, rounded.
    pub self_in_unit: f64,
    /// How often it was entered in this context; 0 for inlined code, which is not entered.
    pub calls: u64,
    /// Callees that are not shown.
    pub pruned: Pruned,
}

/// What is not shown of a context's callees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Pruned {
    /// How many contexts, at all depths below.
    pub contexts: u64,
    /// What they cost.
    pub value: u64,
    /// The same in `measure.unit`, rounded.
    pub value_in_unit: f64,
}

/// A context with the call sites of one caller merged.
struct Merged {
    function: FunctionId,
    parent: usize,
    own: u64,
    inclusive: u64,
    calls: u64,
    /// How many contexts, itself and below.
    contexts: u64,
    children: Vec<usize>,
}

/// Bytes that all rows together take, at most: a hostile tree can have a million contexts above any share of the run, and
/// names can be long. What does not fit is summed up.
const MOST_TEXT: usize = 256 << 20;

/// Deeper rows than this are not indented further, but say how deep they are.
const DEEPEST: usize = 60;

/// The call tree down to a share of the run.
///
/// # Errors
/// An unknown measure.
pub fn tree(profile: &Profile, options: &TreeOptions) -> Result<Tree, ReportError> {
    let measure = choose_measure(profile, options.measure.as_deref())?;
    let info = MeasureInfo::of(profile, measure);
    let merged = merge_sites(profile, &profile.node_column(measure));
    let shown = |at: usize, depth: usize| {
        let share = merged[at].inclusive as f64 * 100.0 / info.sum.max(1) as f64;
        share >= options.min_percent && depth <= options.depth.unwrap_or(usize::MAX)
    };
    let mut rows = Vec::new();
    let mut left = MOST_TEXT;
    let mut stack = vec![(0usize, 0usize)];
    while let Some((at, depth)) = stack.pop() {
        let node = &merged[at];
        let mut pruned = Pruned::default();
        // The dearest is pushed last, to come first.
        for &child in node.children.iter().rev() {
            // A row has the name, the name without hash and the symbol.
            let function = &profile.functions[merged[child].function.0 as usize];
            let text = 2 * function.name.len() + function.symbol.len() + size_of::<TreeRow>();
            if shown(child, depth + 1) && text <= left {
                left -= text;
                stack.push((child, depth + 1));
            } else {
                pruned.contexts += merged[child].contexts;
                pruned.value += merged[child].inclusive;
            }
        }
        pruned.value_in_unit = info.in_unit(pruned.value);
        rows.push(TreeRow {
            depth,
            function: FunctionInfo::of(profile, node.function),
            inclusive: node.inclusive,
            inclusive_in_unit: info.in_unit(node.inclusive),
            inclusive_percent: percent(node.inclusive, info.sum),
            self_value: node.own,
            self_in_unit: info.in_unit(node.own),
            calls: node.calls,
            pruned,
        });
    }
    Ok(Tree {
        schema: "zkperf-tree/1",
        run: RunInfo::of(profile),
        min_percent: options.min_percent,
        depth: options.depth,
        rows,
        measure: info,
        unattributed: UnattributedInfo::of(profile),
    })
}

fn merge_sites(profile: &Profile, own: &[u64]) -> Vec<Merged> {
    let mut merged: Vec<Merged> = Vec::new();
    let mut known: HashMap<(usize, FunctionId), usize> = HashMap::new();
    let mut place: Vec<usize> = Vec::with_capacity(profile.nodes.len());
    for (at, node) in profile.nodes.iter().enumerate() {
        let parent = if at == 0 {
            usize::MAX
        } else {
            place[node.parent.0 as usize]
        };
        let index = *known.entry((parent, node.function)).or_insert_with(|| {
            merged.push(Merged {
                function: node.function,
                parent,
                own: 0,
                inclusive: 0,
                calls: 0,
                contexts: 1,
                children: Vec::new(),
            });
            merged.len() - 1
        });
        place.push(index);
        merged[index].own += own[at];
        merged[index].calls += node.calls;
    }
    for at in (0..merged.len()).rev() {
        merged[at].inclusive += merged[at].own;
        let (parent, inclusive, contexts) = {
            let node = &merged[at];
            (node.parent, node.inclusive, node.contexts)
        };
        if let Some(parent) = merged.get_mut(parent) {
            parent.inclusive += inclusive;
            parent.contexts += contexts;
            parent.children.push(at);
        }
    }
    for at in 0..merged.len() {
        let mut children = std::mem::take(&mut merged[at].children);
        children.sort_by_key(|&child| (std::cmp::Reverse(merged[child].inclusive), child));
        merged[at].children = children;
    }
    merged
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth.min(DEEPEST))
}

impl Tree {
    /// The tree as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        out += &style.wrap(&format!(
            "{} by calling context, inclusive; contexts below {}% of the run are summed up as (pruned)",
            self.measure.name, self.min_percent
        ));
        out.push('\n');
        let unit = &self.measure.shown_unit;
        let (inclusive, own) = (format!("incl. {unit}"), format!("self {unit}"));
        let mut grid = Grid::new(&[&inclusive, "%", &own, "calls", "function"]);
        let mut names: Vec<String> = Vec::new();
        // Pruned callees stand behind those that are shown: when the walk leaves their context.
        let mut open: Vec<(usize, Pruned)> = Vec::new();
        let close =
            |open: &mut Vec<(usize, Pruned)>, down_to, grid: &mut Grid, names: &mut Vec<_>| {
                while let Some((depth, pruned)) = open.pop_if(|(depth, _)| *depth >= down_to) {
                    if pruned.value == 0 {
                        continue;
                    }
                    let mut cells = own_cells(&self.measure, pruned.value);
                    cells.extend([String::new(), String::new()]);
                    grid.row(cells);
                    let contexts = counted(pruned.contexts, "context", "contexts");
                    names.push(format!("{}(pruned: {contexts})", indent(depth + 1)));
                }
            };
        for row in &self.rows {
            close(&mut open, row.depth, &mut grid, &mut names);
            let mut cells = own_cells(&self.measure, row.inclusive);
            cells.push(self.measure.text(row.self_value));
            let inlined = row.function.origin == Origin::Inlined;
            cells.push(match inlined {
                true => "inlined".to_owned(),
                false => thousands(row.calls),
            });
            grid.row(cells);
            let deep = match row.depth > DEEPEST {
                true => format!("[{}] ", row.depth),
                false => String::new(),
            };
            names.push(indent(row.depth) + &deep + &row.function.short);
            open.push((row.depth, row.pruned));
        }
        close(&mut open, 0, &mut grid, &mut names);
        let room = grid.room(style).max(24);
        let names = names.iter().map(|name| elide(name, room)).collect();
        out += &grid.render(names, style);
        out.push('\n');
        out += &self.measure.note_text(style);
        out + &self.unattributed.text(style)
    }
}
