//! ZisK's own tables, with ziskemu's labels (`docs/zisk-tables.md`).

use crate::assemble::Recorded;
use crate::cost::{
    class, crosses, shape, Zone, CHEAP_ADD_SAVES, CLASSES, CLASS_COST, RAM_INIT_COST,
    ROM_INIT_COST, ROM_ROWS,
};
use crate::official::{ZiskOp, FLOAT_LIB_ROM_ADDR, ROM_ADDR, ROM_SIZE, ZISKLIB_ROM_ADDR};
use crate::tags::{Tag, TagRecorder};
use zkperf_profile::{Measure, Row, Table};

/// Whether an opcode is a precompile.
pub(crate) fn is_precompile(op: u8) -> bool {
    ZiskOp::try_from_code(op).is_ok_and(|op| op.input_size() > 0)
}

/// Names of all precompiles of this version, as profiles and `ziskemu -X` show them: the operations of the official table that
/// read an input of their own (`zisk-core`, `zisk_ops.rs`).
pub fn precompiles() -> Vec<&'static str> {
    let codes = (0..=u8::MAX).filter(|code| is_precompile(*code));
    let operations = codes.filter_map(|code| ZiskOp::try_from_code(code).ok());
    operations.map(|op| op.name()).collect()
}

/// All tables of a run.
pub(crate) fn all(recorded: &Recorded, measures: &[Measure]) -> Vec<Table> {
    let counts = OpcodeCounts::of(recorded);
    vec![
        cost_distribution(measures),
        counts.table("opcodes", false),
        counts.table("precompiles", true),
        counts.frops(),
        ram_usage(recorded),
        rom_usage(recorded),
        rom_regions(recorded),
        memory(recorded),
        memory_detail(recorded),
        byte_offsets(recorded),
        profile_tags(&recorded.recorder.tags.tags),
        tag_problems(&recorded.recorder.tags),
    ]
}

fn table(name: &str, columns: &[&str], rows: Vec<Row>) -> Table {
    Table {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows,
    }
}

fn row(label: impl Into<String>, values: &[u64]) -> Row {
    Row {
        label: label.into(),
        values: values.to_vec(),
    }
}

fn cost_distribution(measures: &[Measure]) -> Table {
    let total = |name: &str| {
        measures
            .iter()
            .find(|measure| measure.name == name)
            .map_or(0, |measure| measure.total)
    };
    let rows = vec![
        row("MAIN", &[total("main")]),
        row("OPCODES", &[total("opcodes")]),
        row("PRECOMPILES", &[total("precompiles")]),
        row("MEMORY", &[total("memory")]),
        row("VARIABLE", &[total("cost") - total("base")]),
        row("BASE", &[total("base")]),
        row("TOTAL", &[total("cost")]),
        row("FROPS", &[total("frops")]),
    ];
    table("cost_distribution", &["cost"], rows)
}

/// Count and cost of every opcode, and what was frequent.
struct OpcodeCounts {
    count: [u64; 256],
    cost: [u64; 256],
    frequent: [u64; 256],
}

impl OpcodeCounts {
    fn of(recorded: &Recorded) -> Self {
        let mut sums = Self {
            count: [0; 256],
            cost: [0; 256],
            frequent: [0; 256],
        };
        let decoded = &recorded.program.decoded;
        for (index, &executions) in recorded.executions.iter().enumerate() {
            let op = decoded.opcodes[index];
            let at = op as usize;
            let counts = recorded.recorder.pcs[index];
            if is_precompile(op) {
                let calls = recorded
                    .recorder
                    .precompiles
                    .get(&index)
                    .map_or(0, |counts| counts.calls);
                sums.count[at] += calls;
                sums.cost[at] += counts.precompile_cost;
                continue;
            }
            let dear = executions - counts.frequent;
            sums.frequent[at] += counts.frequent;
            sums.count[at] += dear;
            sums.cost[at] +=
                dear * crate::cost::opcode_cost(op) - counts.cheap_adds * CHEAP_ADD_SAVES;
        }
        sums
    }

    fn rows(&self) -> impl Iterator<Item = (usize, ZiskOp)> {
        (0..=u8::MAX).filter_map(|code| Some((code as usize, ZiskOp::try_from_code(code).ok()?)))
    }

    fn table(&self, name: &str, precompiles: bool) -> Table {
        // Free opcodes are not counted, but these are (`ops_costs.rs`, ziskemu 1.4.0-alpha).
        let counted_though_free = [
            ZiskOp::PUBOUT,
            ZiskOp::FCALL,
            ZiskOp::FCALL_GET,
            ZiskOp::FCALL_PARAM,
        ];
        let rows = self.rows().filter(|(at, op)| {
            self.count[*at] > 0
                && is_precompile(op.code()) == precompiles
                && (self.cost[*at] > 0 || counted_though_free.contains(&op.code()))
        });
        let rows = rows.map(|(at, op)| row(op.name(), &[self.count[at], self.cost[at]]));
        table(name, &["count", "cost"], rows.collect())
    }

    fn frops(&self) -> Table {
        let rows = self.rows().filter(|(at, _)| self.frequent[*at] > 0);
        let rows = rows.map(|(at, op)| {
            row(
                op.name(),
                &[self.frequent[at], self.frequent[at] * op.cost()],
            )
        });
        table("frops", &["count", "cost"], rows.collect())
    }
}

fn ram_usage(recorded: &Recorded) -> Table {
    let rows = vec![
        row("USED", &[recorded.heap.used]),
        row("SIZE", &[recorded.heap.size]),
    ];
    table("ram_usage", &["bytes"], rows)
}

fn rom_usage(recorded: &Recorded) -> Table {
    let size = recorded.rom_size;
    let used = size.instructions + size.rom_words.div_ceil(4) + size.ram_words.div_ceil(4);
    let rows = vec![
        row("INSTRUCTIONS", &[size.instructions]),
        row("ROM_INIT_WORDS", &[size.rom_words]),
        row("RAM_INIT_WORDS", &[size.ram_words]),
        row("USED", &[used]),
        row("SIZE", &[ROM_ROWS]),
    ];
    table("rom_usage", &["rows"], rows)
}

fn rom_regions(recorded: &Recorded) -> Table {
    const LABELS: [&str; 5] = [
        "LOW (< ROM)",
        "PROGRAM ROM",
        "ZISKLIB ROM",
        "FLOAT ROM",
        "OTHER",
    ];
    let mut steps = [0; 5];
    for (pc, executions) in recorded
        .program
        .decoded
        .layout
        .pcs
        .iter()
        .zip(recorded.executions)
    {
        let region = match u64::from(*pc) {
            pc if pc < ROM_ADDR => 0,
            pc if pc < ZISKLIB_ROM_ADDR => 1,
            pc if pc < FLOAT_LIB_ROM_ADDR => 2,
            pc if pc < ROM_ADDR + ROM_SIZE => 3,
            _ => 4,
        };
        steps[region] += executions;
    }
    let rows = LABELS
        .iter()
        .zip(steps)
        .map(|(label, steps)| row(*label, &[steps]));
    table("rom_regions", &["steps"], rows.collect())
}

const ZONES: [(Zone, &str); 4] = [
    (Zone::Stack, "RAM STACK"),
    (Zone::Ram, "RAM NO STACK"),
    (Zone::Rom, "ROM"),
    (Zone::Input, "INPUT"),
];

/// Counts and costs of a zone's accesses that satisfy a condition on (shape, offset).
fn accesses(
    histogram: &[u64; CLASSES],
    zone: Zone,
    wanted: impl Fn(usize, usize) -> bool,
) -> [u64; 2] {
    let mut sum = [0; 2];
    for shape in 0..shape::COUNT {
        for offset in 0..8 {
            let at = class(zone, shape, offset as u64);
            if wanted(shape, offset) {
                sum[0] += histogram[at];
                sum[1] += histogram[at] * CLASS_COST[at];
            }
        }
    }
    sum
}

fn is_aligned(shape: usize, offset: usize) -> bool {
    matches!(shape, shape::READ_8 | shape::WRITE_8) && offset == 0
}

fn memory(recorded: &Recorded) -> Table {
    let histogram = &recorded.recorder.accesses;
    let size = recorded.rom_size;
    let mut rows = Vec::new();
    for (zone, name) in ZONES {
        rows.push(row(
            format!("{name} ALIGNED"),
            &accesses(histogram, zone, is_aligned),
        ));
        let unaligned = |shape, offset| !is_aligned(shape, offset);
        rows.push(row(
            format!("{name} UNALIGNED"),
            &accesses(histogram, zone, unaligned),
        ));
    }
    rows.push(row(
        "RAM INIT",
        &[size.ram_words, size.ram_words * RAM_INIT_COST],
    ));
    rows.push(row(
        "ROM INIT",
        &[size.rom_words, size.rom_words * ROM_INIT_COST],
    ));
    table("memory", &["count", "cost"], rows)
}

/// ziskemu's name for the kind of an access.
fn kind_name(shape: usize, offset: usize) -> &'static str {
    let four_aligned = offset.is_multiple_of(4);
    match (shape, crosses(shape, offset)) {
        (shape::READ_8, false) => "aligned 8B read",
        (shape::READ_8, true) => "unaligned 8B double read",
        (shape::READ_1, _) => "unaligned 1B read",
        (shape::READ_2, false) => "unaligned 2B single read",
        (shape::READ_2, true) => "unaligned 2B double read",
        (shape::READ_4, true) => "unaligned 4B double read",
        (shape::READ_4, false) if four_aligned => "unaligned 4B single 32-align read",
        (shape::READ_4, false) => "unaligned 4B single non 32-align read",
        (shape::WRITE_8, false) => "aligned 8B write",
        (shape::WRITE_8, true) => "unaligned 8B double write",
        (shape::WRITE_1, _) => "unaligned 1B clean write",
        (shape::WRITE_1_DIRTY, _) => "unaligned 1B dirty write",
        (shape::WRITE_2, false) => "unaligned 2B single write",
        (shape::WRITE_2, true) => "unaligned 2B double write",
        (_, true) => "unaligned 4B double write",
        (_, false) if !four_aligned => "unaligned 4B single non 32-align write",
        (shape::WRITE_4_DIRTY, false) => "unaligned 4B single 32-align dirty write",
        _ => "unaligned 4B single 32-align clean write",
    }
}

fn memory_detail(recorded: &Recorded) -> Table {
    let histogram = &recorded.recorder.accesses;
    let size = recorded.rom_size;
    let mut rows: Vec<Row> = Vec::new();
    let mut add =
        |label: String, count: u64, cost: u64| match rows.iter_mut().find(|row| row.label == label)
        {
            Some(row) => {
                row.values[0] += count;
                row.values[1] += cost;
            }
            None if count > 0 => rows.push(row(label, &[count, cost])),
            None => {}
        };
    for (zone, name) in ZONES {
        for shape in 0..shape::COUNT {
            for offset in 0..8 {
                let at = class(zone, shape, offset as u64);
                let label = format!("{name} {}", kind_name(shape, offset));
                add(label, histogram[at], histogram[at] * CLASS_COST[at]);
            }
        }
    }
    add(
        "RAM STACK aligned 8B write".into(),
        size.ram_words,
        size.ram_words * RAM_INIT_COST,
    );
    add(
        "ROM aligned 8B read".into(),
        size.rom_words,
        size.rom_words * ROM_INIT_COST,
    );
    table("memory_detail", &["count", "cost"], rows)
}

fn byte_offsets(recorded: &Recorded) -> Table {
    let histogram = &recorded.recorder.accesses;
    let at_offsets = |shape: usize| -> Vec<u64> {
        let count = |offset| {
            ZONES
                .iter()
                .map(|(zone, _)| histogram[class(*zone, shape, offset)])
                .sum()
        };
        (0..8).map(count).collect()
    };
    let rows = vec![
        row("reads", &at_offsets(shape::READ_1)),
        row("clean writes", &at_offsets(shape::WRITE_1)),
        row("dirty writes", &at_offsets(shape::WRITE_1_DIRTY)),
    ];
    table(
        "byte_offsets",
        &["0", "1", "2", "3", "4", "5", "6", "7"],
        rows,
    )
}

/// What ziskemu panics on: ends without a start, starts without an end.
fn tag_problems(tags: &TagRecorder) -> Table {
    let problems = [
        ("ends without a start", tags.unmatched),
        ("starts without an end", tags.still_open()),
    ];
    let rows = problems.iter().filter(|(_, count)| *count > 0);
    table(
        "profile_tag_problems",
        &["count"],
        rows.map(|(label, count)| row(*label, &[*count])).collect(),
    )
}

fn profile_tags(tags: &[Tag]) -> Table {
    let columns = [
        "steps",
        "steps_calls",
        "steps_min",
        "steps_max",
        "cost",
        "cost_calls",
        "cost_min",
        "cost_max",
        "report_steps",
        "report_cost",
    ];
    let rows = tags.iter().map(|tag| {
        let (steps, cost) = (tag.steps, tag.cost);
        row(
            tag.name.clone(),
            &[
                steps.total,
                steps.entries,
                steps.min,
                steps.max,
                cost.total,
                cost.entries,
                cost.min,
                cost.max,
                u64::from(steps.reported),
                u64::from(cost.reported),
            ],
        )
    });
    table("profile_tags", &columns, rows.collect())
}
