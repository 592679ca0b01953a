//! Which stacks reach a function, and what each of them costs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use zkperf_profile::{thousands, FunctionId, NodeId, Origin, Position, Profile};

use crate::about::{
    choose_measure, functions_text, FunctionInfo, MeasureInfo, RunInfo, UnattributedInfo,
};
use crate::chains::chain_classes;
use crate::error::ReportError;
use crate::find::find_functions;
use crate::names::{elide, in_cell, without_hash};
use crate::paths::place_text;
use crate::style::{counted, percent, percent_text, Style};

/// What to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StacksOptions {
    /// Name of the measure; the proving cost if none is given.
    pub measure: Option<String>,
    /// Take all functions that match as one.
    pub all: bool,
    /// How many stacks at most; all if not given.
    pub limit: Option<usize>,
    /// How many callers tell stacks apart, counted from the function outwards; all if not given.
    pub depth: Option<usize>,
    /// Key of the label that says how many bytes a call was asked for.
    pub size_label: &'static str,
}

/// The stacks that reach a function: `zkperf-where/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stacks {
    /// `zkperf-where/1`.
    pub schema: &'static str,
    /// Which run.
    pub run: RunInfo,
    /// What is counted.
    pub measure: MeasureInfo,
    /// What was asked for.
    pub pattern: String,
    /// The function, or all functions taken as one; dearest first.
    pub functions: Vec<FunctionInfo>,
    /// How many callers tell stacks apart; all if nothing.
    pub depth: Option<usize>,
    /// All stacks together.
    pub total: StackCost,
    /// How many bytes the calls were asked for, most frequent first; empty if the profile does not say.
    pub sizes: Vec<SizeCount>,
    /// How many stacks there are.
    pub stacks: usize,
    /// The list, dearest first. With `rest` it adds up to `total`. All names and paths in it together take 256 MiB at
    /// most; stacks that do not fit are in `rest`.
    pub rows: Vec<StackRow>,
    /// Everything not listed.
    pub rest: StacksRest,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
}

/// What reaching a function costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct StackCost {
    /// The function and everything it calls; recursion counts once.
    pub value: u64,
    /// The same in `measure.unit`, rounded.
    pub value_in_unit: f64,
    /// The same in per cent of the run.
    pub percent: f64,
    /// How often it was called.
    pub calls: u64,
    /// Bytes that it, and what it calls, read.
    pub bytes_read: Option<u64>,
    /// Bytes that it, and what it calls, wrote.
    pub bytes_written: Option<u64>,
}

/// One stack.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StackRow {
    /// What it costs.
    #[serde(flatten)]
    pub cost: StackCost,
    /// How many bytes its calls were asked for, most frequent first.
    pub sizes: Vec<SizeCount>,
    /// The callers, from the nearest to the outermost.
    pub frames: Vec<StackFrame>,
}

/// Calls that were asked for so many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SizeCount {
    /// The argument.
    pub bytes: u64,
    /// How many calls.
    pub calls: u64,
}

/// A caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct StackFrame {
    /// Its name, without hash.
    pub name: String,
    /// Whether it was inlined into the next one.
    pub inlined: bool,
    /// File of the call, if known.
    pub file: Option<String>,
    /// Line of the call; 0 if not known.
    pub line: u32,
}

/// What a list leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StacksRest {
    /// How many stacks.
    pub stacks: usize,
    /// What they cost.
    #[serde(flatten)]
    pub cost: StackCost,
}

/// Columns that are added up for each stack: the measure, bytes read, bytes written.
struct Columns<'p> {
    value: std::borrow::Cow<'p, [u64]>,
    read: Option<std::borrow::Cow<'p, [u64]>>,
    written: Option<std::borrow::Cow<'p, [u64]>>,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    value: u64,
    calls: u64,
    read: u64,
    written: u64,
}

/// Lists the stacks that reach the functions that `pattern` means. `called_at` says for each node where in its
/// parent it was called ([`zkperf_profile::WithInlined::called_at`]); where it is short, lines are not known.
///
/// # Errors
/// An unknown measure; an unknown or ambiguous function.
pub fn stacks(
    profile: &Profile,
    called_at: &[Position],
    pattern: &str,
    options: &StacksOptions,
) -> Result<Stacks, ReportError> {
    let measure = choose_measure(profile, options.measure.as_deref())?;
    let functions = find_functions(profile, pattern, measure, options.all)?;
    let info = MeasureInfo::of(profile, measure);
    let column = |name: &str| profile.measure(name).map(|id| profile.node_column(id));
    let columns = Columns {
        value: profile.node_column(measure),
        read: column("bytes_read"),
        written: column("bytes_written"),
    };
    let Collected {
        leaves,
        sums,
        sizes,
    } = collect(profile, called_at, &functions, &columns, options);
    let cost = |sum: &Sum| StackCost {
        value: sum.value,
        value_in_unit: info.in_unit(sum.value),
        percent: percent(sum.value, info.sum),
        calls: sum.calls,
        bytes_read: columns.read.as_ref().map(|_| sum.read),
        bytes_written: columns.written.as_ref().map(|_| sum.written),
    };
    let mut order: Vec<usize> = (0..sums.len()).collect();
    // Of equally dear ones, the first that was reached.
    order.sort_by_key(|&at| (Reverse((sums[at].value, sums[at].calls)), leaves[at]));
    let total = added(&sums, &order);
    let mut rows = Vec::new();
    let mut left = MOST_TEXT;
    for &at in order.iter().take(options.limit.unwrap_or(usize::MAX)) {
        let Some(frames) = frames(profile, called_at, leaves[at], options.depth, &mut left) else {
            break;
        };
        rows.push(StackRow {
            cost: cost(&sums[at]),
            sizes: most_frequent(&sizes[at]),
            frames,
        });
    }
    let hidden = &order[rows.len()..];
    Ok(Stacks {
        schema: "zkperf-where/1",
        run: RunInfo::of(profile),
        pattern: pattern.to_owned(),
        functions: functions
            .iter()
            .map(|&f| FunctionInfo::of(profile, f))
            .collect(),
        depth: options.depth,
        total: cost(&total),
        sizes: most_frequent(&all_sizes(&sizes)),
        stacks: sums.len(),
        rows,
        rest: StacksRest {
            stacks: hidden.len(),
            cost: cost(&added(&sums, hidden)),
        },
        measure: info,
        unattributed: UnattributedInfo::of(profile),
    })
}

fn added(sums: &[Sum], which: &[usize]) -> Sum {
    which.iter().fold(Sum::default(), |all, &at| Sum {
        value: all.value + sums[at].value,
        calls: all.calls + sums[at].calls,
        read: all.read + sums[at].read,
        written: all.written + sums[at].written,
    })
}

/// Bytes of names and paths that all rows together hold, at most: hostile stacks times hostile names have no end. What
/// does not fit is added up in `rest`.
const MOST_TEXT: usize = 256 << 20;

/// Calls by the bytes they were asked for.
type Sizes = BTreeMap<u64, u64>;

fn all_sizes(each: &[Sizes]) -> Sizes {
    let mut all = Sizes::new();
    for (bytes, calls) in each.iter().flatten() {
        *all.entry(*bytes).or_default() += calls;
    }
    all
}

fn most_frequent(sizes: &Sizes) -> Vec<SizeCount> {
    let mut list: Vec<SizeCount> = sizes
        .iter()
        .map(|(&bytes, &calls)| SizeCount { bytes, calls })
        .collect();
    list.sort_by_key(|size| Reverse(size.calls));
    list
}

/// For each stack a node of it, what it costs, and what sizes its calls have.
#[derive(Default)]
struct Collected {
    leaves: Vec<NodeId>,
    sums: Vec<Sum>,
    sizes: Vec<Sizes>,
}

fn collect(
    profile: &Profile,
    called_at: &[Position],
    functions: &[FunctionId],
    columns: &Columns<'_>,
    options: &StacksOptions,
) -> Collected {
    let mut member = vec![false; profile.functions.len()];
    functions.iter().for_each(|f| member[f.0 as usize] = true);
    let parents: Vec<u32> = profile.nodes.iter().map(|node| node.parent.0).collect();
    let step = |at: usize| {
        let position = called_at.get(at).copied().unwrap_or_default();
        let caller = profile.nodes[parents[at] as usize].function;
        (caller, position.file, position.line)
    };
    let classes = chain_classes(&parents, step, options.depth);
    let mut known: HashMap<u32, usize> = HashMap::new();
    let mut all = Collected::default();
    // Stack that each node belongs to: that of the outermost member at or above it.
    let mut owner: Vec<Option<usize>> = Vec::with_capacity(profile.nodes.len());
    for (at, node) in profile.nodes.iter().enumerate() {
        let above = (at > 0).then(|| owner[node.parent.0 as usize]).flatten();
        let is_member = member[node.function.0 as usize];
        let stack = above.or_else(|| {
            is_member.then(|| {
                *known.entry(classes[at]).or_insert_with(|| {
                    all.leaves.push(NodeId(at as u32));
                    all.sums.push(Sum::default());
                    all.sizes.push(Sizes::new());
                    all.sums.len() - 1
                })
            })
        });
        owner.push(stack);
        if let Some(stack) = stack {
            let sum = &mut all.sums[stack];
            sum.value += columns.value[at];
            sum.read += columns.read.as_ref().map_or(0, |column| column[at]);
            sum.written += columns.written.as_ref().map_or(0, |column| column[at]);
            sum.calls += if is_member { node.calls } else { 0 };
            let size = profile.label_of(node, options.size_label);
            if let Some(bytes) = size
                .filter(|_| is_member)
                .and_then(|text| text.parse().ok())
            {
                *all.sizes[stack].entry(bytes).or_default() += node.calls;
            }
        }
    }
    all
}

/// The callers of a node, from the nearest; nothing if they hold more text than is `left`, from which they are taken.
fn frames(
    profile: &Profile,
    called_at: &[Position],
    mut node: NodeId,
    depth: Option<usize>,
    left: &mut usize,
) -> Option<Vec<StackFrame>> {
    let mut frames = Vec::new();
    while node != NodeId::ROOT && frames.len() < depth.unwrap_or(usize::MAX) {
        let position = called_at.get(node.0 as usize).copied().unwrap_or_default();
        node = profile.nodes[node.0 as usize].parent;
        let function = &profile.functions[profile.nodes[node.0 as usize].function.0 as usize];
        let file = profile.source.file(position);
        let held = size_of::<StackFrame>() + function.name.len() + file.map_or(0, str::len);
        *left = left.checked_sub(held)?;
        frames.push(StackFrame {
            name: without_hash(&function.name).into_owned(),
            inlined: function.origin == Origin::Inlined,
            file: file.map(str::to_owned),
            line: position.line,
        });
    }
    Some(frames)
}

impl Stacks {
    /// The list as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        let name = functions_text(&self.functions, &self.pattern);
        out += &style.wrap(&format!(
            "where {name} is called from: {} of {}, dearest first",
            counted(self.rows.len() as u64, "stack", "stacks"),
            thousands(self.stacks as u64),
        ));
        out += &style.wrap(&format!("all      {}", self.cost_text(&self.total)));
        out += &sizes_text(&self.sizes, style);
        for (at, row) in self.rows.iter().enumerate() {
            out.push('\n');
            let number = format!("#{}", at + 1);
            out += &style.bold(&format!("{number:<8} {}", self.cost_text(&row.cost)));
            out.push('\n');
            out += &sizes_text(&row.sizes, style);
            for frame in &row.frames {
                out += &frame_text(frame, style);
            }
        }
        if self.rest.stacks > 0 {
            let others = counted(self.rest.stacks as u64, "other stack", "other stacks");
            out += &style.wrap(&format!("\n({others}) {}", self.cost_text(&self.rest.cost)));
        }
        out.push('\n');
        out += &self.measure.note_text(style);
        out + &self.unattributed.text(style)
    }

    fn cost_text(&self, cost: &StackCost) -> String {
        let mut text = format!(
            "{} {} ({} of the run), {}",
            self.measure.text(cost.value),
            self.measure.shown_unit,
            percent_text(cost.value, self.measure.sum),
            counted(cost.calls, "call", "calls"),
        );
        if let (Some(read), Some(written)) = (cost.bytes_read, cost.bytes_written) {
            text += &format!(
                ", {} bytes written ({} a call), {} read",
                thousands(written),
                written
                    .checked_div(cost.calls)
                    .map_or("-".into(), thousands),
                thousands(read),
            );
        }
        text
    }
}

/// Sizes in a line, the most frequent ones; nothing if there are none.
fn sizes_text(sizes: &[SizeCount], style: &Style) -> String {
    const SHOWN: usize = 5;
    if sizes.is_empty() {
        return String::new();
    }
    let text = |size: &SizeCount| format!("{} ({})", thousands(size.bytes), thousands(size.calls));
    let mut texts: Vec<String> = sizes.iter().take(SHOWN).map(text).collect();
    let others = &sizes[texts.len()..];
    if !others.is_empty() {
        let calls: u64 = others.iter().map(|size| size.calls).sum();
        let largest = others.iter().map(|size| size.bytes).max().unwrap_or(0);
        texts.push(format!(
            "{} up to {} ({})",
            counted(others.len() as u64, "other", "others"),
            thousands(largest),
            thousands(calls),
        ));
    }
    style.wrap(&format!(
        "         bytes asked for (calls): {}",
        texts.join(", ")
    ))
}

/// `  <- alloc::vec::extend_from_slice (inlined)  alloc/src/vec/mod.rs:3017`, cut to fit.
fn frame_text(frame: &StackFrame, style: &Style) -> String {
    let place = match (&frame.file, frame.line) {
        (None, 0) => String::new(),
        (file, line) => format!("  {}", in_cell(&place_text(file.as_deref(), line))),
    };
    let inlined = if frame.inlined { " (inlined)" } else { "" };
    let room = style
        .width
        .saturating_sub(5 + inlined.len() + place.chars().count())
        .max(16);
    let name = elide(&frame.name, room);
    format!("  <- {name}{inlined}{place}\n")
}
