//! A program's code as it lies in its ELF: what is known of a function before it runs.

use super::state::OFFSETS;
use zkperf_profile::Function;

const PT_LOAD: u32 = 1;
const EXECUTABLE: u32 = 1;

/// The executable segments of an ELF.
#[derive(Debug, Clone, Default)]
pub struct CodeBytes {
    is_64: bool,
    segments: Vec<(u64, Vec<u8>)>,
}

impl CodeBytes {
    /// The executable segments of a whole ELF ([`crate::check_elf`]); none of anything else.
    pub fn of(elf: &[u8]) -> Self {
        Self::read(elf).unwrap_or_default()
    }

    /// Code that lies at an address, for a program of 64-bit words or of 32-bit ones.
    pub fn at(address: u64, words: &[u32], is_64: bool) -> Self {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        Self {
            is_64,
            segments: vec![(address, bytes)],
        }
    }

    fn read(elf: &[u8]) -> Option<Self> {
        let is_64 = *elf.get(4)? == 2;
        let number = |at: usize, bytes: usize| -> Option<u64> {
            let mut value = [0; 8];
            value[..bytes].copy_from_slice(elf.get(at..at.checked_add(bytes)?)?);
            Some(u64::from_le_bytes(value))
        };
        let word = if is_64 { 8 } else { 4 };
        let (table, size, count) = match is_64 {
            true => (number(32, 8)?, number(54, 2)?, number(56, 2)?),
            false => (number(28, 4)?, number(42, 2)?, number(44, 2)?),
        };
        // Offset, address and size in the file; flags.
        let fields = if is_64 {
            [8, 16, 32, 4]
        } else {
            [4, 8, 16, 24]
        };
        let mut segments = Vec::new();
        for nth in 0..count {
            let at = usize::try_from(table.checked_add(nth * size)?).ok()?;
            let flags = number(at + fields[3], 4)? as u32;
            if number(at, 4)? as u32 != PT_LOAD || flags & EXECUTABLE == 0 {
                continue;
            }
            let [offset, address, length] = [0, 1, 2].map(|field| number(at + fields[field], word));
            let (offset, length) = (
                usize::try_from(offset?).ok()?,
                usize::try_from(length?).ok()?,
            );
            let bytes = elf.get(offset..offset.checked_add(length)?)?;
            segments.push((address?, bytes.to_vec()));
        }
        Some(Self { is_64, segments })
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
        let holds = |segment: &&(u64, Vec<u8>)| {
            start >= segment.0 && start - segment.0 < segment.1.len() as u64
        };
        let (base, bytes) = self.segments.iter().find(holds)?;
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
