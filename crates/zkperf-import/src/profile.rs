//! From a report to a profile.

use crate::report::{Opcode, Report};
use zkperf_profile::{
    Completeness, Entry, Function, FunctionId, Measure, MeasureId, Node, NodeId,
    Origin as CodeOrigin, Pc, ProfileData, Row, Run, Source, SourceMap, Table, Timeline,
    Unattributed,
};

/// The table with what the report says of functions: steps and cost with callees, calls; and 1 for each of steps and cost
/// that it says, 0 where the figure is not known.
pub const FUNCTIONS_TABLE: &str = "reported_functions";

/// The node that holds what the report does not attribute.
pub const NOT_ATTRIBUTED: &str =
    "[not attributed: the report tells functions with their callees only]";

/// The version of a run whose report does not name it.
pub const UNKNOWN_VERSION: &str = "(version not known)";

/// What is known of the run besides its report.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Identity of the run, as far as it is known.
    pub run: Run,
    /// Where the report came from, for the list of what is missing: `ziskemu 1.4.0-alpha`, or a file's name.
    pub from: String,
}

/// Stored measures, in display order: name, unit, meaning.
const STORED: [(&str, &str, &str); 6] = [
    (
        "steps",
        "steps",
        "ZisK instructions executed, BIOS included",
    ),
    (
        "opcodes",
        "cost",
        "cost of opcodes that are not precompiles",
    ),
    ("precompiles", "cost", "cost of precompiles"),
    ("memory", "cost", "cost of memory accesses and initial data"),
    (
        "frops",
        "cost",
        "opcode cost saved by frequent operations; not part of the cost",
    ),
    ("base", "cost", "cost that every execution pays"),
];
const STEPS: usize = 0;
const BASE: usize = 5;

/// Makes the data of a profile; it closes, since the report does.
pub fn profile_data(report: &Report, origin: Origin) -> ProfileData {
    let mut totals = vec![
        report.steps,
        report.opcodes,
        report.precompiles,
        report.memory,
        report.frops,
        report.base,
    ];
    let measures = measures(report, &mut totals);
    let functions = ["[root]", NOT_ATTRIBUTED, "[base]"].map(pseudo).to_vec();
    let nodes = (0..functions.len() as u32).map(node).collect();
    // The root holds nothing, the second node all but the base.
    let column = |at: usize| match at {
        BASE => vec![0, 0, totals[at]],
        _ => vec![0, totals[at], 0],
    };
    let node_values: Vec<Vec<u64>> = (0..totals.len()).map(column).collect();
    let pcs = [1, 2].map(|function| Pc {
        address: None,
        function: FunctionId(function),
        count: 0,
    });
    let pc_values = node_values
        .iter()
        .map(|column| column[1..].to_vec())
        .collect();
    ProfileData {
        completeness: Completeness::Imported {
            missing: missing(report, &origin.from, !origin.run.output_sha256.is_empty()),
        },
        run: run(report, origin.run),
        unattributed: vec![Unattributed {
            reason: "the report tells what functions cost with their callees only".into(),
            value: report.total - report.base,
        }],
        tables: tables(report),
        measures,
        functions,
        nodes,
        node_values,
        pcs: pcs.to_vec(),
        pc_values,
        scopes: Vec::new(),
        labels: Vec::new(),
        timeline: Timeline::default(),
        resyncs: Vec::new(),
        source: SourceMap::default(),
    }
}

/// The measures; a stored total is added for a main cost that is no multiple of the steps.
fn measures(report: &Report, totals: &mut Vec<u64>) -> Vec<Measure> {
    let measure = |(name, unit, about): (&str, &str, &str), total: u64| Measure {
        name: name.into(),
        unit: unit.into(),
        about: about.into(),
        source: Source::Stored,
        total,
        scale: 1,
        remainder: 0,
        proving_cost: false,
    };
    let stored = STORED.into_iter().zip(totals.iter());
    let mut list: Vec<Measure> = stored.map(|(what, total)| measure(what, *total)).collect();
    let mut main = measure(
        ("main", "cost", "cost of steps in the main state machine"),
        report.main,
    );
    match report.main % report.steps {
        0 => {
            main.source = Source::Multiple {
                of: MeasureId(STEPS as u32),
                by: report.main / report.steps,
            }
        }
        _ => totals.push(report.main),
    }
    list.push(main);
    let parts = [list.len() - 1, 1, 2, 3, BASE];
    list.push(Measure {
        source: Source::Sum {
            of: parts.map(|at| MeasureId(at as u32)).to_vec(),
        },
        proving_cost: true,
        ..measure(
            (
                "cost",
                "cost",
                "proving cost: main + opcodes + precompiles + memory + base",
            ),
            report.total,
        )
    });
    list
}

fn pseudo(name: &str) -> Function {
    Function {
        name: name.into(),
        symbol: String::new(),
        address: None,
        bytes: 0,
        origin: CodeOrigin::Pseudo,
    }
}

fn node(function: u32) -> Node {
    Node {
        parent: NodeId::ROOT,
        function: FunctionId(function),
        call_site: 0,
        calls: 0,
        entry: Entry::Root,
        label: None,
    }
}

fn run(report: &Report, mut run: Run) -> Run {
    let file_name = |path: &String| path.rsplit('/').next().unwrap_or(path).to_owned();
    if run.elf.guest.is_empty() {
        run.elf.guest = report.elf.as_ref().map(file_name).unwrap_or_default();
    }
    run.zkvm = "zisk".into();
    if run.zkvm_version.is_empty() {
        run.zkvm_version = UNKNOWN_VERSION.into();
    }
    if run.cost_model.name.is_empty() {
        run.cost_model.name = "ziskemu report".into();
        run.cost_model.version = match &report.cost_version {
            Some(version) => version.clone(),
            // Without a name the price of a step tells versions apart.
            None => format!("unnamed, {} a step", report.main / report.steps),
        };
    }
    if run.exit.is_empty() {
        run.exit = match &report.failure {
            Some(words) => words.clone(),
            None => "as reported".into(),
        };
    }
    run
}

fn tables(report: &Report) -> Vec<Table> {
    let table = |name: &str, columns: &[&str], rows: Vec<Row>| Table {
        name: name.into(),
        columns: columns.iter().map(|name| (*name).into()).collect(),
        rows,
    };
    let row = |label: &str, values: &[u64]| Row {
        label: label.into(),
        values: values.to_vec(),
    };
    let opcodes = |rows: &[Opcode]| {
        let rows = rows.iter().map(|op| row(&op.name, &[op.count, op.cost]));
        rows.collect::<Vec<Row>>()
    };
    let distribution = [
        ("MAIN", report.main),
        ("OPCODES", report.opcodes),
        ("PRECOMPILES", report.precompiles),
        ("MEMORY", report.memory),
        ("VARIABLE", report.total - report.base),
        ("BASE", report.base),
        ("TOTAL", report.total),
        ("FROPS", report.frops),
    ];
    let functions = report.functions.iter().map(|function| {
        let values = [
            function.steps.unwrap_or_default(),
            function.cost.unwrap_or_default(),
            function.calls,
            function.steps.is_some().into(),
            function.cost.is_some().into(),
        ];
        row(&function.name, &values)
    });
    vec![
        table(
            "cost_distribution",
            &["cost"],
            distribution
                .map(|(label, cost)| row(label, &[cost]))
                .to_vec(),
        ),
        table("opcodes", &["count", "cost"], opcodes(&report.opcode_rows)),
        table(
            "precompiles",
            &["count", "cost"],
            opcodes(&report.precompile_rows),
        ),
        table("frops", &["count", "cost"], opcodes(&report.frop_rows)),
        table(
            FUNCTIONS_TABLE,
            &["steps", "cost", "calls", "steps_known", "cost_known"],
            functions.collect(),
        ),
    ]
}

/// What a profile of zkperf's own would have more.
fn missing(report: &Report, from: &str, has_output: bool) -> Vec<String> {
    let mut missing = vec![format!(
        "no call tree, no program counters, no source lines ({from} is a text report)"
    )];
    missing.push(match report.functions.len() {
        0 if report.call_stack_lost => "no functions: ziskemu lost its call stack".into(),
        0 => "no functions: the report was made without -S -D".into(),
        listed => format!("functions with their callees only, the {listed} that are listed"),
    });
    if report.precompile_rows.is_empty() && report.precompiles > 0 {
        missing.push("precompiles are not told from other opcodes".into());
    }
    if !has_output {
        missing.push("no public output".into());
    }
    missing.push("no memory by region and width, no instructions retired".into());
    missing
}
