//! Integers of any size. Those of the usual curves and fields neither allocate nor take a detour: their
//! products have 12 limbs at most.

use num_bigint::BigUint;
use num_integer::Integer as _;
use ruint::Uint;
use smallvec::SmallVec;
use std::cmp::Ordering;

/// Limbs that need no allocation.
const INLINE_LIMBS: usize = 12;
/// Factors with more limbs than this are multiplied faster by other methods than the one of school.
const SCHOOL_LIMBS: usize = 32;

/// 64-bit limbs of a magnitude, the lowest first, the highest not 0.
type Limbs = SmallVec<[u64; INLINE_LIMBS]>;

/// An integer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Integer {
    /// Whether it is below 0; 0 is not.
    negative: bool,
    limbs: Limbs,
}

impl Integer {
    fn new(negative: bool, mut limbs: Limbs) -> Self {
        trim(&mut limbs);
        Self {
            negative: negative && !limbs.is_empty(),
            limbs,
        }
    }

    /// From 32-bit words, the lowest first.
    pub(super) fn from_words(words: impl ExactSizeIterator<Item = u32>) -> Self {
        let mut limbs = Limbs::with_capacity(words.len().div_ceil(2));
        for (at, word) in words.enumerate() {
            match limbs.last_mut() {
                Some(limb) if at % 2 == 1 => *limb |= u64::from(word) << 32,
                _ => limbs.push(word.into()),
            }
        }
        Self::new(false, limbs)
    }

    /// From 64-bit words, the lowest first.
    pub(super) fn from_long_words(words: &[u64]) -> Self {
        Self::new(false, Limbs::from_slice(words))
    }

    /// 32-bit words of the magnitude, the lowest first, the highest not 0.
    pub(super) fn words(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        let count = match self.limbs.last() {
            Some(top) => 2 * self.limbs.len() - usize::from(top >> 32 == 0),
            None => 0,
        };
        (0..count).map(|at| (self.limbs[at / 2] >> (32 * (at % 2))) as u32)
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        self.plus_signed(other, other.negative)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.plus_signed(other, !other.negative)
    }

    /// The sum with `other` as if it had this sign.
    fn plus_signed(&self, other: &Self, negative: bool) -> Self {
        if self.negative == negative {
            return Self::new(negative, sum(&self.limbs, &other.limbs));
        }
        match compare(&self.limbs, &other.limbs) {
            Ordering::Less => Self::new(negative, difference(&other.limbs, &self.limbs)),
            _ => Self::new(self.negative, difference(&self.limbs, &other.limbs)),
        }
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        Self::new(
            self.negative != other.negative,
            product(&self.limbs, &other.limbs),
        )
    }

    /// Quotient, rounded towards zero, and remainder, with the dividend's sign. `None` by zero.
    pub(super) fn divided_by(&self, other: &Self) -> Option<(Self, Self)> {
        let (quotient, remainder) = divide(&self.limbs, &other.limbs)?;
        Some((
            Self::new(self.negative != other.negative, quotient),
            Self::new(self.negative, remainder),
        ))
    }

    /// The inverse of the magnitude modulo the magnitude of another, if there is one.
    pub(super) fn inverse_modulo(&self, modulus: &Self) -> Option<Self> {
        let (_, reduced) = divide(&self.limbs, &modulus.limbs)?;
        let inverse = match modulus.limbs.len() {
            0..=4 => short_inverse::<256, 4>(&reduced, &modulus.limbs)?,
            5..=6 => short_inverse::<384, 6>(&reduced, &modulus.limbs)?,
            _ if reduced.is_empty() => return None,
            _ => limbs_of(&natural(&reduced).modinv(&natural(&modulus.limbs))?),
        };
        Some(Self::new(false, inverse))
    }
}

fn trim(limbs: &mut Limbs) {
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
}

fn compare(a: &[u64], b: &[u64]) -> Ordering {
    let by_length = a.len().cmp(&b.len());
    by_length.then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn sum(a: &[u64], b: &[u64]) -> Limbs {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let mut limbs = Limbs::from_slice(long);
    let mut carry = false;
    for (at, limb) in limbs.iter_mut().enumerate() {
        let (with_other, over) = limb.overflowing_add(short.get(at).copied().unwrap_or(0));
        let (with_carry, over_again) = with_other.overflowing_add(carry.into());
        *limb = with_carry;
        carry = over || over_again;
    }
    if carry {
        limbs.push(1);
    }
    limbs
}

/// `a - b`, of which `a` is not the smaller one.
fn difference(a: &[u64], b: &[u64]) -> Limbs {
    let mut limbs = Limbs::from_slice(a);
    let mut borrow = false;
    for (at, limb) in limbs.iter_mut().enumerate() {
        let (without_other, under) = limb.overflowing_sub(b.get(at).copied().unwrap_or(0));
        let (without_borrow, under_again) = without_other.overflowing_sub(borrow.into());
        *limb = without_borrow;
        borrow = under || under_again;
    }
    limbs
}

fn product(a: &[u64], b: &[u64]) -> Limbs {
    if a.len().min(b.len()) > SCHOOL_LIMBS {
        return limbs_of(&(natural(a) * natural(b)));
    }
    let mut limbs = Limbs::from_elem(0, a.len() + b.len());
    for (at, &factor) in a.iter().enumerate() {
        let mut carry = 0;
        for (limb, &other) in limbs[at..].iter_mut().zip(b) {
            let wide = u128::from(factor) * u128::from(other) + u128::from(*limb) + carry;
            *limb = wide as u64;
            carry = wide >> 64;
        }
        limbs[at + b.len()] = carry as u64;
    }
    limbs
}

fn divide(a: &[u64], b: &[u64]) -> Option<(Limbs, Limbs)> {
    if b.is_empty() {
        return None;
    }
    if compare(a, b) == Ordering::Less {
        return Some((Limbs::new(), Limbs::from_slice(a)));
    }
    if a.len() <= INLINE_LIMBS {
        let a = Uint::<{ 64 * INLINE_LIMBS }, INLINE_LIMBS>::from_limbs_slice(a);
        let (quotient, remainder) = a.div_rem(Uint::from_limbs_slice(b));
        return Some((
            Limbs::from_slice(quotient.as_limbs()),
            Limbs::from_slice(remainder.as_limbs()),
        ));
    }
    let (quotient, remainder) = natural(a).div_rem(&natural(b));
    Some((limbs_of(&quotient), limbs_of(&remainder)))
}

fn short_inverse<const BITS: usize, const LIMBS: usize>(
    value: &[u64],
    modulus: &[u64],
) -> Option<Limbs> {
    let value = Uint::<BITS, LIMBS>::from_limbs_slice(value);
    let inverse = value.inv_mod(Uint::from_limbs_slice(modulus))?;
    Some(Limbs::from_slice(inverse.as_limbs()))
}

/// For what is too large for the methods here.
fn natural(limbs: &[u64]) -> BigUint {
    let words = limbs
        .iter()
        .flat_map(|limb| [*limb as u32, (limb >> 32) as u32]);
    BigUint::new(words.collect())
}

fn limbs_of(natural: &BigUint) -> Limbs {
    natural.iter_u64_digits().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::{BigInt, Sign};
    use zkperf_testkit::Rng;

    fn wide(integer: &Integer) -> BigInt {
        let sign = match integer.negative {
            true => Sign::Minus,
            false => Sign::Plus,
        };
        BigInt::from_biguint(sign, BigUint::new(integer.words().collect()))
    }

    /// Integers whose limbs are often all zeros or all ones: that is where carries run far.
    fn any(rng: &mut Rng, most_limbs: u64) -> Integer {
        let limbs = (0..rng.below(most_limbs + 1)).map(|_| match rng.below(4) {
            0 => 0,
            1 => u64::MAX,
            _ => rng.next_u64() >> rng.below(64),
        });
        let limbs = limbs.collect();
        Integer::new(rng.one_in(2), limbs)
    }

    #[test]
    fn results_are_those_of_num_bigint() {
        let mut rng = Rng::new(7);
        for round in 0..20_000 {
            // 80 limbs are beyond everything that is computed here.
            let most = *rng.pick(&[2, 4, 6, 8, 12, if round % 8 == 0 { 80 } else { 3 }]);
            let (a, b) = (any(&mut rng, most), any(&mut rng, most));
            let (wide_a, wide_b) = (wide(&a), wide(&b));
            assert_eq!(wide(&a.plus(&b)), &wide_a + &wide_b);
            assert_eq!(wide(&a.minus(&b)), &wide_a - &wide_b);
            assert_eq!(wide(&a.times(&b)), &wide_a * &wide_b);
            let divided = a.divided_by(&b).map(|(q, r)| (wide(&q), wide(&r)));
            let expected = (!b.limbs.is_empty()).then(|| (&wide_a / &wide_b, &wide_a % &wide_b));
            assert_eq!(divided, expected);
            let inverse = a.inverse_modulo(&b).map(|inverse| wide(&inverse));
            let expected = expected.and_then(|_| {
                let reduced = wide_a.magnitude() % wide_b.magnitude();
                let invertible = reduced != BigUint::ZERO;
                let inverse = invertible.then(|| reduced.modinv(wide_b.magnitude()));
                inverse.flatten().map(BigInt::from)
            });
            assert_eq!(inverse, expected);
        }
    }

    #[test]
    fn words_come_back_without_zeros_on_top() {
        for words in [vec![], vec![1], vec![0, 1], vec![1, 2, 3], vec![0, 0, 0, 9]] {
            let padded = words.iter().copied().chain([0; 5]).collect::<Vec<_>>();
            let integer = Integer::from_words(padded.into_iter());
            assert_eq!(integer.words().len(), words.len());
            assert_eq!(integer.words().collect::<Vec<_>>(), words);
        }
    }
}
