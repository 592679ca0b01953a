//! The Firefox Profiler's processed profile format, version 55 (the tables and fields are those that samply's
//! `fxprof-processed-profile` 0.8.1 writes; that crate itself counts weights in 32 bits).
//!
//! A thread a measure, in which the order says nothing and weights are exact, and one that keeps the order in time.

use serde_json::{json, Value};
use zkperf_profile::{FunctionId, MeasureId, Origin, Profile};

use super::{name, paths, Path};
use crate::about::MeasureInfo;

/// Version of the format.
const VERSION: u32 = 55;

/// Categories: the guest's code, what was inlined, the zkVM's code, costs that are not of code.
const CATEGORIES: [(&str, &str); 4] = [
    ("Guest", "grey"),
    ("Inlined", "lightblue"),
    ("zkVM", "orange"),
    ("No code", "transparent"),
];

/// The profile as a file for <https://profiler.firefox.com>: a thread `in order of time`, whose milliseconds are
/// buckets of the timeline, and one for each of `measures`. Values beyond 2^53 are not exact in JavaScript.
pub fn firefox(profile: &Profile, measures: &[MeasureId]) -> Vec<u8> {
    let columns: Vec<_> = measures.iter().map(|&id| profile.node_column(id)).collect();
    let slices: Vec<&[u64]> = columns.iter().map(|column| &**column).collect();
    let (paths, of_node) = paths(profile, &slices);
    let run = &profile.run;
    let title = format!("{} {} {}", run.zkvm, run.elf.guest, run.elf.variant);
    let tables = Tables::of(profile, &paths);
    let mut threads = Vec::new();
    let timeline = &profile.timeline;
    if !timeline.nodes.is_empty() {
        let buckets = timeline.nodes.iter();
        let samples = buckets.map(|node| (of_node[node.0 as usize], timeline.bucket));
        let name = format!("in order of time ({})", timeline.unit);
        threads.push(tables.thread(threads.len(), &title, &name, samples.collect()));
    }
    for (column, &id) in measures.iter().enumerate() {
        let info = MeasureInfo::of(profile, id);
        let own = paths.iter().enumerate();
        let own = own.map(|(at, path)| (at, path.values[column]));
        let samples = own.filter(|sample| sample.1 > 0).collect();
        let name = format!("{} ({})", info.name, info.node_unit);
        threads.push(tables.thread(threads.len(), &title, &name, samples));
    }
    let categories = CATEGORIES
        .map(|(name, color)| json!({ "name": name, "color": color, "subcategories": ["Other"] }));
    let visible: Vec<usize> = (0..threads.len()).collect();
    let file = json!({
        "meta": {
            "categories": categories,
            "debug": false,
            "extensions": { "length": 0, "baseURL": [], "id": [], "name": [] },
            "interval": 1.0,
            "preprocessedProfileVersion": VERSION,
            "processType": 0,
            "product": title,
            "sampleUnits": { "time": "ms", "eventDelay": "ms", "threadCPUDelta": "µs" },
            "startTime": run.created_unix.saturating_mul(1000),
            "symbolicated": true,
            "pausedRanges": [],
            "version": 24,
            "usesOnlyOneStackType": true,
            "sourceCodeIsNotOnSearchfox": true,
            "markerSchema": [],
            "initialVisibleThreads": visible,
        },
        "libs": [],
        "threads": threads,
        "pages": [],
        "profilerOverhead": [],
        "counters": [],
    });
    serde_json::to_vec(&file).unwrap_or_default()
}

/// The tables that all threads have alike: a function is one frame.
struct Tables {
    strings: Value,
    functions: Value,
    frames: Value,
    stacks: Value,
}

impl Tables {
    fn of(profile: &Profile, paths: &[Path]) -> Self {
        let count = profile.functions.len();
        let all = |value: Value| vec![value; count];
        let names: Vec<String> = (0..count as u32)
            .map(|at| name(profile, FunctionId(at)))
            .collect();
        let indices: Vec<usize> = (0..count).collect();
        let categories = profile.functions.iter().map(|f| category(f.origin));
        let depths = profile.functions.iter();
        let depths = depths.map(|f| u32::from(f.origin == Origin::Inlined));
        Tables {
            strings: json!(names),
            functions: json!({
                "length": count,
                "name": indices,
                "isJS": all(false.into()),
                "relevantForJS": all(false.into()),
                "resource": all((-1).into()),
                "fileName": all(Value::Null),
                "lineNumber": all(Value::Null),
                "columnNumber": all(Value::Null),
            }),
            frames: json!({
                "length": count,
                "address": all((-1).into()),
                "inlineDepth": depths.collect::<Vec<u32>>(),
                "category": categories.collect::<Vec<u32>>(),
                "subcategory": all(0.into()),
                "func": indices,
                "nativeSymbol": all(Value::Null),
                "innerWindowID": all(0.into()),
                "line": all(Value::Null),
                "column": all(Value::Null),
            }),
            stacks: json!({
                "length": paths.len(),
                "prefix": paths.iter().map(|path| path.parent).collect::<Vec<_>>(),
                "frame": paths.iter().map(|path| path.function.0).collect::<Vec<_>>(),
            }),
        }
    }

    /// A thread with samples of (stack, weight), a millisecond apart.
    fn thread(&self, tid: usize, process: &str, name: &str, samples: Vec<(usize, u64)>) -> Value {
        let (stacks, weights): (Vec<usize>, Vec<u64>) = samples.into_iter().unzip();
        let mut deltas = vec![1.0; stacks.len()];
        if let Some(first) = deltas.first_mut() {
            *first = 0.0;
        }
        let no_symbols =
            json!({ "length": 0, "address": [], "functionSize": [], "libIndex": [], "name": [] });
        let no_markers = json!({
            "length": 0, "category": [], "data": [], "endTime": [], "name": [], "phase": [], "startTime": [],
        });
        json!({
            "name": name,
            "isMainThread": tid == 0,
            "pid": "0",
            "tid": tid.to_string(),
            "processName": process,
            "processType": "default",
            "processStartupTime": 0.0,
            "processShutdownTime": null,
            "registerTime": 0.0,
            "unregisterTime": null,
            "pausedRanges": [],
            "showMarkersInTimeline": false,
            "stringArray": self.strings,
            "funcTable": self.functions,
            "frameTable": self.frames,
            "stackTable": self.stacks,
            "resourceTable": { "length": 0, "lib": [], "name": [], "host": [], "type": [] },
            "nativeSymbols": no_symbols,
            "markers": no_markers,
            "samples": {
                "length": stacks.len(),
                "weightType": "samples",
                "stack": stacks,
                "timeDeltas": deltas,
                "weight": weights,
                "threadCPUDelta": vec![Value::Null; stacks.len()],
            },
        })
    }
}

fn category(origin: Origin) -> u32 {
    match origin {
        Origin::Guest | Origin::Unknown => 0,
        Origin::Inlined => 1,
        Origin::Library | Origin::System => 2,
        Origin::Pseudo => 3,
    }
}
