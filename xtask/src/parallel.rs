//! Comparisons side by side: each guest is on its own. And of a random program that differs, the least that does.

use std::collections::BTreeSet;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use anyhow::{anyhow, Result};
use zkperf_exec::side_by_side;

/// Runs `job` on every index below `count`, as many at a time as the machine has cores. Results come in the order of the
/// indices.
///
/// # Errors
/// As [`with_workers`].
pub fn in_parallel<T: Send>(
    count: usize,
    job: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    with_workers(count, || (), |(), index| job(index))
}

/// The same with as many workers, each with what `worker` makes for it. Results come in the order of the indices.
///
/// # Errors
/// The first error by index, or a job that panicked; after one, nothing begins.
pub fn with_workers<W: Send, T: Send>(
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

/// The fragments that a random program needs to differ: each is left out, and comes back if nothing differs then.
/// `different` is what the program that is left differs in; `among` says it of some fragments.
///
/// # Errors
/// Those of `among`.
pub fn reduced(
    fragments: usize,
    different: &mut Vec<String>,
    mut among: impl FnMut(&BTreeSet<usize>) -> Result<Vec<String>>,
) -> Result<BTreeSet<usize>> {
    let mut keep: BTreeSet<usize> = (0..fragments).collect();
    for fragment in 0..fragments {
        keep.remove(&fragment);
        let smaller = among(&keep)?;
        if smaller.is_empty() {
            keep.insert(fragment);
        } else {
            *different = smaller;
        }
    }
    Ok(keep)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_to_differ_is_kept() {
        // It differs with 2 and one of 3 and 5.
        let mut different = vec!["all".to_owned()];
        let among = |keep: &BTreeSet<usize>| {
            let does = keep.contains(&2) && (keep.contains(&3) || keep.contains(&5));
            Ok(Vec::from_iter(does.then(|| format!("{keep:?}"))))
        };
        let keep = reduced(7, &mut different, among).unwrap();
        assert_eq!(keep, BTreeSet::from([2, 5]));
        assert_eq!(different, ["{2, 5}"]);
    }

    #[test]
    fn a_job_that_panics_is_an_error_that_names_it() {
        let failed = in_parallel(3, |at| match at {
            1 => panic!("planted"),
            at => Ok(at),
        });
        let said = failed.unwrap_err().to_string();
        assert_eq!(said, "number 1 of 3 panicked");
        assert_eq!(in_parallel(3, Ok).unwrap(), [0, 1, 2]);
    }
}
