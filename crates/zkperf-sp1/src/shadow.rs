//! Which words have been touched in the running trace chunk, and which in the running shard.

use crate::memory::{Mapping, ADDRESS_SPACE};
use zkperf_exec::ExecError;

/// Epochs go up by this: the bit below is the mark of a deferred precompile.
const STEP: u8 = 2;
const EXTERNAL: u8 = 1;
/// Words, and so cells, of which one bit says whether any has been touched.
const PAGE: usize = 4096;

/// What a touch is the first of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Touch {
    /// The first in this chunk.
    pub(crate) in_chunk: bool,
    /// The first in this shard, or the first by the shard itself since a deferred precompile's.
    pub(crate) in_shard: bool,
}

/// A byte for each 8-byte word of memory: the epoch in which it was touched last. An epoch ends with
/// every chunk and every shard.
pub(crate) struct Shadow {
    /// Owns the cells, which begin at `start`.
    _mapping: Mapping,
    start: *mut u8,
    epoch: u8,
    /// First epoch of the running chunk, and of the running shard.
    chunk: u8,
    shard: u8,
    /// Pages of cells that are not all zero, as bits.
    pages: Vec<u64>,
}

/// The words touched in the running epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    start: *const u8,
    epoch: u8,
}

impl Known {
    /// Nothing, for a recorder that does not ask.
    pub(crate) const NOTHING: Self = Self {
        start: std::ptr::null(),
        epoch: 0,
    };

    /// Whether a touch of a word is no news. The address is inside the space.
    #[inline(always)]
    pub(crate) fn has(self, address: u64) -> bool {
        debug_assert!(address < ADDRESS_SPACE);
        // SAFETY: one byte for each word of the address space, and the caller checked the address.
        unsafe { *self.start.add((address >> 3) as usize) == self.epoch }
    }
}

impl Shadow {
    pub(crate) fn new() -> Result<Self, ExecError> {
        let cells = ADDRESS_SPACE / 8;
        let mapping = Mapping::new(cells)?;
        Ok(Self {
            start: mapping.start(),
            _mapping: mapping,
            epoch: STEP,
            chunk: STEP,
            shard: STEP,
            pages: vec![0; cells as usize / PAGE / 64],
        })
    }

    /// What the step loop asks; good until the epoch ends.
    pub(crate) fn known(&self) -> Known {
        Known {
            start: self.start,
            epoch: self.epoch,
        }
    }

    /// A word is touched; `external`: by a precompile whose rows go to another shard.
    pub(crate) fn touch(&mut self, address: u64, external: bool) -> Touch {
        let word = (address >> 3) as usize;
        self.pages[word / PAGE / 64] |= 1 << (word / PAGE % 64);
        // SAFETY: as in `Known::has`.
        let cell = unsafe { &mut *self.start.add(word) };
        let before = *cell;
        *cell = if external {
            self.epoch | EXTERNAL
        } else {
            self.epoch
        };
        let was_external = before & EXTERNAL != 0;
        Touch {
            in_chunk: before < self.chunk,
            in_shard: before < self.shard || (was_external && !external),
        }
    }

    /// Words that are new again.
    pub(crate) fn forget(&mut self, address: u64, words: u64) {
        // SAFETY: as in `Known::has`.
        unsafe { std::ptr::write_bytes(self.start.add((address >> 3) as usize), 0, words as usize) }
    }

    pub(crate) fn next_chunk(&mut self) {
        self.next_epoch();
        self.chunk = self.epoch;
    }

    pub(crate) fn next_shard(&mut self) {
        self.next_epoch();
        self.shard = self.epoch;
    }

    fn next_epoch(&mut self) {
        if self.epoch > u8::MAX - 2 * STEP {
            self.renumber();
        }
        self.epoch += STEP;
    }

    /// Only three kinds of epochs matter: before both chunk and shard, in one of them, in both.
    fn renumber(&mut self) {
        let (one, both) = (self.chunk.min(self.shard), self.chunk.max(self.shard));
        let renumbered = |epoch: u8| match epoch {
            epoch if epoch < one => 0,
            epoch if epoch < both => STEP | (epoch & EXTERNAL),
            epoch => (2 * STEP) | (epoch & EXTERNAL),
        };
        for (group, bits) in self.pages.iter().enumerate() {
            for page in (0..64).filter(|bit| bits >> bit & 1 == 1) {
                // SAFETY: pages lie within the cells, which nobody else has.
                let cells = unsafe {
                    let start = self.start.add((group * 64 + page) * PAGE);
                    std::slice::from_raw_parts_mut(start, PAGE)
                };
                for cell in cells {
                    *cell = renumbered(*cell);
                }
            }
        }
        self.chunk = renumbered(self.chunk);
        self.shard = renumbered(self.shard);
        self.epoch = 2 * STEP;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Touch = Touch {
        in_chunk: false,
        in_shard: false,
    };
    const ALL: Touch = Touch {
        in_chunk: true,
        in_shard: true,
    };

    #[test]
    fn chunks_and_shards_end_apart() {
        let mut shadow = Shadow::new().unwrap();
        assert_eq!(shadow.touch(80, false), ALL);
        assert!(shadow.known().has(87) && !shadow.known().has(88));
        // Often enough to number the epochs anew.
        for _ in 0..1000 {
            shadow.next_shard();
            assert!(!shadow.known().has(80));
            let touch = shadow.touch(80, false);
            assert!(touch.in_shard && !touch.in_chunk);
        }
        shadow.next_chunk();
        let touch = shadow.touch(80, false);
        assert!(touch.in_chunk && !touch.in_shard);
        assert_eq!(shadow.touch(80, false), NOTHING);
        for _ in 0..1000 {
            shadow.next_chunk();
        }
        let touch = shadow.touch(80, false);
        assert!(touch.in_chunk && !touch.in_shard);
        shadow.forget(80, 1);
        assert_eq!(shadow.touch(80, false), ALL);
    }

    #[test]
    fn after_a_deferred_precompile_a_word_is_new_to_the_shard() {
        let mut shadow = Shadow::new().unwrap();
        assert_eq!(shadow.touch(8, true), ALL);
        assert_eq!(shadow.touch(8, true), NOTHING);
        assert!(!shadow.known().has(8));
        let touch = shadow.touch(8, false);
        assert!(touch.in_shard && !touch.in_chunk);
        assert_eq!(shadow.touch(8, false), NOTHING);
    }
}
