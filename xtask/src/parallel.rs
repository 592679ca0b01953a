//! Comparisons side by side: each of guests is on its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

use anyhow::{bail, Result};

/// Runs `job` on every index below `count`, with as many workers as the machine has cores, each with what `worker` makes for
/// it. Results come in the order of the indices.
///
/// # Errors
/// The first error by index; a job that panicked.
pub fn in_parallel<W, T: Send>(
    count: usize,
    worker: impl Fn() -> W + Sync,
    job: impl Fn(&mut W, usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let run = || {
            let mut own = worker();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    break;
                }
                let result = job(&mut own, index);
                done.lock()
                    .unwrap_or_else(|e| e.into_inner())
                    .push((index, result));
            }
        };
        let threads: Vec<_> = (0..workers.min(count)).map(|_| scope.spawn(run)).collect();
        // One that panicked leaves its job undone, which is told below.
        threads.into_iter().for_each(|thread| drop(thread.join()));
    });
    let mut results = done.into_inner().unwrap_or_else(|e| e.into_inner());
    if results.len() != count {
        bail!("{} of {count} jobs panicked", count - results.len());
    }
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
