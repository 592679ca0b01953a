//! Cuts a run into shards with the official `SplicingVM`, as `splice_chunk_sequential`
//! (`src/utils/prove.rs` of `sp1-core-machine` 6.10.0) drives it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sp1_core_executor::{
    CompressedMemory, CompressedPages, CycleResult, MinimalExecutorEnum, Program, SP1CoreOpts,
    ShardingThreshold, SplicedMinimalTrace, SplicingVMEnum,
};
use sp1_jit::MinimalTrace;

/// When a shard ends.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Limits {
    area: u64,
    height: u64,
    entries: u64,
}

/// One shard.
#[derive(Debug, Serialize)]
pub struct Shard {
    cycles: u64,
    /// The instruction that would come next.
    next_pc: u64,
    /// The clock there.
    clock: u64,
    /// `halted`, `area`, `height` or `entries`.
    cause: &'static str,
}

/// The shards of a run.
pub fn cut(
    program: &Arc<Program>,
    inputs: &[Vec<u8>],
    limits: Limits,
    options: &SP1CoreOpts,
) -> Result<Vec<Shard>, String> {
    let mut executor = MinimalExecutorEnum::new(program.clone(), false, Some(limits.entries));
    for input in inputs {
        executor.with_input(input);
    }
    let options = |height| SP1CoreOpts {
        sharding_threshold: ShardingThreshold {
            element_threshold: limits.area,
            height_threshold: height,
        },
        ..options.clone()
    };
    let mut shards = Vec::new();
    while let Some(chunk) = executor.execute_chunk() {
        let (mut touched, mut pages) = (CompressedMemory::new(), CompressedPages::new());
        let mut vm = SplicingVMEnum::new(
            &chunk,
            program.clone(),
            &mut touched,
            &mut pages,
            [0; 4],
            options(limits.height),
        );
        let mut part = SplicedMinimalTrace::new_full_trace(chunk.clone());
        loop {
            part.set_last_clk(chunk.clk_end());
            let before = vm.global_clk();
            let result = vm
                .execute()
                .map_err(|error| format!("splicing VM: {error}"))?;
            let next = vm.splice(chunk.clone());
            let cause = match (&result, &next) {
                (CycleResult::Done(true), _) => "halted",
                (_, None) => "entries",
                // The checker keeps the size to itself: without a limit of height, does it end here?
                _ if ends_at(&part, program, options(u64::MAX), vm.clk())? => "area",
                _ => "height",
            };
            shards.push(Shard {
                cycles: vm.global_clk() - before,
                next_pc: vm.pc(),
                clock: vm.clk(),
                cause,
            });
            match next {
                Some(next) => part = next,
                None => break,
            }
        }
    }
    Ok(shards)
}

/// Whether the first shard of a trace ends at a clock.
fn ends_at<T: MinimalTrace>(
    trace: &SplicedMinimalTrace<T>,
    program: &Arc<Program>,
    options: SP1CoreOpts,
    clock: u64,
) -> Result<bool, String> {
    let (mut touched, mut pages) = (CompressedMemory::new(), CompressedPages::new());
    let mut vm = SplicingVMEnum::new(
        trace,
        program.clone(),
        &mut touched,
        &mut pages,
        [0; 4],
        options,
    );
    vm.execute()
        .map_err(|error| format!("splicing VM: {error}"))?;
    Ok(vm.clk() == clock)
}
