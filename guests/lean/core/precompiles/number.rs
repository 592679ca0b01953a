//! Numbers of whole words, least significant first, as the circuits take them.

/// Whether a < b.
#[inline]
pub fn below<const N: usize>(a: &[u64; N], b: &[u64; N]) -> bool {
    // nearly always the first words decide
    for (a, b) in a.iter().zip(b).rev() {
        if a != b {
            return a < b;
        }
    }
    false
}

/// Ends the run of a prover that lies; no input leads here.
#[inline]
pub fn honest(is: bool) {
    assert!(
        is,
        "the prover gave a result that is not the least of its class"
    );
}

/// A number from its big-endian bytes; of another length than `N` words, what is missing is zero, and what is too much
/// is left out.
pub fn from_bytes<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut words = [0; N];
    let (rest, chunks) = bytes.as_rchunks::<8>();
    let mut places = words.iter_mut();
    for (bytes, word) in chunks.iter().rev().zip(places.by_ref()) {
        *word = u64::from_be_bytes(*bytes);
    }
    if let Some(word) = places.next() {
        *word = rest
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    words
}

/// A number below the modulus from its big-endian bytes.
pub fn reduced<const N: usize>(bytes: &[u8], modulus: &[u64; N]) -> Option<[u64; N]> {
    Some(from_bytes(bytes)).filter(|number| below(number, modulus))
}

/// Writes a number to `bytes`, big-endian; what there are no bytes for is left out, and bytes beyond the number stay.
pub fn to_bytes<const N: usize>(number: &[u64; N], bytes: &mut [u8]) {
    let (rest, chunks) = bytes.as_rchunks_mut::<8>();
    let mut words = number.iter();
    for (bytes, word) in chunks.iter_mut().rev().zip(words.by_ref()) {
        *bytes = word.to_be_bytes();
    }
    if let Some(word) = words.next() {
        let end = &word.to_be_bytes()[8 - rest.len()..];
        rest.copy_from_slice(end);
    }
}

/// a + b modulo 2^(64·N), and the carry.
pub const fn add<const N: usize>(a: &[u64; N], b: &[u64; N]) -> ([u64; N], bool) {
    let (mut sum, mut carry, mut i) = ([0; N], false, 0);
    while i < N {
        let (partial, first) = a[i].overflowing_add(b[i]);
        let (word, second) = partial.overflowing_add(carry as u64);
        (sum[i], carry) = (word, first | second);
        i += 1;
    }
    (sum, carry)
}

/// a − b modulo 2^(64·N), and the borrow.
pub const fn sub<const N: usize>(a: &[u64; N], b: &[u64; N]) -> ([u64; N], bool) {
    let (mut difference, mut borrow, mut i) = ([0; N], false, 0);
    while i < N {
        let (partial, first) = a[i].overflowing_sub(b[i]);
        let (word, second) = partial.overflowing_sub(borrow as u64);
        (difference[i], borrow) = (word, first | second);
        i += 1;
    }
    (difference, borrow)
}

/// A number without its last bits, less than 64 of them and at least one.
pub const fn shifted<const N: usize>(number: &[u64; N], bits: u32) -> [u64; N] {
    let (mut words, mut i) = (*number, 0);
    while i < N {
        words[i] >>= bits;
        if i + 1 < N {
            words[i] |= number[i + 1] << (64 - bits);
        }
        i += 1;
    }
    words
}

/// 1/a modulo 2⁶⁴, of an odd word.
pub const fn inverse_of_word(a: u64) -> u64 {
    // Newton: twice as many bits right each time
    let (mut inverse, mut round) = (1u64, 0);
    while round < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(a.wrapping_mul(inverse)));
        round += 1;
    }
    inverse
}

/// What a number in Montgomery's form, as arkworks writes its constants, stands for: for the compiler, not for the run.
pub const fn of_montgomery<const N: usize>(number: &[u64; N], modulus: &[u64; N]) -> [u64; N] {
    let inverse = inverse_of_word(modulus[0]);
    let (mut value, mut i) = (*number, 0);
    while i < N {
        let factor = value[0].wrapping_mul(inverse.wrapping_neg());
        let (mut carry, mut j) = (0u128, 0);
        while j < N {
            carry += factor as u128 * modulus[j] as u128 + value[j] as u128;
            if j > 0 {
                value[j - 1] = carry as u64;
            }
            carry >>= 64;
            j += 1;
        }
        value[N - 1] = carry as u64;
        i += 1;
    }
    let (difference, borrow) = sub(&value, modulus);
    if borrow {
        value
    } else {
        difference
    }
}

/// The digits of a number in its non-adjacent form, least significant first: −1, 0 or 1, and of two beside each other
/// one is zero. For the compiler, which fails if there are not as many.
pub const fn signed_digits<const LENGTH: usize>(mut number: u128) -> [i8; LENGTH] {
    let (mut digits, mut i) = ([0; LENGTH], 0);
    while i < LENGTH {
        if number & 1 == 1 {
            if number & 2 == 0 {
                digits[i] = 1;
                number -= 1;
            } else {
                digits[i] = -1;
                number += 1;
            }
        }
        number >>= 1;
        i += 1;
    }
    assert!(number == 0 && digits[LENGTH - 1] == 1);
    digits
}

/// The bits of a number, likewise.
pub const fn bits<const LENGTH: usize>(number: u64) -> [i8; LENGTH] {
    let (mut digits, mut i) = ([0; LENGTH], 0);
    while i < LENGTH {
        digits[i] = (number >> i & 1) as i8;
        i += 1;
    }
    digits
}
