//! Powers of numbers that only their multiplication tells apart: modulo 256 bits, wider, or in Montgomery's form.

use core::mem::swap;

/// A multiplication.
pub trait Multiply {
    /// What it multiplies.
    type Number: Clone;
    /// Writes a·b to `product`, whatever was there.
    fn multiply(&self, a: &Self::Number, b: &Self::Number, product: &mut Self::Number);
}

/// Bytes from the first on that is not zero.
pub fn significant(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| *byte != 0);
    &bytes[first.unwrap_or(bytes.len())..]
}

/// base^exponent; `None` if that is an empty product. Big-endian exponent.
pub fn power<M: Multiply>(by: &M, base: &M::Number, exponent: &[u8]) -> Option<M::Number> {
    let exponent = significant(exponent);
    // a table of powers wins over single bits from some 40 of them on
    if exponent.len() <= 4 {
        return of_digits::<1, M>(by, core::slice::from_ref(base), exponent);
    }
    let mut powers = vec![base.clone(); 15];
    for i in 1..powers.len() {
        let (known, next) = powers.split_at_mut(i);
        by.multiply(&known[i - 1], base, &mut next[0]);
    }
    of_digits::<4, M>(by, &powers, exponent)
}

/// The same from the powers for every digit of `BITS` bits but zero.
fn of_digits<const BITS: usize, M: Multiply>(
    by: &M,
    powers: &[M::Number],
    exponent: &[u8],
) -> Option<M::Number> {
    let digits = exponent.iter().flat_map(|byte| {
        let places = (0..8).step_by(BITS).rev();
        places.map(move |place| usize::from(byte >> place) & ((1 << BITS) - 1))
    });
    let mut digits = digits.skip_while(|digit| *digit == 0);
    let first = &powers[digits.next()? - 1];
    let (mut one, mut other) = (first.clone(), first.clone());
    let (mut power, mut next) = (&mut one, &mut other);
    for digit in digits {
        for _ in 0..BITS {
            by.multiply(power, power, next);
            swap(&mut power, &mut next);
        }
        if digit != 0 {
            by.multiply(power, &powers[digit - 1], next);
            swap(&mut power, &mut next);
        }
    }
    Some(power.clone())
}
