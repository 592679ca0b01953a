//! How large a block-sized profile gets and how long saving and opening take.
//!
//! `cargo run --release -p zkperf-profile --example size [NODES] [PCS] [MEASURES]`
//!
//! The values imitate a block guest's: a few contexts do most of the work, fixed prices per
//! instruction, and a share that depends on values.

use std::time::{Duration, Instant};

use zkperf_profile::{
    example, Entry, Function, FunctionId, Measure, Node, NodeId, Origin, Pc, Profile, ProfileData,
    Source, Timeline,
};

/// What running something several times took.
struct Cost {
    wall: Duration,
    /// Time on a processor: on a busy machine, the figure that means something. Linux only.
    cpu: Option<Duration>,
}

impl Cost {
    const TIMES: usize = 7;

    /// The fastest of several runs.
    fn of<T>(mut what: impl FnMut() -> T) -> Cost {
        let mut best = Cost {
            wall: Duration::MAX,
            cpu: None,
        };
        for _ in 0..Cost::TIMES {
            let (cpu, start) = (cpu_time(), Instant::now());
            let result = what();
            let (wall, after) = (start.elapsed(), cpu_time());
            drop(result);
            best.wall = wall.min(best.wall);
            let cpu = cpu.zip(after).map(|(before, after)| after - before);
            best.cpu = [best.cpu, cpu].into_iter().flatten().min();
        }
        best
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1?}", self.wall)?;
        match self.cpu {
            Some(cpu) => write!(f, " ({cpu:.1?} on a processor)"),
            None => Ok(()),
        }
    }
}

/// Time this thread has spent on a processor.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// A small generator of our own (xorshift64*): the example needs no crate for it.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Small mostly, large sometimes: the scale is random as well.
    fn skewed(&mut self, bits: u64) -> u64 {
        let scale = self.next() % bits;
        self.next() >> (63 - scale)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>());
    let mut argument = |default| arguments.next().unwrap_or(Ok(default));
    let (nodes, pcs, measures) = (argument(300_000)?, argument(300_000)?, argument(8)?);
    let profile = Profile::new(block(nodes.max(1), pcs.max(1), measures.max(1)))?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("block.zkp");

    let save = Cost::of(|| profile.save(&path));
    let bytes = std::fs::metadata(&path)?.len();
    let open = Cost::of(|| Profile::load(&path));
    assert_eq!(Profile::load(&path)?, profile);
    let copy = profile.data().clone();
    let mut copies = vec![copy; Cost::TIMES];
    let check = Cost::of(|| copies.pop().map(Profile::new));
    println!("{nodes} nodes, {pcs} pcs, {measures} stored measures");
    println!("file    {:.2} MB", bytes as f64 / 1e6);
    println!("save    {save}\nopen    {open}\ncheck   {check}");
    Ok(())
}

fn block(node_count: usize, pc_count: usize, measure_count: usize) -> ProfileData {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let function_count = (pc_count / 40).clamp(1, 12_000);
    // Function 0 takes what closing needs; the others have 40 instructions each.
    let functions: Vec<Function> = (0..function_count as u64)
        .map(|at| Function {
            name: format!(
                "guest::module{}::Type::function_{at}::h{:016x}",
                at / 50,
                at * 0x9e37
            ),
            symbol: format!(
                "_ZN5guest8module{}4Type11function_{at}17h{:016x}E",
                at / 50,
                at * 0x9e37
            ),
            address: Some(0x8000_0000 + at * 160),
            bytes: 160,
            origin: Origin::Guest,
        })
        .collect();
    // First the pcs: a block of instructions is executed equally often, at fixed prices.
    let prices = [1u64, 62, 21, 11, 55, 97, 29, 18, 8, 3];
    let mut pcs = Vec::with_capacity(pc_count);
    let mut pc_values = vec![Vec::with_capacity(pc_count); measure_count];
    let mut by_function = vec![vec![0u64; measure_count]; function_count];
    let mut count = 0;
    for at in 0..pc_count {
        if at % 6 == 0 {
            count = random.skewed(20);
        }
        let function = (at / 40).min(function_count - 1);
        let address = Some(0x8000_0000 + 4 * at as u64);
        pcs.push(Pc {
            address,
            function: FunctionId(function as u32),
            count,
        });
        for (measure, column) in pc_values.iter_mut().enumerate() {
            let applies = measure < 2 || random.next() % 3 == 0;
            // One measure depends on values: no fixed price.
            let value = match (applies, measure % 4 == 2) {
                (false, _) => 0,
                (true, true) => count * 21 - (random.next() % (count + 1)) * 9,
                (true, false) => count * prices[measure % prices.len()],
            };
            column.push(value);
            by_function[function][measure] += value;
        }
    }
    // Then the tree: each function's cost falls to its contexts, unevenly.
    let mut nodes = Vec::with_capacity(node_count);
    let mut contexts: Vec<Vec<usize>> = vec![Vec::new(); function_count];
    for at in 0..node_count {
        // A walk over all functions first, so that each has a context to charge.
        let function = if at < function_count {
            at
        } else {
            random.next() as usize % function_count
        };
        let parent = if at == 0 {
            0
        } else {
            at - 1 - (random.skewed(12) as usize).min(at - 1)
        };
        contexts[function].push(at);
        nodes.push(Node {
            parent: NodeId(parent as u32),
            function: FunctionId(function as u32),
            call_site: 0x8000_0000 + 4 * (random.next() % 40),
            calls: random.skewed(16),
            entry: if at == 0 { Entry::Root } else { Entry::Call },
            label: None,
        });
    }
    let mut node_values = vec![vec![0u64; node_count]; measure_count];
    for (function, contexts) in contexts.iter().enumerate() {
        let weights: Vec<u64> = contexts.iter().map(|_| 1 + random.skewed(16)).collect();
        let all: u64 = weights.iter().sum();
        for (measure, column) in node_values.iter_mut().enumerate() {
            let sum = by_function[function][measure];
            let mut left = sum;
            for (&node, &weight) in contexts.iter().zip(&weights) {
                let share = (u128::from(sum) * u128::from(weight) / u128::from(all)) as u64;
                column[node] = share;
                left -= share;
            }
            if let Some(&first) = contexts.first() {
                column[first] += left;
            }
        }
    }
    let measures = node_values.iter().enumerate().map(|(at, column)| Measure {
        name: format!("measure{at}"),
        unit: "cost".to_owned(),
        about: String::new(),
        source: Source::Stored,
        total: column.iter().sum(),
        scale: 1,
        remainder: 0,
        proving_cost: at == 0,
    });
    ProfileData {
        measures: measures.collect(),
        functions,
        nodes,
        node_values,
        pcs,
        pc_values,
        scopes: vec![],
        timeline: Timeline::default(),
        unattributed: vec![],
        ..example::small()
    }
}
