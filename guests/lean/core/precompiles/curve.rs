//! Points of the curves that have circuits of their own: BN254's and BLS12-381's first group, and P-256.

use super::number::{below, honest};

/// A point of a curve other than the one at infinity. Coordinates of `N` words, first one first, as the circuits take
/// them.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Point<const N: usize> {
    /// First coordinate, below the modulus.
    pub x: [u64; N],
    /// Second coordinate, below the modulus.
    pub y: [u64; N],
}

/// The circuits of a curve's points: `circuits.rs` has them.
pub trait CurveCircuits<const N: usize> {
    /// p + q, of points whose first coordinates differ: of others a circuit would prove anything.
    fn sum(p: &mut Point<N>, q: &Point<N>);
    /// 2p, of a point whose second coordinate is not zero.
    fn twice(p: &mut Point<N>);
}

/// A curve without a point of order two, whose points of any order add and double by circuits.
pub trait Curve<const N: usize>: CurveCircuits<N> {
    /// The modulus of the coordinates.
    const FIELD: [u64; N];
}

/// Adds any two points of a curve; `None` is the one at infinity.
pub fn add<C: Curve<N>, const N: usize>(sum: &mut Option<Point<N>>, point: &Option<Point<N>>) {
    let Some(point) = point else { return };
    match sum {
        None => *sum = Some(*point),
        Some(p) if p.x != point.x => {
            C::sum(p, point);
            reduced::<C, N>(p);
        }
        Some(p) if p.y == point.y => {
            C::twice(p);
            reduced::<C, N>(p);
        }
        Some(_) => *sum = None,
    }
}

/// Doubles a point.
pub fn double<C: Curve<N>, const N: usize>(point: &mut Option<Point<N>>) {
    // the second coordinate is not zero: that were a point of order two
    if let Some(p) = point {
        C::twice(p);
        reduced::<C, N>(p);
    }
}

/// The sum of points times scalars: four bits of every scalar at a time, doubling once for all.
pub fn multiply<C: Curve<N>, const N: usize>(pairs: &[(Point<N>, [u64; 4])]) -> Option<Point<N>> {
    let tables: Vec<_> = pairs
        .iter()
        .map(|(point, scalar)| {
            let mut multiples = [None; 16];
            // no more than the scalar's digits ask for
            let most = digits(scalar).max().unwrap_or(0);
            for i in 1..=most {
                multiples[i] = multiples[i - 1];
                add::<C, N>(&mut multiples[i], &Some(*point));
            }
            multiples
        })
        .collect();
    let mut sum = None;
    for place in (0..64).rev() {
        if sum.is_some() {
            for _ in 0..4 {
                double::<C, N>(&mut sum);
            }
        }
        for ((_, scalar), multiples) in pairs.iter().zip(&tables) {
            add::<C, N>(&mut sum, &multiples[digit(scalar, place)]);
        }
    }
    sum
}

/// A point times a word, most significant bit first: for words with few bits set.
pub fn times<C: Curve<N>, const N: usize>(point: &Option<Point<N>>, word: u64) -> Option<Point<N>> {
    let mut product = None;
    for bit in (0..64).rev() {
        double::<C, N>(&mut product);
        if word >> bit & 1 == 1 {
            add::<C, N>(&mut product, point);
        }
    }
    product
}

/// The four bits at a place, 0 being the least significant, 63 the most.
pub fn digit(scalar: &[u64; 4], place: usize) -> usize {
    (scalar[place / 16] >> (place % 16 * 4)) as usize & 15
}

/// All of them.
pub fn digits(scalar: &[u64; 4]) -> impl Iterator<Item = usize> + '_ {
    (0..64).map(|place| digit(scalar, place))
}

fn reduced<C: Curve<N>, const N: usize>(point: &Point<N>) {
    honest(below(&point.x, &C::FIELD) && below(&point.y, &C::FIELD));
}
