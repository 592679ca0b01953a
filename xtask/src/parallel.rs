//! Comparisons side by side: each guest is on its own.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use anyhow::{anyhow, Result};
use zkperf_exec::side_by_side;

/// Runs `job` on every index below `count`, with as many workers as the machine has cores, each with what `worker` makes for
/// it. Results come in the order of the indices.
///
/// # Errors
/// The first error by index, or a job that panicked; after one, nothing begins.
pub fn in_parallel<W: Send, T: Send>(
    count: usize,
    worker: impl Fn() -> W + Sync,
    job: impl Fn(&mut W, usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let idle: Mutex<Vec<W>> = Mutex::new(Vec::new());
    let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    let indices: Vec<usize> = (0..count).collect();
    side_by_side(
        &indices,
        usize::MAX,
        || false,
        |_, &index| {
            let known = idle().pop();
            let mut own = known.unwrap_or_else(&worker);
            let result = catch_unwind(AssertUnwindSafe(|| job(&mut own, index)));
            idle().push(own);
            result.unwrap_or_else(|_| Err(anyhow!("number {index} of {count} panicked")))
        },
    )
}
