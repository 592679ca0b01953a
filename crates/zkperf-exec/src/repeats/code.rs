//! A program's code as it lies in its ELF: what is known of a function before it runs.

use super::state::OFFSETS;
use zkperf_profile::Function;
use zkperf_symbols::executable_parts;

/// The executable parts of an ELF.
#[derive(Debug, Clone, Default)]
pub struct CodeBytes {
    is_64: bool,
    parts: Vec<(u64, Vec<u8>)>,
}

impl CodeBytes {
    /// The executable parts of a linked RISC-V ELF; none of anything else.
    pub fn of(elf: &[u8]) -> Self {
        let (is_64, parts) = executable_parts(elf).unwrap_or_default();
        let parts = parts.into_iter();
        Self {
            is_64,
            parts: parts
                .map(|(start, bytes)| (start, bytes.to_vec()))
                .collect(),
        }
    }

    /// Code that lies at an address, for a program of 64-bit words or of 32-bit ones.
    pub fn at(address: u64, words: &[u32], is_64: bool) -> Self {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        Self {
            is_64,
            parts: vec![(address, bytes)],
        }
    }

    /// Whether words have 64 bits.
    pub(super) fn is_64(&self) -> bool {
        self.is_64
    }

    /// Bytes of a word.
    pub(super) fn word_bytes(&self) -> usize {
        if self.is_64 {
            8
        } else {
            4
        }
    }

    /// A function's instruction words; nothing if they are not all there or not all of 4 bytes.
    pub(super) fn words(&self, function: &Function) -> Option<Vec<u32>> {
        let start = function.address?;
        let holds =
            |part: &&(u64, Vec<u8>)| start >= part.0 && start - part.0 < part.1.len() as u64;
        let (base, bytes) = self.parts.iter().find(holds)?;
        let from = (start - base) as usize;
        let bytes = bytes.get(from..from.checked_add(function.bytes as usize)?)?;
        let words: Vec<u32> = bytes
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect();
        let is_whole = !words.is_empty() && words.iter().all(|word| word & 3 == 3);
        is_whole.then_some(words)
    }
}

/// A set of offsets from 0 to [`OFFSETS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Offsets([u64; OFFSETS / 64]);

impl Offsets {
    /// The first so many.
    pub(super) fn first(count: usize) -> Offsets {
        let mut offsets = Offsets::default();
        offsets.add(0, count);
        offsets
    }

    /// Adds some in a row; false if they are out of reach.
    pub(super) fn add(&mut self, from: i32, count: usize) -> bool {
        let from = usize::try_from(from).ok();
        let Some(from) = from.filter(|from| from + count <= OFFSETS) else {
            return false;
        };
        for at in from..from + count {
            self.0[at / 64] |= 1 << (at % 64);
        }
        true
    }

    /// Adds those of another set, moved on by `by`; false if some are out of reach.
    pub(super) fn add_all(&mut self, other: &Offsets, by: i32) -> bool {
        let mut all = true;
        for at in (0..OFFSETS).filter(|at| other.holds(*at)) {
            all &= self.add(at as i32 + by, 1);
        }
        all
    }

    pub(super) fn holds(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// One more than the last.
    pub(super) fn end(&self) -> usize {
        let last = self.0.iter().rposition(|word| *word != 0);
        last.map_or(0, |at| 64 * (at + 1) - self.0[at].leading_zeros() as usize)
    }
}
