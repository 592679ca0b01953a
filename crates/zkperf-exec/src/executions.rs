//! How often each place of a program ran.

use std::ops::Range;

/// Executions of each place, kept as differences: places run one after the other, so entering and
/// leaving such a run is all there is to note, however long it is.
#[derive(Debug)]
pub struct Executions {
    /// Executions of a place are the sum of all entries up to it. One longer than the places.
    changes: Vec<i64>,
}

impl Executions {
    /// For a program of `places`, none of which has run.
    pub fn new(places: usize) -> Self {
        Self {
            changes: vec![0; places + 1],
        }
    }

    /// Control arrives at a place.
    ///
    /// # Panics
    /// If there is no such place.
    #[inline(always)]
    pub fn enter(&mut self, place: usize) {
        self.changes[place] += 1;
    }

    /// As [`Self::enter`], where the step loop knows that the place is one.
    ///
    /// # Safety
    /// `place` is at most the count of places.
    #[inline(always)]
    pub unsafe fn enter_unchecked(&mut self, place: usize) {
        debug_assert!(place < self.changes.len());
        // SAFETY: by this function's own contract.
        *unsafe { self.changes.get_unchecked_mut(place) } += 1;
    }

    /// Control leaves after a place.
    ///
    /// # Safety
    /// `place` is below the count of places.
    #[inline(always)]
    pub unsafe fn leave_unchecked(&mut self, place: usize) {
        debug_assert!(place + 1 < self.changes.len());
        // SAFETY: by this function's own contract.
        *unsafe { self.changes.get_unchecked_mut(place + 1) } -= 1;
    }

    /// Takes an arrival back: the run stopped before the place.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn not_entered(&mut self, place: usize) {
        self.changes[place] -= 1;
    }

    /// By how much executions change from before the first place of a range to its last.
    ///
    /// # Panics
    /// If the range is not within the places.
    pub fn changes(&self, places: Range<usize>) -> &[i64] {
        &self.changes[places]
    }

    /// Executions of each place, and of nothing past the last.
    pub fn counts(&self) -> Vec<u64> {
        let mut running = 0i64;
        let places = &self.changes[..self.changes.len() - 1];
        let count = |change: &i64| {
            running += change;
            running as u64
        };
        places.iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_place_by_place() {
        let mut executions = Executions::new(4);
        let mut ran = |range: Range<usize>| {
            executions.enter(range.start);
            // SAFETY: the ranges below end within the places.
            unsafe { executions.leave_unchecked(range.end - 1) };
        };
        ran(0..4);
        ran(1..3);
        ran(1..2);
        executions.enter(3);
        executions.not_entered(3);
        assert_eq!(executions.counts(), [1, 3, 2, 1]);
        assert_eq!(executions.changes(0..2).iter().sum::<i64>(), 3);
    }

    #[test]
    fn a_program_without_places_has_no_counts() {
        assert!(Executions::new(0).counts().is_empty());
    }
}
