//! `memcmp` by whole words, for zkVMs whose own compares byte by byte.

use core::cmp::Ordering;

/// Bytes of a machine word.
const WORD: usize = size_of::<usize>();

// A word's first byte in memory is taken as its lowest.
const _: () = assert!(cfg!(target_endian = "little"));

/// Compares `length` bytes from `a` and from `b`, as `memcmp` does.
///
/// Hashes in trie nodes lie anywhere, so words that are not aligned are put together from the two aligned ones that
/// they lie in. Every word that is read has a byte in it that is to be compared.
///
/// # Safety
/// Both have this many bytes, and memory is read by whole aligned words: what surrounds them in their words is read, and
/// ignored.
#[inline(always)]
pub unsafe fn compare(a: *const u8, b: *const u8, length: usize) -> i32 {
    let (mut a, mut b, mut left) = (a, b, length);
    if (a.addr() | b.addr()).is_multiple_of(WORD) {
        while left >= WORD {
            // SAFETY: whole words of the bytes to be compared.
            let (x, y) = unsafe { (aligned(a), aligned(b)) };
            if x != y {
                return order(x, y);
            }
            (a, b, left) = (a.wrapping_add(WORD), b.wrapping_add(WORD), left - WORD);
        }
    } else {
        while left > WORD {
            // SAFETY: more than a word is left, so both aligned words have bytes of it.
            let (x, y) = unsafe { (spread(a), spread(b)) };
            if x != y {
                return order(x, y);
            }
            (a, b, left) = (a.wrapping_add(WORD), b.wrapping_add(WORD), left - WORD);
        }
    }
    if left == 0 {
        return 0;
    }
    // SAFETY: a word at most is left, and a byte at least.
    let (x, y) = unsafe { (last(a, left), last(b, left)) };
    match x == y {
        true => 0,
        false => order(x, y),
    }
}

/// A hash as words, so that it can be compared with many. It lies anywhere, as in [`compare`].
#[inline(always)]
pub(crate) fn words(hash: &[u8; 32]) -> [usize; 32 / WORD] {
    match cfg!(any(target_arch = "riscv64", target_arch = "riscv32")) {
        true if !hash.as_ptr().addr().is_multiple_of(WORD) => core::array::from_fn(|i| {
            // SAFETY: not aligned, so both words have bytes of it.
            unsafe { spread(hash.as_ptr().wrapping_add(i * WORD)) }
        }),
        _ => bytemuck::pod_read_unaligned(hash),
    }
}

/// The word that begins at `place`, which is aligned.
unsafe fn aligned(place: *const u8) -> usize {
    let word: usize;
    // Not by reference: what surrounds the bytes need not belong to them.
    #[cfg(target_arch = "riscv64")]
    // SAFETY: the caller's.
    unsafe {
        core::arch::asm!("ld {}, 0({})", out(reg) word, in(reg) place, options(pure, readonly, nostack));
    }
    #[cfg(target_arch = "riscv32")]
    // SAFETY: the caller's.
    unsafe {
        core::arch::asm!("lw {}, 0({})", out(reg) word, in(reg) place, options(pure, readonly, nostack));
    }
    #[cfg(not(any(target_arch = "riscv64", target_arch = "riscv32")))]
    {
        // SAFETY: the caller's.
        word = unsafe { place.cast::<usize>().read() };
    }
    word
}

/// The word that begins at `place`, put together from the two that it lies in, or is the first of.
unsafe fn spread(place: *const u8) -> usize {
    let within = place.addr() % WORD;
    let begin = place.wrapping_sub(within);
    // SAFETY: the caller's.
    let (low, high) = unsafe { (aligned(begin), aligned(begin.wrapping_add(WORD))) };
    join(low, high, within)
}

/// The `left` bytes from `place`, between one and a whole word, at the upper end of a word.
unsafe fn last(place: *const u8, left: usize) -> usize {
    let within = place.addr() % WORD;
    let begin = place.wrapping_sub(within);
    // SAFETY: the caller's.
    let low = unsafe { aligned(begin) };
    let high = match within + left > WORD {
        // SAFETY: it has the last of the bytes.
        true => unsafe { aligned(begin.wrapping_add(WORD)) },
        false => 0,
    };
    join(low, high, within) << (8 * (WORD - left))
}

/// A word from `within` the first of two words. Shifts by a word's whole width do not exist, hence two of them.
fn join(low: usize, high: usize, within: usize) -> usize {
    let down = 8 * within as u32;
    low >> down | high << 1 << (usize::BITS - 1 - down)
}

/// By the first byte in which two words differ.
fn order(mut x: usize, mut y: usize) -> i32 {
    while x as u8 == y as u8 {
        (x, y) = (x >> 8, y >> 8);
    }
    match (x as u8).cmp(&(y as u8)) {
        Ordering::Less => -1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(align(8))]
    struct Aligned([u8; 64]);

    /// What `compare` says, between whole words that are not to be looked at.
    fn compared(a: &[u8], at_a: usize, b: &[u8], at_b: usize) -> Ordering {
        let (mut left, mut right) = (Aligned([0x55; 64]), Aligned([0xaa; 64]));
        left.0[8 + at_a..][..a.len()].copy_from_slice(a);
        right.0[8 + at_b..][..b.len()].copy_from_slice(b);
        // SAFETY: a word at least before and behind them belongs to the same array.
        let ordering = unsafe {
            compare(
                left.0.as_ptr().wrapping_add(8 + at_a),
                right.0.as_ptr().wrapping_add(8 + at_b),
                a.len(),
            )
        };
        ordering.cmp(&0)
    }

    #[test]
    fn every_length_at_every_alignment() {
        let bytes: [u8; 40] = core::array::from_fn(|i| (i * 37 + 11) as u8);
        for length in 0..=bytes.len() {
            for (at_a, at_b) in (0..64).map(|i| (i % 8, i / 8)) {
                let a = &bytes[..length];
                assert_eq!(compared(a, at_a, a, at_b), Ordering::Equal);
                for place in 0..length {
                    for change in [0x01, 0x80] {
                        let mut b = a.to_vec();
                        b[place] ^= change;
                        // what comes later decides nothing
                        if let Some(later) = b.get_mut(place + 3) {
                            *later ^= 0xff;
                        }
                        assert_eq!(
                            compared(a, at_a, &b, at_b),
                            a.cmp(&b),
                            "{length} bytes, {at_a} {at_b}, {place}"
                        );
                    }
                }
            }
        }
    }
}
