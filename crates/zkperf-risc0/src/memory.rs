//! The guest's memory: 4 GiB of address space, of which the host holds what was touched.

use memmap2::{MmapMut, MmapOptions};
use zkperf_exec::{ExecError, GuestMemory};

const BYTES: usize = 1 << 32;

/// Flat guest memory without any bookkeeping; see [`crate::pager`] for that.
pub(crate) struct Memory {
    map: MmapMut,
}

impl Memory {
    /// All zeros.
    pub(crate) fn new() -> Result<Self, ExecError> {
        let map = MmapOptions::new().len(BYTES).no_reserve_swap().map_anon();
        map.map(|map| Self { map }).map_err(|error| {
            ExecError::Input(format!(
                "4 GiB of address space for the guest's memory cannot be reserved ({error}); raise the limit on virtual memory (ulimit -v)"
            ))
        })
    }

    /// The word at a word address below 2^30.
    #[inline]
    pub(crate) fn word(&self, word: u32) -> u32 {
        let [word] = self.words(word);
        word
    }

    /// Words that follow each other; the last word address is below 2^30.
    #[inline]
    pub(crate) fn words<const WORDS: usize>(&self, start: u32) -> [u32; WORDS] {
        let at = (start as usize) << 2;
        let bytes = &self.map[at..at + 4 * WORDS];
        std::array::from_fn(|word| {
            let bytes = &bytes[4 * word..4 * word + 4];
            u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
        })
    }

    /// Replaces the word at a word address below 2^30.
    #[inline]
    pub(crate) fn set_word(&mut self, word: u32, value: u32) {
        let at = (word as usize) << 2;
        self.map[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// The byte at an address.
    pub(crate) fn byte(&self, address: u32) -> u8 {
        self.map[address as usize]
    }

    /// Copies bytes in; the caller has seen to it that they fit.
    pub(crate) fn fill(&mut self, address: u32, bytes: &[u8]) {
        let at = address as usize;
        self.map[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// For the step loop: the first byte of [`BYTES`].
    pub(crate) fn as_mut_ptr(&mut self) -> *mut u8 {
        self.map.as_mut_ptr()
    }
}

impl GuestMemory for Memory {
    fn peek(&self, address: u64, bytes: &mut [u8]) -> bool {
        let end = address.checked_add(bytes.len() as u64);
        let Some(end) = end.filter(|end| *end <= BYTES as u64) else {
            return false;
        };
        bytes.copy_from_slice(&self.map[address as usize..end as usize]);
        true
    }
}
