//! Hashes of what a function was given and of what it left: numbers count themselves, addresses count by what lies
//! there, so that the same bytes elsewhere are the same.

use super::code::Offsets;
use super::needs::{Need, Needs};
use super::state::OFFSETS;
use crate::probe::GuestMemory;

/// Numbers below are no addresses: no zkVM has memory there.
const LEAST_ADDRESS: u64 = 1 << 14;
/// Bytes that count of what has no known size.
const OPEN_BYTES: usize = 32;
/// Most bytes that are compared where a number tells how many there are.
const MOST_BYTES: usize = 1 << 16;
/// Addresses that are followed, one behind the other, where the code does not say.
const DEPTH: usize = 1;

/// Mixes words into 64 bits: a multiplication of 64 by 64 bits, both halves of which count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hash(u64);

impl Hash {
    pub(super) fn new(seed: u64) -> Hash {
        Hash(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(super) fn add(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x2545_f491_4f6c_dd1d)
            * u128::from(word.rotate_left(32) ^ 0xd6e8_feb8_6659_fd93 ^ self.0.rotate_left(17));
        self.0 = (product as u64 ^ (product >> 64) as u64).wrapping_add(self.0.rotate_left(5));
    }

    pub(super) fn value(self) -> u64 {
        self.0
    }

    fn add_bytes(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }
}

/// A hash of what a function is given.
pub(super) struct Given {
    hash: Hash,
    /// Whether it may read more than is in the hash.
    pub(super) in_part: bool,
}

impl Given {
    pub(super) fn value(&self) -> u64 {
        self.hash.value()
    }
}

/// Reads a guest's memory for hashes.
pub(super) struct Reader<'a, M> {
    pub(super) memory: &'a M,
    pub(super) word: usize,
}

impl<M: GuestMemory> Reader<'_, M> {
    /// What a function is given, in `arguments`.
    pub(super) fn given(&self, seed: u64, arguments: &[u64; 8], needs: &Needs) -> Given {
        let mut given = Given {
            hash: Hash::new(seed),
            in_part: needs.reads_on,
        };
        for (nth, need) in needs.of.iter().enumerate().filter(|(_, need)| need.live) {
            let next = arguments.get(nth + 1).copied();
            let count = next.filter(|_| needs.of.get(nth + 1).is_some_and(|next| next.live));
            self.add_given(&mut given, arguments[nth], need, count);
        }
        given
    }

    fn add_given(&self, given: &mut Given, value: u64, need: &Need, count: Option<u64>) {
        if !self.is_address(value) {
            return given.hash.add(value);
        }
        if !need.is_read() {
            // An address of which nothing is read: it is told apart from none only.
            return given.hash.add(LEAST_ADDRESS);
        }
        self.add_read(given, value, need);
        if need.read_open {
            self.add_counted(given, value, count, need.width);
        }
    }

    /// As many elements as a number says; the first bytes if that is no number of elements.
    fn add_counted(&self, given: &mut Given, address: u64, count: Option<u64>, width: u8) {
        let bytes = count.and_then(|count| count.checked_mul(width.max(1).into()));
        match bytes.and_then(|bytes| usize::try_from(bytes).ok()) {
            Some(bytes) if bytes <= MOST_BYTES => self.add_raw(&mut given.hash, address, bytes),
            _ => {
                given.in_part = true;
                self.add_words(&mut given.hash, address, OPEN_BYTES, DEPTH);
            }
        }
    }

    /// The words at certain offsets from an address, and what some of them lead to.
    fn add_read(&self, given: &mut Given, address: u64, need: &Need) {
        let mut bytes = [0; OFFSETS];
        let end = need.read.end().next_multiple_of(self.word).min(OFFSETS);
        if end == 0 || !self.memory.peek(address, &mut bytes[..end]) {
            return;
        }
        for at in (0..end).filter(|at| !need.read.holds(*at)) {
            bytes[at] = 0;
        }
        if bytes[..end].iter().all(|byte| *byte == 0) {
            // Nothing lies there: what looks like an address may be a number.
            given.hash.add(address);
        }
        for at in (0..end).step_by(self.word) {
            let word = self.word_at(&bytes, at);
            if !self.is_address(word) {
                given.hash.add(word);
            } else if need.through.holds(at) {
                // Addresses in vectors, slices and strings stand before a length.
                let has_length = at + self.word < end;
                let length = has_length.then(|| self.word_at(&bytes, at + self.word));
                self.add_counted(given, word, length, 1);
            } else {
                given.hash.add(LEAST_ADDRESS);
            }
        }
    }

    fn word_at(&self, bytes: &[u8], at: usize) -> u64 {
        let mut word = [0; 8];
        word[..self.word].copy_from_slice(&bytes[at..at + self.word]);
        u64::from_le_bytes(word)
    }

    /// What a function left: in registers if it writes nothing through its first argument, and where its arguments
    /// pointed.
    pub(super) fn left(&self, arguments: &[u64; 8], results: [u64; 2], needs: &Needs) -> u64 {
        let mut hash = Hash::new(0);
        if !needs.of[0].is_written() {
            for (nth, result) in results.into_iter().enumerate() {
                match self.is_address(result) {
                    false => hash.add(result),
                    true if nth == 0 => self.add_words(&mut hash, result, OPEN_BYTES, 1),
                    true => {}
                }
            }
        }
        for (value, need) in arguments.iter().zip(&needs.of) {
            if !need.is_written() || !self.is_address(*value) {
                continue;
            }
            self.add_offsets(&mut hash, *value, &need.written);
            if need.written_open {
                self.add_words(&mut hash, *value, OPEN_BYTES, 1);
            }
        }
        hash.value()
    }

    /// Whether a number is an address, as far as can be told: something lies there. Where all numbers of a register are
    /// addresses, most lead to memory that was never touched.
    fn is_address(&self, value: u64) -> bool {
        let mut bytes = [0; 16];
        value >= LEAST_ADDRESS
            && self.memory.peek(value & !15, &mut bytes)
            && bytes.iter().any(|byte| *byte != 0)
    }

    /// The words at certain offsets from an address.
    fn add_offsets(&self, hash: &mut Hash, address: u64, offsets: &Offsets) {
        let mut bytes = [0; OFFSETS];
        let end = offsets.end().next_multiple_of(self.word).min(OFFSETS);
        if end == 0 || !self.memory.peek(address, &mut bytes[..end]) {
            return;
        }
        for (at, byte) in bytes.iter_mut().enumerate().take(end) {
            *byte *= u8::from(offsets.holds(at));
        }
        self.add_followed(hash, address, &bytes[..end], DEPTH);
    }

    /// So many bytes, which may hold addresses.
    fn add_words(&self, hash: &mut Hash, address: u64, count: usize, depth: usize) {
        let mut bytes = [0; OPEN_BYTES];
        let bytes = &mut bytes[..count.min(OPEN_BYTES)];
        if self.memory.peek(address, bytes) {
            self.add_followed(hash, address, bytes, depth);
        }
    }

    fn add_followed(&self, hash: &mut Hash, address: u64, bytes: &[u8], depth: usize) {
        if bytes.iter().all(|byte| *byte == 0) {
            // Nothing lies there: what looked like an address may have been a number.
            hash.add(address);
        }
        for at in (0..bytes.len()).step_by(self.word) {
            let word = self.word_at(bytes, at);
            match self.is_address(word) {
                false => hash.add(word),
                // An address at the end of the way says nothing: the same may lie elsewhere.
                true if depth == 0 => hash.add(LEAST_ADDRESS),
                true => self.add_words(hash, word, OPEN_BYTES, depth - 1),
            }
        }
    }

    /// So many bytes as they are.
    fn add_raw(&self, hash: &mut Hash, address: u64, count: usize) {
        const STEP: usize = 256;
        let mut bytes = [0; STEP];
        for from in (0..count).step_by(STEP) {
            let some = &mut bytes[..STEP.min(count - from)];
            if !self.memory.peek(address.wrapping_add(from as u64), some) {
                return;
            }
            hash.add_bytes(some);
        }
    }
}
