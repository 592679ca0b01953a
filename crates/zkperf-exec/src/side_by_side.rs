//! Runs side by side. A run has no noise, so neither what it costs nor what it gives depends on its neighbours.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Does `work` on every item, on as many threads as this machine has processors, `at_a_time` at most. Results come in the
/// items' order; of what `stop` kept from beginning there are none.
///
/// # Errors
/// The first error by the items' order of those that came before everything stopped; after one, nothing begins.
pub fn side_by_side<T: Sync, R: Send, E: Send>(
    items: &[T],
    at_a_time: usize,
    stop: impl Fn() -> bool + Sync,
    work: impl Fn(usize, &T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let one_after_another = || {
        let _told = TellsPanic(&failed);
        let mut done = Vec::new();
        while !failed.load(Ordering::Relaxed) && !stop() {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                break;
            };
            let result = work(index, item);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            done.push((index, result));
        }
        done
    };
    let mut done = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processors.min(at_a_time).min(items.len()))
            .map(|_| scope.spawn(one_after_another))
            .collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect::<Vec<_>>()
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Has a panic stop the other threads, too.
struct TellsPanic<'a>(&'a AtomicBool);

impl Drop for TellsPanic<'_> {
    fn drop(&mut self) {
        self.0.fetch_or(std::thread::panicking(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_come_in_the_items_order() {
        let items: Vec<u64> = (0..20).collect();
        let doubled = side_by_side(
            &items,
            8,
            || false,
            |at, item| {
                // The first are the last to be done.
                std::thread::sleep(Duration::from_micros(20 - *item));
                Ok::<_, ()>((at, item * 2))
            },
        );
        let wanted: Vec<(usize, u64)> = (0..20).map(|at| (at, 2 * at as u64)).collect();
        assert_eq!(doubled, Ok(wanted));
        let none: [u8; 0] = [];
        let nothing = side_by_side(&none, 8, || false, |_, _| Ok::<_, ()>(()));
        assert_eq!(nothing, Ok(Vec::new()));
    }

    #[test]
    fn after_an_error_nothing_begins() {
        let items: Vec<u64> = (0..1_000).collect();
        let begun = AtomicUsize::new(0);
        let failed = side_by_side(
            &items,
            8,
            || false,
            |_, item| {
                begun.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(1));
                match item {
                    3 | 900 => Err(*item),
                    _ => Ok(()),
                }
            },
        );
        assert_eq!(failed, Err(3));
        assert!(begun.load(Ordering::Relaxed) < 500);
    }

    #[test]
    fn what_is_stopped_is_left_out() {
        let begun = AtomicUsize::new(0);
        let stop = || begun.load(Ordering::Relaxed) >= 2;
        let some = side_by_side(&[1, 2, 3, 4], 1, stop, |_, item| {
            begun.fetch_add(1, Ordering::Relaxed);
            Ok::<_, ()>(*item)
        });
        assert_eq!(some, Ok(vec![1, 2]));
    }
}
