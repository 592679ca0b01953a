//! The file format of speedscope (<https://www.speedscope.app/file-format-schema.json>, version 1.x): a profile a
//! measure, and one that keeps the order in time.

use serde::Serialize;
use zkperf_profile::{MeasureId, Profile};

use super::{name, paths, stack};
use crate::about::MeasureInfo;

#[derive(Serialize)]
struct File {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: String,
    name: String,
    #[serde(rename = "activeProfileIndex")]
    active: usize,
    shared: Shared,
    profiles: Vec<Sampled>,
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<Frame>,
}

#[derive(Serialize)]
struct Frame {
    name: String,
}

#[derive(Serialize)]
struct Sampled {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    unit: &'static str,
    #[serde(rename = "startValue")]
    start: u64,
    #[serde(rename = "endValue")]
    end: u64,
    /// Frames of each sample, root first.
    samples: Vec<Vec<u32>>,
    weights: Vec<u64>,
}

/// The profile as a speedscope file: one speedscope profile for each of `measures`, in which the order says
/// nothing, and `in order of time`, in which a sample is a bucket of the timeline. Values beyond 2^53 are not exact
/// in JavaScript.
pub fn speedscope(profile: &Profile, measures: &[MeasureId]) -> Vec<u8> {
    let columns: Vec<_> = measures.iter().map(|&id| profile.node_column(id)).collect();
    let slices: Vec<&[u64]> = columns.iter().map(|column| &**column).collect();
    let (paths, of_node) = paths(profile, &slices);
    let frames = (0..profile.functions.len() as u32).map(|at| Frame {
        name: name(profile, zkperf_profile::FunctionId(at)),
    });
    let indices = |path| stack(&paths, path).into_iter().map(|f| f.0).collect();
    let sampled = |name: String, samples: Vec<(usize, u64)>| Sampled {
        kind: "sampled",
        name,
        unit: "none",
        start: 0,
        end: samples.iter().map(|sample| sample.1).sum(),
        weights: samples.iter().map(|sample| sample.1).collect(),
        samples: samples.into_iter().map(|(path, _)| indices(path)).collect(),
    };
    let mut profiles: Vec<Sampled> = measures
        .iter()
        .enumerate()
        .map(|(column, &id)| {
            let info = MeasureInfo::of(profile, id);
            let own = paths
                .iter()
                .enumerate()
                .map(|(at, path)| (at, path.values[column]));
            let title = match info.name == info.node_unit {
                true => info.name,
                false => format!("{} ({})", info.name, info.node_unit),
            };
            sampled(title, own.filter(|sample| sample.1 > 0).collect())
        })
        .collect();
    let timeline = &profile.timeline;
    if !timeline.nodes.is_empty() {
        let buckets = timeline.nodes.iter();
        let buckets = buckets.map(|node| (of_node[node.0 as usize], timeline.bucket));
        profiles.push(sampled(
            format!("in order of time ({})", timeline.unit),
            buckets.collect(),
        ));
    }
    let run = &profile.run;
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        exporter: format!("zkperf {}", env!("CARGO_PKG_VERSION")),
        name: format!("{} {} {}", run.zkvm, run.elf.guest, run.elf.variant),
        active: 0,
        shared: Shared {
            frames: frames.collect(),
        },
        profiles,
    };
    // Plain data in memory: neither JSON nor I/O can fail.
    serde_json::to_vec(&file).unwrap_or_default()
}
