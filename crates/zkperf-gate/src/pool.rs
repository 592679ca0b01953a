//! Work on many things at a time, with results in their order.

use crate::error::GateError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use zkperf_exec::side_by_side;

/// Guests that run at a time at most: each holds its memory, a mainnet block's is about half a gigabyte.
const AT_A_TIME: usize = 8;

/// Does `work` on every item, on as many threads as this machine has processors, eight at most, and gives the results in
/// the items' order. What the work sends comes to `hear` on the calling thread.
///
/// # Errors
/// The first error by the items' order of those that came before everything stopped; nothing is begun after an error or
/// once `cancel` is set ([`GateError::Cancelled`]).
pub(crate) fn each<T: Sync, R: Send, M: Send>(
    items: &[T],
    cancel: &AtomicBool,
    hear: &mut dyn FnMut(M),
    work: impl Fn(&T, &mpsc::Sender<M>) -> Result<R, GateError> + Send + Sync,
) -> Result<Vec<R>, GateError> {
    let (sender, messages) = mpsc::channel();
    let all = move || {
        let cancelled = || cancel.load(Ordering::Relaxed);
        side_by_side(items, AT_A_TIME, cancelled, |_, item| work(item, &sender))
    };
    let done = std::thread::scope(|scope| {
        let working = scope.spawn(all);
        // The last message comes before the threads are done.
        messages.iter().for_each(hear);
        working.join()
    });
    let done = done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    match done.len() < items.len() {
        true => Err(GateError::Cancelled),
        false => Ok(done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    fn nothing(_: ()) {}

    #[test]
    fn results_come_in_order_and_messages_at_all() {
        let items: Vec<u64> = (0..100).collect();
        let mut heard = 0;
        let doubled = each(
            &items,
            &AtomicBool::new(false),
            &mut |item: u64| heard += item,
            |item, sender| {
                // The first are the last to be done.
                std::thread::sleep(std::time::Duration::from_micros(100 - item));
                sender.send(*item).unwrap();
                Ok(item * 2)
            },
        );
        assert_eq!(
            doubled.unwrap(),
            items.iter().map(|item| item * 2).collect::<Vec<_>>()
        );
        assert_eq!(heard, 99 * 100 / 2);
    }

    #[test]
    fn an_error_stops_what_has_not_begun() {
        let items: Vec<u64> = (0..10_000).collect();
        let begun = AtomicUsize::new(0);
        let failed = each(
            &items,
            &AtomicBool::new(false),
            &mut nothing,
            |item, _| match begun.fetch_add(1, Ordering::Relaxed) {
                _ if *item == 3 => Err(GateError::NoSubject),
                _ => {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                    Ok(())
                }
            },
        );
        assert!(matches!(failed, Err(GateError::NoSubject)));
        assert!(begun.load(Ordering::Relaxed) < 1_000);
    }

    #[test]
    fn what_is_cancelled_does_not_begin() {
        let cancelled = each(
            &[1, 2],
            &AtomicBool::new(true),
            &mut nothing,
            |_, _| -> Result<(), _> { unreachable!("it was cancelled") },
        );
        assert!(matches!(cancelled, Err(GateError::Cancelled)));
        let none: [u8; 0] = [];
        assert!(each(&none, &AtomicBool::new(true), &mut nothing, |_, _| Ok(())).is_ok());
    }
}
